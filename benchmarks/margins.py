"""Whether every assert of the notebooks holds on other seeds and unpinned, and by how much.

    python -m benchmarks.margins [--seeds 0 1 2] [--only 03 04] [--exact] [--near 0.1]

It executes copies of the notebooks, about ten minutes a seed, with the processor as it is. Every
seed in them is moved: those written in cells and those that settings and functions have by default
(the web stays the one of the course, since it is the course's data). Each comparison in an assert
is noted with both sides instead of ending the run. The margin of `a < b` is how much nearer b may
come before it fails, as a share of the larger side; what is compared for equality has none. A
margin under --near is listed: such an assert is luck, and its sentence too.
"""

from __future__ import annotations

import argparse
import ast
import json
import math
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tools")]

import notebook_files as files  # noqa: E402 (the tools' folder has to be on the path)
from kernels import NotebookFailed, execute, kernel_environment  # noqa: E402
from run_notebooks import notebook_paths  # noqa: E402

WITHIN = {"Lt": "<", "LtE": "<=", "Gt": ">", "GtE": ">="}
THE_WEB = ("LittleWeb",)
FAR = 1_000  # the seeds of a run are that far from those of the run before
PRELUDE = """
from benchmarks import margins as _margins
_margins.move_default_seeds({by})
_seen = _margins.Notes({file!r})
"""


class Notes:
    """What the asserts of a notebook compare, a line of JSON each; used inside its kernel.

    Args:
        file: where the lines go.
    """

    def __init__(self, file: str) -> None:
        self.file = Path(file)

    def held(self, where: str, true: object) -> None:
        """Note whether a whole assert held."""
        self._write(where, "assert", None, bool(true))

    def compared(self, where: str, kind: str, left: object, right: object, true: object) -> object:
        """Note one comparison inside an assert, and hand on its result."""
        self._write(where, kind, margin(kind, left, right), bool(true))
        return true

    def close(self, where: str, function: object, *given: object, **named: object) -> object:
        """Note how much of its tolerance torch.allclose used, and hand on its result."""
        left, right = (one.double() for one in given[:2])
        allowed = named.get("atol", 1e-8) + named.get("rtol", 1e-5) * right.abs()
        used = float(((left - right).abs() / allowed).max())
        true = function(*given, **named)
        self._write(where, "allclose", 1 - used, bool(true))
        return true

    def _write(self, where: str, kind: str, found: float | None, true: bool) -> None:
        entry = {"where": where, "kind": kind, "margin": found, "true": true}
        with self.file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(entry) + "\n")


def margin(kind: str, left: object, right: object) -> float | None:
    """How far a comparison is from failing, as a share of its larger side; None for equality."""
    try:
        one, other = float(left), float(right)
    except (TypeError, ValueError):
        return None
    if kind not in WITHIN.values() or not math.isfinite(one) or not math.isfinite(other):
        return None
    larger = max(abs(one), abs(other))
    if larger == 0:
        return 0.0
    return (other - one if kind.startswith("<") else one - other) / larger


def move_default_seeds(by: int) -> None:
    """Move the seed that functions and settings of the course's models have by default."""
    import importlib
    import inspect
    import pkgutil

    import course_utils

    rooms = ("model", "pretraining", "finetuning_rlhf", "inference", "experiments")
    for found in pkgutil.walk_packages(course_utils.__path__, "course_utils."):
        if found.name.split(".")[1] not in rooms:
            continue
        module = importlib.import_module(found.name)
        for one in vars(module).values():
            if getattr(one, "__module__", "") != found.name:
                continue
            methods = vars(one).values() if inspect.isclass(one) else [one]
            for function in methods:
                _move(getattr(function, "__func__", function), by)


def _move(function: object, by: int) -> None:
    import inspect

    if not inspect.isfunction(function):
        return
    parameters = list(inspect.signature(function).parameters.values())
    positional = [one for one in parameters if one.default is not one.empty]
    positional = [one for one in positional if one.kind is not one.KEYWORD_ONLY]
    if function.__defaults__:
        function.__defaults__ = tuple(
            value + by if one.name == "seed" and type(value) is int else value
            for one, value in zip(positional, function.__defaults__, strict=True)
        )
    if function.__kwdefaults__ and type(function.__kwdefaults__.get("seed")) is int:
        function.__kwdefaults__["seed"] += by


class Instrument(ast.NodeTransformer):
    """A cell with other seeds, whose asserts note what they compare and never end the run.

    Args:
        cell: its id, for the notes.
        by: what is added to each seed.
    """

    def __init__(self, cell: str, by: int) -> None:
        self.cell, self.by, self.inside = cell, by, ""

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        """Note the whole, and each comparison in it."""
        self.inside = f"{self.cell}: {ast.unparse(node.test)}"
        test = self.visit(node.test)
        call = _call("held", ast.Constant(self.inside), test)
        self.inside = ""
        return ast.Expr(call)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        """`a < b < c` becomes two noted comparisons."""
        where = self.inside
        self.generic_visit(node)
        if not where:
            return node
        parts, left = [], node.left
        for operator, right in zip(node.ops, node.comparators, strict=True):
            kind = WITHIN.get(type(operator).__name__, type(operator).__name__)
            plain = ast.Compare(left, [operator], [right])
            told = [ast.Constant(where), ast.Constant(kind), left, right, plain]
            parts.append(_call("compared", *told))
            left = right
        return parts[0] if len(parts) == 1 else ast.BoolOp(ast.And(), parts)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Move seeds; torch.allclose in an assert tells how close."""
        self.generic_visit(node)
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        name = name or getattr(node.func, "id", "")
        if name in ("manual_seed", "seed_everything"):
            node.args = [self._moved(one) for one in node.args]
        if name not in THE_WEB:
            for keyword in node.keywords:
                if keyword.arg == "seed":
                    keyword.value = self._moved(keyword.value)
        if self.inside and name == "allclose":
            told = [ast.Constant(self.inside), node.func, *node.args]
            return _call("close", *told, keywords=node.keywords)
        return node

    def _moved(self, value: ast.expr) -> ast.expr:
        if isinstance(value, ast.Constant) and type(value.value) is int:
            return ast.Constant(value.value + self.by)
        return value


def _call(name: str, *arguments: ast.expr, keywords: Iterable[ast.keyword] = ()) -> ast.Call:
    function = ast.Attribute(ast.Name("_seen", ast.Load()), name, ast.Load())
    return ast.Call(function, list(arguments), list(keywords))


def instrumented(path: Path, by: int, file: Path):
    """A copy of a notebook with other seeds, whose asserts are noted in a file."""
    notebook = files.without_outputs(files.read(path))
    for number, cell in enumerate(files.code_cells(notebook)):
        tree = Instrument(cell.id, by).visit(ast.parse(cell.source))
        source = ast.unparse(ast.fix_missing_locations(tree))
        # A last line with a semicolon shows nothing, and unparsing drops the semicolon.
        quiet = ";" if cell.source.rstrip().endswith(";") else ""
        prelude = PRELUDE.format(by=by, file=str(file)) if number == 0 else ""
        cell.source = prelude + source + quiet
    return notebook


def one_run(paths: Iterable[Path], seed: int, folder: Path, exact: bool) -> list[Mapping]:
    """Execute notebooks with the seeds of a run; what their asserts compared."""
    found = []
    with kernel_environment(folder / f"workspace-{seed}", exact=exact) as environment:
        for path in paths:
            file = folder / f"{path.stem}-{seed}.jsonl"
            print(f"seed {seed}: {path.stem} ... ", end="", flush=True)
            try:
                done = execute(instrumented(path, seed * FAR, file), environment, path.parent)
                files.write(done, folder / f"{path.stem}-{seed}.ipynb")
                print("done", flush=True)
            except NotebookFailed as error:
                print(f"broke off: {error}", flush=True)
                found.append(
                    {"where": f"{path.stem}: the whole notebook", "true": False, "kind": "run"}
                )
            lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
            entries = [json.loads(line) for line in lines]
            found += [
                {**one, "where": f"{path.stem[:2]} {one['where']}", "seed": seed}
                for one in entries
            ]
    return found


def table(found: Iterable[Mapping], near: float) -> list[str]:
    """Lines: how many asserts held, and those that failed or came near."""
    by_assert: dict[str, list[Mapping]] = defaultdict(list)
    for one in found:
        by_assert[one["where"]].append(one)
    failed, close = [], []
    for where, notes in sorted(by_assert.items()):
        wholes = [one for one in notes if one["kind"] in ("assert", "run")]
        if not all(one["true"] for one in wholes):
            seeds = sorted({one.get("seed") for one in wholes if not one["true"]}, key=str)
            failed.append(f"  failed on seeds {seeds}: {where}")
        margins = [one["margin"] for one in notes if one.get("margin") is not None and one["true"]]
        if margins and min(margins) < near:
            close.append(f"  {min(margins):7.1%}  {where}")
    counted = f"{len(by_assert)} asserts, {len(failed)} failed, {len(close)} with a margin under"
    return [
        f"{counted} {near:.0%}",
        *failed,
        *sorted(close),
    ]


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--only", nargs="+", default=[], metavar="NN")
    parser.add_argument("--exact", action="store_true", help="instruction set and threads fixed")
    parser.add_argument("--near", type=float, default=0.1, help="a margin that is too small")
    parser.add_argument("--keep", type=Path, help="folder for what was executed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        paths = notebook_paths(ROOT / "notebooks", options.only)
        found = []
        for seed in options.seeds:
            found += one_run(paths, seed, folder, options.exact)
    print("\n".join(table(found, options.near)))


if __name__ == "__main__":
    main()
