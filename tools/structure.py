"""Measures how the package is built: sizes, comments, importers, circles of imports.

    python tools/structure.py [CHECKOUT] [--importers]

For a before and an after of a change of structure; give it two checkouts in turn. A package's
`__init__` hands names on and is nobody's importer: who takes a name from it imports the module
that has it. Imports for types count as others do. It judges nothing: tests/test_house_rules.py
and import-linter do.
"""

from __future__ import annotations

import argparse
import ast
import io
import sys
import tokenize
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).resolve().parents[1]


def modules(root: Path) -> dict[str, Path]:
    """Every module of course_utils by its dotted name; a package stands for its `__init__`."""
    found = {}
    for path in sorted((root / "course_utils").rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(path: Path, known: Mapping[str, Path]) -> set[str]:
    """The modules of the package that a file imports, wherever in the file it does."""
    named = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            named |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                named.add(full if full in known else node.module)
    return named & set(known)


def importers(known: Mapping[str, Path]) -> dict[str, set[str]]:
    """Who imports each module; a package's `__init__` does not count, nor is it counted."""
    handed_on = {
        (name, what): module
        for name, path in known.items()
        if path.name == "__init__.py"
        for module, what in _names(path)
    }
    users = defaultdict(set)
    for name, path in known.items():
        if path.name == "__init__.py":
            continue
        for target in imports(path, known):
            users[target].add(name)
        for module, what in _names(path):
            if (module, what) in handed_on:
                users[handed_on[module, what]].add(name)
    return {name: users[name] for name, path in known.items() if path.name != "__init__.py"}


def _names(path: Path) -> Iterator[tuple[str, str]]:
    """What a file imports from where: (module, name)."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)


def circles(known: Mapping[str, Path]) -> list[list[str]]:
    """Groups of modules that import each other, types included; each sorted."""
    graph = {name: imports(path, known) - {name} for name, path in known.items()}
    reach = {name: _reached(name, graph) for name in graph}
    groups = {
        tuple(sorted({one} | {other for other in reach[one] if one in reach[other]}))
        for one in graph
        if one in reach[one]
    }
    return sorted(map(list, groups))


def _reached(start: str, graph: Mapping[str, set[str]]) -> set[str]:
    """All that can be reached from a module by one import or more."""
    seen: set[str] = set()
    ahead = list(graph[start])
    while ahead:
        if (name := ahead.pop()) not in seen:
            seen.add(name)
            ahead += graph[name]
    return seen


def functions(path: Path) -> Iterator[int]:
    """The lines of each function of a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.end_lineno - node.lineno + 1


def comments(path: Path) -> int:
    """The comments of a file, those at a line's end too."""
    with io.StringIO(path.read_text(encoding="utf-8")) as text:
        kinds = [token.type for token in tokenize.generate_tokens(text.readline)]
    return kinds.count(tokenize.COMMENT)


def spread(sizes: Sequence[int]) -> str:
    """Median, 90th percentile and the largest."""
    return f"{median(sizes):.0f}, {quantiles(sizes, n=10)[-1]:.0f}, {max(sizes)}"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: a line a measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("checkout", nargs="?", type=Path, default=ROOT)
    parser.add_argument("--importers", action="store_true", help="name those with a single one")
    chosen = parser.parse_args(arguments)
    known = modules(chosen.checkout)
    sizes = [len(path.read_text(encoding="utf-8").splitlines()) for path in known.values()]
    own = [size for size, path in zip(sizes, known.values(), strict=True) if path.stem[0] != "_"]
    said = sum(comments(path) for path in known.values())
    alone = {name: users for name, users in importers(known).items() if len(users) == 1}
    print(f"files {len(known)}, lines {sum(sizes)}")
    print(f"lines a file (median, p90, largest, without __init__): {spread(own)}")
    print(f"lines a function: {spread([n for path in known.values() for n in functions(path)])}")
    print(f"comments in 100 lines: {100 * said / sum(sizes):.1f}")
    print(f"modules with one importer: {len(alone)} of {len(own)}")
    print(f"circles of imports: {circles(known) or 'none'}")
    if chosen.importers:
        print("\n".join(f"  {name} <- {user}" for name, (user,) in sorted(alone.items())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
