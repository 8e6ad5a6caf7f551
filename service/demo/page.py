"""What the walk prints: for people who read it at a meeting, and for those who copy it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from http.client import responses
from textwrap import fill
from typing import Any, TextIO

from service.domain.citations import Verification

WIDTH = 100
PROSE = 88


class Page:
    """Writes to one place. Ids that were given a name are shown by it, as `{case}`."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._names: dict[str, str] = {}

    def name(self, id: str, name: str) -> None:
        """Show an id by this name from now on."""
        self._names[id] = f"{{{name}}}"
        self.fact(f"{{{name}}}", id, named=False)

    def line(self, text: str = "", *, named: bool = True) -> None:
        if named:
            for id, name in self._names.items():
                text = text.replace(id, name)
        self._out.write(f"{text}\n")

    # Words ------------------------------------------------------------------------

    def heading(self, text: str) -> None:
        self.line()
        self.line("=" * WIDTH)
        self.line(text)
        self.line("=" * WIDTH)

    def day(self, day: date) -> None:
        self.line()
        self.line(f"--- {spelled(day)} ".ljust(WIDTH, "-"))

    def prose(self, text: str) -> None:
        self.line()
        self.line(fill(" ".join(text.split()), PROSE))

    def fact(self, what: str, value: Any, *, named: bool = True) -> None:
        shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        self._hung(f"{what}: {shown}", "      ", "        ", named=named)

    # HTTP -------------------------------------------------------------------------

    def request(self, method: str, path: str, headers: Mapping[str, str], body: Any) -> None:
        self.line()
        self.line(f"  >>> {method} {path}")
        for name, value in headers.items():
            self.line(f"      {name}: {value}")
        if body is not None:
            text = body if isinstance(body, str) else self._json(body, 6, 6)
            self.line(f"      {text}")

    def answer(self, status: int, said: str = "") -> None:
        self.line(f"  <<< {status} {responses[status]}" + (f": {said}" if said else ""))

    def finding(self, finding: Mapping[str, Any]) -> None:
        """A rule that refuses: what it found, what would remedy it, and its law."""
        self._hung(f"{finding['rule_id']}: {finding['title']}", "      ", "        ")
        for label, text in (("found", finding["because"]), ("remedy", finding["remedy"])):
            self._labelled(label, text)
        for citation in finding["citations"]:
            where = f" <{citation['href']}>" if citation["href"] else ""
            mark = Verification(citation["verification"]).words
            self._labelled("law", f"{citation['text']}{where} ({mark})")

    def considered(self, findings: Iterable[Mapping[str, Any]]) -> None:
        """The rules that a step was decided by; those that do not concern it are left out."""
        for finding in findings:
            if finding["answer"] != "not_applicable":
                mode = "" if finding["answer"] == "met" else f" ({finding['mode']})"
                said = f"{finding['answer']}{mode} {finding['rule_id']}: {finding['because']}"
                self._hung(said, "      ", "        ")

    def _labelled(self, label: str, text: str) -> None:
        self._hung(text, f"        {label:<7}", " " * 15)

    def _hung(self, text: str, first: str, rest: str, *, named: bool = True) -> None:
        """Words that hang below each other when they do not fit on one line."""
        for id, name in self._names.items() if named else ():
            text = text.replace(id, name)
        filled = fill(
            text,
            WIDTH,
            initial_indent=first,
            subsequent_indent=rest,
            break_long_words=False,
            break_on_hyphens=False,
        )
        self.line(filled, named=False)

    # Deadlines --------------------------------------------------------------------

    def deadlines(self, items: Iterable[Mapping[str, Any]]) -> None:
        for item in items:
            due = f"due {item['due_on']}" if item["due_on"] else "no number of days"
            rule = item["rule_id"] or "practice"
            provisional = ", provisional" if item["provisional"] else ""
            stands = f"      {item['state']:<8}{due:<19}"
            self._hung(f"{item['title']} ({rule}{provisional})", stands, " " * len(stands))

    def ledger(self, days: Iterable[Mapping[str, Any]]) -> None:
        for day in days:
            number = day["number"] if day["counted"] else "-"
            on = date.fromisoformat(day["day"])
            self._hung(
                f"{day['why']} ({day['rule_id']})", f"      {on:%a} {on}  {number:>3}  ", " " * 27
            )

    # JSON -------------------------------------------------------------------------

    def _json(self, value: Any, indent: int, column: int) -> str:
        """JSON that can be copied: on one line where it fits, else a line for each member.

        `indent` is that of the line it stands on, `column` where on that line it begins.
        """
        plain = json.dumps(value, ensure_ascii=False)
        named = plain
        for id, name in self._names.items():
            named = named.replace(id, name)
        if not value or not isinstance(value, (dict, list)) or len(named) + column < WIDTH:
            return plain
        deeper = indent + 2
        if isinstance(value, dict):
            members = ((f"{json.dumps(key)}: ", item) for key, item in value.items())
            parts = [key + self._json(item, deeper, deeper + len(key)) for key, item in members]
        else:
            parts = [self._json(item, deeper, deeper) for item in value]
        left, right = "{}" if isinstance(value, dict) else "[]"
        lines = f",\n{' ' * deeper}".join(parts)
        return f"{left}\n{' ' * deeper}{lines}\n{' ' * indent}{right}"


def spelled(day: date) -> str:
    """A day as people say it: Thursday 5 November 2026."""
    return f"{day:%A} {day.day} {day:%B %Y}"
