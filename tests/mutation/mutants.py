"""The mutants: a copy of the tree for mutmut to write them into, and what is known of each."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parents[2]
COPY = ROOT / "build" / "mutation"
WRITTEN = COPY / "mutants"
"""Where mutmut writes the mutants, and what it and we know of them."""
REACH = WRITTEN / "mutmut-stats.json"
"""Which functions each test reaches, as mutmut found out."""

PARTS = ("docs", "migrations", "openapi", "pyproject.toml", "service", "tests")
"""What the tests read."""

SCOPE = (
    "service/domain/calendars.py",
    "service/domain/clocks/*.py",
    "service/domain/decide.py",
    "service/domain/rules/*.py",
    "service/domain/running.py",
)
"""What is mutated."""

TESTS = ("tests/domain", "tests/policies")
"""What is to notice."""

SETTINGS = f"""
[tool.mutmut]
source_paths = ["service"]
only_mutate = {json.dumps(SCOPE)}
also_copy = ["docs", "migrations", "openapi"]
pytest_add_cli_args_test_selection = {json.dumps(TESTS)}
pytest_add_cli_args = ["-p", "no:randomly", "-p", "no:xdist", "-p", "no:cacheprovider", "-x"]
"""

OUTCOMES = {0: "survived", 33: "no test", None: "not run"}
"""What is recorded of a mutant; whatever else a run ends with, the mutant is killed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One change. `name` and `function` are mutmut's, `kind` as `kind_of` tells."""

    name: str
    kind: str
    outcome: str
    change: str

    @property
    def function(self) -> str:
        return self.name.rpartition("__mutmut_")[0]


# The copy


def copy() -> None:
    """The tree as it is, without decorators where it is mutated.

    A file that has not changed is left alone, so that what is known of its mutants stays known.
    """
    COPY.mkdir(parents=True, exist_ok=True)
    scope = {path for pattern in SCOPE for path in ROOT.glob(pattern)}
    kept = set()
    for part in PARTS:
        for path in sorted((ROOT / part).rglob("*")) or [ROOT / part]:
            if path.is_dir() or path.suffix == ".pyc":
                continue
            content = path.read_bytes()
            if path in scope:
                content = without_decorators(content.decode()).encode()
            if part == "pyproject.toml":
                content += SETTINGS.encode()
            target = COPY / path.relative_to(ROOT)
            kept.add(target)
            if not target.exists() or target.read_bytes() != content:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
                _forget(target)
    for part in PARTS:
        for path in (COPY / part).rglob("*"):
            if path.is_file() and path not in kept:
                path.unlink()
                _forget(path)


def _forget(path: Path) -> None:
    """Have mutmut look anew at what changed.

    It copies a file but once where it is no Python, and asks only new tests what they reach, which
    any change may alter for the others.
    """
    REACH.unlink(missing_ok=True)
    if path.suffix != ".py":
        (WRITTEN / path.relative_to(COPY)).unlink(missing_ok=True)


def without_decorators(source: str) -> str:
    """`@rule` above a function as `name = rule(name)` below it, which is what it means."""
    lines = source.splitlines(keepends=True)
    for function in sorted(_decorated(source), key=lambda node: -node.lineno):
        value = function.name
        for decorator in reversed(function.decorator_list):
            value = f"{ast.unparse(decorator)}({value})"
        end = function.end_lineno or function.lineno
        lines.insert(end, f"{' ' * function.col_offset}{function.name} = {value}\n")
        del lines[function.decorator_list[0].lineno - 1 : function.lineno - 1]
    return "".join(lines)


def _decorated(source: str) -> list[ast.FunctionDef]:
    nodes = ast.walk(ast.parse(source))
    return [n for n in nodes if isinstance(n, ast.FunctionDef) and n.decorator_list]


def decorators() -> frozenset[str]:
    """The names of the decorators in what is mutated: they do their work when it is imported."""
    return frozenset(
        ast.unparse(decorator)
        for pattern in SCOPE
        for path in ROOT.glob(pattern)
        for function in _decorated(path.read_text())
        for decorator in function.decorator_list
    )


# What is known of them


def mutants() -> Iterator[Mutant]:
    """Every mutant that is written."""
    for path in sorted(WRITTEN.glob("service/**/*.meta")):
        functions = _functions(path.with_suffix(""))
        for name, end in json.loads(path.read_text())["exit_code_by_key"].items():
            own = name.rpartition(".")[2]
            original = functions[f"{own.rpartition('_')[0]}_orig"]
            path_to, after = difference(original, functions[own])
            yield Mutant(
                name=name,
                kind=kind_of(path_to, after),
                outcome=OUTCOMES.get(end, "killed"),
                change=f"{_shown(path_to[-1])}  →  {_shown(after)}",
            )


def record(ended: Mapping[str, int]) -> None:
    """Write how mutants ended where mutmut keeps it."""
    for path in WRITTEN.glob("service/**/*.meta"):
        known = json.loads(path.read_text())
        ends = known["exit_code_by_key"]
        ends.update({name: end for name, end in ended.items() if name in ends})
        path.write_text(json.dumps(known, indent=4))


def tests_that_reach() -> Mapping[str, list[str]]:
    """For each function the tests that call it, the quick ones first."""
    known = json.loads(REACH.read_text())
    took = known["duration_by_test"]
    return {
        function: sorted(tests, key=lambda test: (took.get(test, 0.0), test))
        for function, tests in known["tests_by_mangled_function_name"].items()
    }


def _functions(path: Path) -> Mapping[str, ast.FunctionDef]:
    tree = ast.parse(path.read_text())
    return {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def difference(before: ast.AST, after: ast.AST) -> tuple[list[ast.AST], ast.AST]:
    """The smallest part of the syntax that holds the whole change.

    As the path to it from `before`, which ends with what it was, and as what it is.
    """
    inner = _only_inner_difference(before, after)
    if inner is None:
        return [before], after
    path, now = difference(*inner)
    return [before, *path], now


def _only_inner_difference(before: ast.AST, after: ast.AST) -> tuple[ast.AST, ast.AST] | None:
    """The only child that differs; None when there are several, or something that is no child."""
    if type(before) is not type(after):
        return None
    differing: list[tuple[ast.AST, ast.AST]] = []
    for (name, old), (_, new) in zip(ast.iter_fields(before), ast.iter_fields(after), strict=True):
        if name == "name" and isinstance(before, ast.FunctionDef):
            continue
        olds, news = (value if isinstance(value, list) else [value] for value in (old, new))
        if len(olds) != len(news):
            return None
        for one, other in zip(olds, news, strict=True):
            if isinstance(one, ast.AST) and isinstance(other, ast.AST):
                if ast.dump(one) != ast.dump(other):
                    differing.append((one, other))
            elif one != other:
                return None
    return differing[0] if len(differing) == 1 else None


ANSWERS = {"met", "unmet", "unknown", "not_applicable", "depends"}
"""How a rule answers: with a sentence first, then what it looked at."""


def kind_of(path: Sequence[ast.AST], after: ast.AST, known: frozenset[str] = frozenset()) -> str:
    """`wording`, `evidence` or `logic`: what a change at the end of a path can alter.

    Wording is a sentence to people, which sentence it is and what is filled in. Evidence is the
    records that a finding names beside its answer. Everything else is logic. What goes into a
    variable is what the variable is wherever it is read; `known`: those that led here.
    """
    kind = _kind_here(path, after)
    variable = _variable(path)
    if kind != "logic" or variable is None or variable in known:
        return kind
    known |= {variable}
    # As if something else stood wherever it is read, but where it goes into itself again.
    read = {
        kind_of(reading, ast.Pass(), known)
        for reading in _readings(path[0], variable)
        if _variable(reading) != variable
    }
    return "logic" if "logic" in read or not read else min(read)


def _kind_here(path: Sequence[ast.AST], after: ast.AST) -> str:
    if any(map(_says, path)) or _is_sentence(path[-1]):
        return "wording"
    for outer, inner in pairwise([*path, after]):
        if not isinstance(outer, ast.Call) or _named(outer) not in ANSWERS:
            continue
        if inner is after:
            return _of_answer(outer, after)
        if inner in outer.args:
            sentence = inner is outer.args[0] or _named(outer) == "depends"
            return "wording" if sentence else "evidence"
    return "evidence" if any(map(_shows, path)) else "logic"


def _variable(path: Sequence[ast.AST]) -> str | None:
    """The variable whose new value a part of the syntax belongs to, when it is one variable's."""
    for outer, inner in reversed(list(pairwise(path))):
        if isinstance(outer, ast.Assign | ast.AnnAssign) and inner is outer.value:
            target = outer.targets[0] if isinstance(outer, ast.Assign) else outer.target
            return target.id if isinstance(target, ast.Name) else None
        if isinstance(outer, ast.stmt):
            return None
    return None


def _readings(within: ast.AST, variable: str) -> Iterator[list[ast.AST]]:
    """The path to each place in which a variable is read."""
    for child in ast.iter_child_nodes(within):
        if isinstance(child, ast.Name) and child.id == variable:
            if isinstance(child.ctx, ast.Load):
                yield [within, child]
        else:
            yield from ([within, *path] for path in _readings(child, variable))


def _of_answer(before: ast.Call, after: ast.AST) -> str:
    """The kind of a change that takes an argument away from an answer."""
    if not isinstance(after, ast.Call):
        return "logic"
    gone = {k.arg for k in before.keywords} - {k.arg for k in after.keywords}
    if gone:
        return "wording" if gone == {"remedy"} else "logic"
    same = after.args and ast.dump(after.args[0]) == ast.dump(before.args[0])
    return "evidence" if same else "wording"


def _named(node: ast.AST) -> str | None:
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else None


def _says(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.keyword) and node.arg in ("because", "remedy", "says", "title")
    )


def _is_sentence(node: ast.AST) -> bool:
    value = node.value if isinstance(node, ast.Constant) else None
    return isinstance(value, str) and " " in value.strip()


def _shows(node: ast.AST) -> bool:
    """Whether evidence is made here: `of(…)`, a variable of that name, a function for it."""
    if isinstance(node, ast.FunctionDef):
        return node.returns is not None and "dict[str, Any]" in ast.unparse(node.returns)
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        return ast.unparse(target).partition("[")[0] == "evidence"
    return _named(node) == "of"


def _shown(node: ast.AST) -> str:
    # An operator has no words of its own; its name says what it is.
    text = ast.unparse(node) if isinstance(node, ast.expr | ast.stmt) else type(node).__name__
    return " ".join(text.split())
