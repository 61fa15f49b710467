"""The pipeline on many machines: archives side by side, then one merge; the same bytes come out.

What looks at one page is done by workers, an archive at a time; so are the signatures. Only what
compares pages with each other is left to the process that started it all: which URLs come
twice, which lines repeat, which signatures meet in a bucket. It does so on disk (merge.py), so
its memory hardly grows with the pages. A run that was stopped goes on where it was: what
a worker had finished is not made again.
Left out: a merge by more than one machine.
Taught in no notebook; docs/many_machines.md shows how to use it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from course_utils.data_collection.corpus import StepCount
from course_utils.data_collection.many_machines.merge import Merge
from course_utils.data_collection.many_machines.shards import (
    Shard,
    make_pages,
    make_signatures,
    write_common,
)
from course_utils.data_collection.sources import archive_files
from course_utils.data_collection.steps import PipelineConfig

COMMON, MERGE = "repeated-lines.jsonl.gz", "merge.sqlite3"
INSTALL = 'pip install -c constraints.txt -e ".[distributed]"'


@dataclass(frozen=True)
class CollectionStats:
    """What became of the pages, said when the corpus is written.

    Args:
        steps: what each step took and gave.
        problems: sentences about damaged records.
    """

    steps: list[StepCount]
    problems: list[str]


def collect_shards(
    archives: Path | Sequence[Path],
    corpus: Path,
    config: PipelineConfig | None = None,
    *,
    work: Path | None = None,
    executor: Executor | None = None,
    on_shard: Callable[[str, bool], None] = lambda name, made: None,
) -> CollectionStats:
    """Writes the corpus that collect(...) makes, archive by archive, whatever its size.

    Args:
        archives: WARC and WET files, or a folder of them; every worker has to see them under the
            same paths.
        corpus: the folder that gets the corpus, as Corpus.load reads it.
        config: settings of the steps.
        work: keeps what is finished, for going on after a stop; every worker has to see it; None
            is a folder beside the corpus, with .work at the end of its name.
        executor: where the jobs run: distributed.Client(...).get_executor() for Dask, a
            ProcessPoolExecutor for one machine; None does one after another, here.
        on_shard: called with a file's name when it is there, and whether it was made now.

    Returns:
        What each step took and gave, and what could not be read.

    Raises:
        FileNotFoundError: there is no archive.
        ValueError: two archives have one name.
        RuntimeError: a job failed, with the archive's name; what is finished is kept.
        EmptyCorpus: a step left nothing; the message says which step dropped what.
        OSError: a disk is full.
    """
    config, corpus = config or PipelineConfig(), Path(corpus).absolute()
    shards = _shards(archives, Path(work or corpus.with_name(f"{corpus.name}.work")).absolute())
    folder = shards[0].folder
    # Workers: what looks at one page at a time.
    keys = dict.fromkeys(shards, "")
    jobs = [(shard, config) for shard in shards]
    for number, (key, new) in _jobs(executor, make_pages, jobs):
        keys[shards[number]] = key
        on_shard(shards[number].pages.name, new)
    with Merge(folder / MERGE, config) as merge:
        # Here: of pages with one URL the first stays.
        skipped = [merge.add(number, shard) for number, shard in enumerate(shards)]
        merge.close_page_steps()
        if config.deduplicate:
            write_common(folder / COMMON, merge.remove_repeated_lines())
            # Workers: signatures of what is left, now that it is known which lines repeat.
            jobs = [
                (shard, keys[shard], rows, folder / COMMON, config.dedup.fast)
                for shard, rows in zip(shards, skipped, strict=True)
            ]
            for number, new in _jobs(executor, make_signatures, jobs):
                on_shard(shards[number].signatures.name, new)
            # Here: which of them meet, and who goes.
            merge.drop_exact(shards)
            merge.drop_near(shards)
        # The corpus comes last: a run that stops before leaves only the work folder.
        merge.write(corpus)
        return CollectionStats(merge.steps, merge.problems)


def _shards(archives: Path | Sequence[Path], folder: Path) -> list[Shard]:
    """The archives with the work folder, which is made."""
    files = archive_files(Path(archives)) if isinstance(archives, (str, Path)) else list(archives)
    if not files:
        raise FileNotFoundError("no archive is given; give WARC or WET files, or their folder.")
    # What is made of an archive bears its name, so no two may have the same.
    names = [Path(file).name for file in files]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"two archives are called {twice}; every one needs a name of its own.")
    folder.mkdir(parents=True, exist_ok=True)
    return [Shard(Path(file).absolute(), folder) for file in files]


def _jobs(
    executor: Executor | None, job: Callable, arguments: list[tuple]
) -> Iterable[tuple[int, object]]:
    """Does a job for each shard; yields (number, result) as they come."""
    # Without an executor one after the other, in this process.
    if executor is None:
        yield from ((number, job(*given)) for number, given in enumerate(arguments))
        return
    futures: dict[Future, int] = {}
    try:
        # All at once, and taken as they end: a slow archive holds up no other.
        for number, given in enumerate(arguments):
            futures[executor.submit(job, *given)] = number
        for future in as_completed(futures):
            try:
                result = future.result()
            except Exception as error:
                name = arguments[futures[future]][0].archive.name
                # The archive's name is what the user can act on; the worker's trace is kept.
                raise RuntimeError(
                    f"{name}: {str(error) or type(error).__name__}\nWhat is finished is kept; "
                    "start again to go on. (Every worker has to see the archives and the work "
                    "folder under the same paths.)"
                ) from error
            yield futures[future], result
    finally:
        # After an error what has not begun is taken back.
        for future in futures:
            future.cancel()


def options() -> argparse.ArgumentParser:
    """What the command line takes."""
    parser = argparse.ArgumentParser(prog="collect", description="Archives in, a corpus out.")
    parser.add_argument("archives", type=Path, help="a folder of WARC or WET files")
    parser.add_argument("corpus", type=Path, help="the folder that gets the corpus")
    parser.add_argument("--work", type=Path, help="keeps what is finished; default: CORPUS.work")
    parser.add_argument("--scheduler", help="address of a Dask scheduler, tcp://HOST:PORT")
    parser.add_argument("--processes", type=int, help="this many processes, without Dask")
    return parser


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the pipeline from a command line; docs/many_machines.md shows it."""
    given = options().parse_args(arguments)

    def say(name: str, made: bool) -> None:
        print(f"{'made' if made else 'kept'} {name}", flush=True)

    with ExitStack() as stack:
        # A scheduler for many machines, a pool for one, or neither.
        executor = None
        if given.scheduler:
            executor = stack.enter_context(_dask(given.scheduler)).get_executor()
        elif given.processes:
            pool = ProcessPoolExecutor(given.processes, get_context("spawn"))
            executor = stack.enter_context(pool)
        stats = collect_shards(
            given.archives, given.corpus, work=given.work, executor=executor, on_shard=say
        )
    for step in stats.steps:
        print(f"{step.step}: {step.documents_in} -> {step.documents_out} {step.note}".rstrip())


def _dask(address: str) -> object:
    """A client of a Dask scheduler.

    Raises:
        ModuleNotFoundError: Dask is not installed, with the command that installs it.
    """
    try:
        import distributed
    except ImportError as error:
        raise ModuleNotFoundError(
            f"a scheduler needs the package distributed, which is not installed. Type: {INSTALL}"
        ) from error
    return distributed.Client(address)


if __name__ == "__main__":
    main()
