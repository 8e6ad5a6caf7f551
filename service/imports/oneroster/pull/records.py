"""What is taken from a record of a OneRoster server: the columns that the importer reads.

Everything else, such as passwords and what districts put beside it, is left behind at once.
Servers of one version give the members of the other, so each record is taken as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from service.imports.oneroster.read.columns import LANGUAGE, plain

Cells = dict[str, str]
"""A row by the names of its columns."""

_ALWAYS = {"sourcedid": "sourcedId", "status": "status", "datelastmodified": "dateLastModified"}


def _same(columns: str) -> dict[str, str]:
    return {column.casefold(): column for column in columns.split()}


MEMBERS: Mapping[str, Mapping[str, str]] = {
    "orgs": _ALWAYS | _same("name type identifier") | {"parent": "parentSourcedId"},
    "users": {
        **_ALWAYS,
        **_same("role givenName familyName middleName identifier email sms phone grades"),
        **_same("userMasterIdentifier"),
        "orgs": "orgSourcedIds",
        "agents": "agentSourcedIds",
        "primaryorg": "primaryOrgSourcedId",
        "preferredfirstname": "preferredGivenName",
        "preferredlastname": "preferredFamilyName",
    },
    "demographics": _ALWAYS
    | _same(
        "birthDate sex americanIndianOrAlaskaNative asian blackOrAfricanAmerican "
        "nativeHawaiianOrOtherPacificIslander white demographicRaceTwoOrMoreRaces "
        "hispanicOrLatinoEthnicity"
    ),
}
"""Of each list, the members that are taken, in lower case, and the column that each becomes."""

_OF_A_ROLE = _same("roleType role beginDate endDate") | {"org": "orgSourcedId"}
_GONE = ("tobedeleted", "inactive", "deleted")


def row(name: str, record: Mapping[str, Any]) -> Cells:
    """The row of a record of the list `name`."""
    cells = _cells(record, MEMBERS[name])
    if name == "users" and (language := _language(record.get("metadata"))) is not None:
        cells["language"] = language
    return cells


def roles(record: Mapping[str, Any]) -> Iterator[Cells]:
    """The rows of roles.csv that the roles of a user of version 1.2 make."""
    user, found = cell(record.get("sourcedId")), record.get("roles")
    if not user or not isinstance(found, list):
        return
    for number, role in enumerate(found, 1):
        if isinstance(role, Mapping):
            yield {
                "sourcedId": f"{user}.{number}",
                "userSourcedId": user,
                **_cells(role, _OF_A_ROLE),
            }


def is_gone(cells: Cells) -> bool:
    """Whether the server keeps the record only to say that it is no more."""
    return cells.get("status", "").casefold() in _GONE


def cell(value: Any) -> str:
    """A value as CSV has it: of a reference the sourcedId, of several all, by commas.

    What is nested deeper than that is nothing.
    """
    if isinstance(value, list):
        return ",".join(filter(None, map(_one, value)))
    return _one(value)


def _one(value: Any) -> str:
    if isinstance(value, Mapping):
        value = value.get("sourcedId")
    if isinstance(value, str):
        # Half of a character is none: a NUL in its place has the importer say so.
        return value if value.isascii() else re.sub("[\ud800-\udfff]", "\0", value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (int, float)) else ""


def _cells(record: Mapping[str, Any], members: Mapping[str, str]) -> Cells:
    return {
        members[name.casefold()]: cell(value)
        for name, value in record.items()
        if name.casefold() in members
    }


def _language(metadata: Any) -> str | None:
    if not isinstance(metadata, Mapping):
        return None
    found = (value for name, value in metadata.items() if plain(name) in LANGUAGE)
    return next((cell(value) for value in found), None)
