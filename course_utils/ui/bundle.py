"""One ES module out of many: a lab's view with all that it imports, as anywidget takes it.

Each file becomes a function that is called once and returns what the file exports, so names of
different files stay apart. It runs when a lab's module is imported; readers need no build step.
Left out: everything of JavaScript's modules that the views do not use (see `_Module`).
No notebook section; the labs use it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

KIT = Path(__file__).parent / "js"
PREFIX = "#kit/"  # course_utils/package.json tells Node the same folder
NAME = r"[A-Za-z_$][\w$]*"
IMPORT = re.compile(r'^import\s*\{([^}]*)\}\s*from\s*"([^"]+)";[ \t]*$', re.MULTILINE)
EXPORT = re.compile(rf"^export (?=(?:async )?(?:function\*?|class|const) ({NAME}))", re.MULTILINE)
DEFAULT = re.compile(r"^export default ", re.MULTILINE)
ANY = re.compile(r"^(?:import|export)\b.*$", re.MULTILINE)
DEFAULT_NAME = "$default"


class BundleError(ValueError):
    """A view whose files do not fit together; says which file, and what to do."""


def script(beside: str) -> str:
    """The view of a lab as one ES module.

    Args:
        beside: the lab's `__file__`; the view is the .js file beside it.

    Returns:
        The module; it exports by default what the view does.

    Raises:
        BundleError: a file or a name is missing, files import each other in a circle, or a line
            cannot be read.
    """
    modules = _graph(Path(beside).with_suffix(".js"))
    view = modules[-1]
    if DEFAULT_NAME not in view.exports:
        raise BundleError(f"{view.path.name} exports no default. End it with: export default ...;")
    parts = [_as_function(module, modules) for module in modules]
    return "\n".join([*parts, f"export default {view.variable}.{DEFAULT_NAME};", ""])


def styles(beside: str) -> str:
    """The styles of a lab: the .css file beside each module of its view, the view's own last.

    Args:
        beside: the lab's `__file__`.

    Raises:
        BundleError: see `script`.
    """
    files = [module.path.with_suffix(".css") for module in _graph(Path(beside).with_suffix(".js"))]
    return "\n".join(file.read_text(encoding="utf-8") for file in files if file.is_file())


@dataclass(frozen=True)
class _Module:
    """One file: named imports, exported functions, classes and constants, perhaps a default.

    Attributes:
        path: of the file, absolute.
        source: its text.
        imports: for each statement the file that it names, and pairs of (name there, name here).
        exports: the names that it hands out.
        number: its place in the bundle; keeps equal file names apart.
    """

    path: Path
    source: str
    imports: tuple[tuple[Path, tuple[tuple[str, str], ...]], ...]
    exports: tuple[str, ...]
    number: int = 0

    @property
    def variable(self) -> str:
        """What its function's result is called in the bundle."""
        return f"${self.number}_{re.sub(r'[^A-Za-z0-9]', '_', self.path.stem)}"


def _graph(entry: Path) -> list[_Module]:
    """The modules that a file needs, each after those that it imports; the file itself is last."""
    done: dict[Path, _Module] = {}

    def visit(path: Path, way: tuple[Path, ...]) -> None:
        if path in way:
            circle = " -> ".join(one.name for one in (*way[way.index(path) :], path))
            raise BundleError(
                f"Files import each other in a circle: {circle}. Move what both need into a file "
                "of its own."
            )
        if path in done:
            return
        module = _read(path, way[-1] if way else None)
        for imported, _ in module.imports:
            visit(imported, (*way, path))
        # Behind all that it needs, under the next number.
        done[path] = _Module(path, module.source, module.imports, module.exports, len(done))

    visit(entry.resolve(), ())
    for module in done.values():
        _check_names(module, done)
    return list(done.values())


def _read(path: Path, importer: Path | None) -> _Module:
    if not path.is_file():
        who = f"{importer.name} imports {path.name}" if importer else f"A view needs {path.name}"
        raise BundleError(f"{who}, and there is no such file: {path}.")
    source = path.read_text(encoding="utf-8")
    _check_lines(path, source)
    imports = []
    for names, target in IMPORT.findall(source):
        pairs = tuple(_pair(path, part) for part in names.split(",") if part.strip())
        imports.append((_resolve(path, target), pairs))
    exports = EXPORT.findall(source) + [DEFAULT_NAME for _ in DEFAULT.findall(source)]
    twice = sorted({name for name in exports if exports.count(name) > 1})
    if twice:
        raise BundleError(f"{path.name} exports {twice[0]} twice.")
    return _Module(path, source, tuple(imports), tuple(exports))


def _check_lines(path: Path, source: str) -> None:
    """Refuse a line that only looks like an import or export that is understood here."""
    patterns = (IMPORT, EXPORT, DEFAULT)
    known = [match.span() for pattern in patterns for match in pattern.finditer(source)]
    for line in ANY.finditer(source):
        if not any(start <= line.start() < end for start, end in known):
            number = source.count("\n", 0, line.start()) + 1
            raise BundleError(
                f"{path.name}, line {number}: {line.group()!r} is not understood. Write "
                'import { name } from "./file.js"; or export before a function, class or const.'
            )


def _resolve(path: Path, target: str) -> Path:
    """The file that an import names."""
    if target.startswith(PREFIX):
        return (KIT / target.removeprefix(PREFIX)).resolve()
    if target.startswith(("./", "../")):
        return (path.parent / target).resolve()
    raise BundleError(
        f"{path.name} imports {target!r}; a view imports files of its own folder (./name.js) and "
        f"of the kit ({PREFIX}name.js), nothing from elsewhere."
    )


def _pair(path: Path, part: str) -> tuple[str, str]:
    """`name` or `name as other`, as (name there, name here)."""
    match = re.fullmatch(rf"({NAME})(?:\s+as\s+({NAME}))?", part.strip())
    if match is None:
        raise BundleError(f"{path.name} imports {part.strip()!r}, which is no name.")
    return match[1], match[2] or match[1]


def _check_names(module: _Module, modules: Mapping[Path, _Module]) -> None:
    """Refuse a name that the imported file does not export, and one that is imported twice."""
    here: set[str] = set()
    for path, pairs in module.imports:
        for there, name in pairs:
            if there not in modules[path].exports:
                offered = ", ".join(modules[path].exports) or "nothing"
                raise BundleError(
                    f"{module.path.name} imports {there} from {path.name}, which exports "
                    f"{offered}."
                )
            if name in here:
                raise BundleError(f"{module.path.name} imports the name {name} twice.")
            here.add(name)


def _as_function(module: _Module, modules: list[_Module]) -> str:
    """A module as a constant: a function that is called once and returns what is exported."""
    variables = {one.path: one.variable for one in modules}
    statements = iter(module.imports)

    def constant(statement: re.Match) -> str:
        path, pairs = next(statements)
        names = ", ".join(there if there == here else f"{there}: {here}" for there, here in pairs)
        # As many lines as before, so that the browser's line numbers are easily found again.
        return f"const {{ {names} }} = {variables[path]};" + "\n" * statement.group().count("\n")

    body = IMPORT.sub(constant, module.source)
    body = DEFAULT.sub(f"const {DEFAULT_NAME} = ", EXPORT.sub("", body))
    exports = ", ".join(module.exports)
    return f"const {module.variable} = (() => {{\n{body}return {{ {exports} }};\n}})();"
