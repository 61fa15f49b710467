"""The pipeline on many machines: archives side by side, then one merge; the same bytes come out.

What looks at one page is done by workers, an archive at a time; so are the signatures. Only what
compares pages with each other is left to the process that started it all: which addresses come
twice, which lines repeat, which signatures meet in a bucket. A run that was stopped goes on where
it was: what a worker had finished is not made again.
Left out: a merge that does not fit into one machine's memory (15 kB for a page of 500 words).
Taught in no notebook; docs/many_machines.md shows how to use it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from safetensors import safe_open

from course_utils.data_collection.corpus import Corpus
from course_utils.data_collection.dedup import Signer, repeated_lines
from course_utils.data_collection.document import Document
from course_utils.data_collection.minhash import PERMUTATIONS
from course_utils.data_collection.pipeline import finish
from course_utils.data_collection.shards import (
    Shard,
    ShardPages,
    make_pages,
    make_signatures,
    read_pages,
    write_common,
)
from course_utils.data_collection.sources import archive_files
from course_utils.data_collection.steps import PRIVACY, PipelineConfig, Run, masks_note

COMMON = "repeated-lines.jsonl.gz"
INSTALL = 'pip install -c constraints.txt -e ".[distributed]"'


def collect_shards(
    archives: Path | Sequence[Path],
    folder: Path,
    config: PipelineConfig | None = None,
    *,
    executor: Executor | None = None,
    on_shard: Callable[[str, bool], None] = lambda name, made: None,
) -> Corpus:
    """Makes the corpus that collect(...) makes, archive by archive.

    Args:
        archives: WARC and WET files, or a folder of them; every worker has to see them under the
            same paths.
        folder: keeps what is finished, for going on after a stop; every worker has to see it.
        config: settings of the steps.
        executor: where the jobs run: distributed.Client(...).get_executor() for Dask, a
            ProcessPoolExecutor for one machine; None does one after another, here.
        on_shard: called with a file's name when it is there, and whether it was made now.

    Returns:
        The corpus; `extracted` is empty, for it would hold all pages once more.

    Raises:
        FileNotFoundError: there is no archive.
        ValueError: two archives have one name.
        RuntimeError: a job failed, with the archive's name; what is finished is kept.
        EmptyCorpus: a step left nothing; the message says which step dropped what.
    """
    config = config or PipelineConfig()
    files = archive_files(Path(archives)) if isinstance(archives, (str, Path)) else list(archives)
    names = [Path(file).name for file in files]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"two archives are called {twice}; every one needs a name of its own.")
    folder = Path(folder).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    shards = [Shard(Path(file).absolute(), folder) for file in files]
    made = _jobs(executor, make_pages, [(shard, config) for shard in shards])
    keys = dict.fromkeys(shards, "")
    for number, (key, new) in made:
        keys[shards[number]] = key
        on_shard(shards[number].pages.name, new)
    run, skipped = _merged([read_pages(shard) for shard in shards], config)
    if not config.deduplicate:
        return finish(run, config)
    write_common(folder / COMMON, repeated_lines(run.documents, config.dedup))
    asked = [
        (shard, keys[shard], again, folder / COMMON, config.dedup.fast)
        for shard, again in zip(shards, skipped, strict=True)
    ]
    for number, new in _jobs(executor, make_signatures, asked):
        on_shard(shards[number].signatures.name, new)
    return finish(run, config, signer=_StoredSigner([shard.signatures for shard in shards]))


def _jobs(
    executor: Executor | None, job: Callable, arguments: list[tuple]
) -> Iterable[tuple[int, object]]:
    """Does a job for each shard; yields (number, result) as they come."""
    if executor is None:
        yield from ((number, job(*given)) for number, given in enumerate(arguments))
        return
    futures: dict[Future, int] = {}
    try:
        for number, given in enumerate(arguments):
            futures[executor.submit(job, *given)] = number
        for future in as_completed(futures):
            try:
                result = future.result()
            except Exception as error:
                name = arguments[futures[future]][0].archive.name
                raise RuntimeError(
                    f"{name}: {str(error) or type(error).__name__}\nWhat is finished is kept; "
                    "start again to go on. (Every worker has to see the archives and the work "
                    "folder under the same paths.)"
                ) from error
            yield futures[future], result
    finally:
        for future in futures:
            future.cancel()


def _merged(shards: list[ShardPages], config: PipelineConfig) -> tuple[Run, list[frozenset[str]]]:
    """The run as one process would have it after the steps that look at one page.

    Returns:
        The run, and for each shard the kept addresses that an earlier shard has too.
    """
    seen: set[str] = set()
    run = Run([problem for shard in shards for problem in shard.problems])
    skipped, documents, dropped = [], [], []
    for shard in shards:
        skipped.append(frozenset(each.url for each in shard.documents if each.url in seen))
        new = [each for each in shard.documents if each.url not in seen]
        gone = [each for each in shard.dropped if each.document.url not in seen]
        run.masks |= {each.url: shard.masks[each.url] for each in new if each.url in shard.masks}
        documents += new
        dropped += gone
        seen |= {each.url for each in new} | {each.document.url for each in gone}
    documents.sort(key=lambda each: each.url)
    dropped.sort(key=lambda each: each.document.url)
    run.given = len(seen)
    order = config.page_steps
    for place, step in enumerate(order):
        gone = [each for each in dropped if each.step == step]
        later = [each.document for each in dropped if order.index(each.step) > place]
        note = masks_note(run.masks) if step == PRIVACY else ""
        run.done(step, documents + later, gone, note)
    run.documents = documents
    return run, skipped


class _StoredSigner(Signer):
    """Takes fingerprints and signatures from the workers' files.

    Args:
        files: as make_signatures wrote them.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        super().__init__()
        self.place: dict[str, tuple[int, int]] = {}
        self.parts: list[dict[str, np.ndarray]] = []
        for number, path in enumerate(files):
            with safe_open(path, framework="np") as file:
                urls = json.loads(file.metadata()["urls"])
                self.parts.append({name: file.get_tensor(name) for name in file.keys()})
            self.place |= {url: (number, row) for row, url in enumerate(urls)}

    def fingerprints(self, documents: Sequence[Document]) -> list[str]:
        """The fingerprint of each document's words."""
        places = [self.place[document.url] for document in documents]
        return [self.parts[part]["fingerprints"][row].tobytes().hex() for part, row in places]

    def shingles(self, documents: Iterable[Document]) -> Iterator[np.ndarray]:
        """The set of each document's shingles, (S,) uint64, one after the other."""
        for document in documents:
            part, row = self.place[document.url]
            start, end = self.parts[part]["ends"][row : row + 2]
            yield self.parts[part]["shingles"][start:end]

    def signatures(self, documents: Sequence[Document]) -> np.ndarray:
        """The MinHash signatures of N documents, (N, P) uint32."""
        places = [self.place[document.url] for document in documents]
        found = np.empty((len(places), PERMUTATIONS), np.uint32)
        for number, (part, row) in enumerate(places):
            found[number] = self.parts[part]["signatures"][row]
        return found


def options() -> argparse.ArgumentParser:
    """What the command line takes."""
    parser = argparse.ArgumentParser(prog="scaled", description="Archives in, a corpus out.")
    parser.add_argument("archives", type=Path, help="a folder of WARC or WET files")
    parser.add_argument("corpus", type=Path, help="the folder that gets the corpus")
    parser.add_argument("--work", type=Path, help="keeps what is finished; default: CORPUS.work")
    parser.add_argument("--scheduler", help="address of a Dask scheduler, tcp://HOST:PORT")
    parser.add_argument("--processes", type=int, help="this many processes, without Dask")
    return parser


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the pipeline from a command line; docs/many_machines.md shows it."""
    given = options().parse_args(arguments)
    work = given.work or given.corpus.with_name(f"{given.corpus.name}.work")

    def say(name: str, made: bool) -> None:
        print(f"{'made' if made else 'kept'} {name}", flush=True)

    with ExitStack() as stack:
        executor = None
        if given.scheduler:
            executor = stack.enter_context(_dask(given.scheduler)).get_executor()
        elif given.processes:
            pool = ProcessPoolExecutor(given.processes, get_context("spawn"))
            executor = stack.enter_context(pool)
        corpus = collect_shards(given.archives, work, executor=executor, on_shard=say)
    corpus.save(given.corpus)
    for step in corpus.steps:
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
