"""The service's own source, read as syntax: what is imported, what is called and where."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Module:
    """One file: `path` below the repository, its syntax, and what its names stand for."""

    path: str
    tree: ast.Module
    names: dict[str, str]

    def imports(self) -> Iterator[str]:
        """Every module that is imported, wherever in the file."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield "." * node.level + (node.module or "")

    def calls(self) -> Iterator[tuple[str, str]]:
        """Every call: the function it stands in, and the full name of what is called."""
        yield from self._calls(self.tree, "")

    def _calls(self, node: ast.AST, inside: str) -> Iterator[tuple[str, str]]:
        for child in ast.iter_child_nodes(node):
            where = inside
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                where = child.name
            if isinstance(child, ast.Call):
                yield where, self._full(child.func)
            yield from self._calls(child, where)

    def _full(self, node: ast.expr) -> str:
        """`datetime.datetime.now`, whatever the module was imported as."""
        if isinstance(node, ast.Attribute):
            return f"{self._full(node.value)}.{node.attr}"
        if isinstance(node, ast.Name):
            return self.names.get(node.id, node.id)
        return "?"


@cache
def modules(folder: str = "service") -> tuple[Module, ...]:
    """Every file of a folder of the repository."""
    found = []
    for path in sorted((ROOT / folder).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found.append(Module(path.relative_to(ROOT).as_posix(), tree, _names(tree)))
    return tuple(found)


def _names(tree: ast.Module) -> dict[str, str]:
    """What the imported names of a file stand for."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.split(".")[0]
                names[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names
