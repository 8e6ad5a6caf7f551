"""The columns OneRoster knows, and the other spellings of them that real bundles have."""

from __future__ import annotations

import re
from collections.abc import Mapping

from service.imports.oneroster.read.csv_file import RESAVE
from service.imports.oneroster.report import BundleRefused, Findings

_ALWAYS = "sourcedId status dateLastModified "
COLUMNS: Mapping[str, tuple[str, ...]] = {
    name: tuple((_ALWAYS + columns).split())
    for name, columns in {
        "orgs": "name type identifier parentSourcedId",
        "users": (
            "enabledUser orgSourcedIds role username userIds givenName familyName middleName "
            "identifier email sms phone agentSourcedIds grades password userMasterIdentifier "
            "preferredGivenName preferredMiddleName preferredFamilyName primaryOrgSourcedId "
            "pronouns language"  # the last is no column of OneRoster's: systems add it
        ),
        "roles": (
            "userSourcedId roleType role beginDate endDate orgSourcedId userProfileSourcedId"
        ),
        "demographics": (
            "birthDate sex americanIndianOrAlaskaNative asian blackOrAfricanAmerican "
            "nativeHawaiianOrOtherPacificIslander white demographicRaceTwoOrMoreRaces "
            "hispanicOrLatinoEthnicity countryOfBirthCode stateOfBirthAbbreviation cityOfBirth "
            "publicSchoolResidenceStatus"
        ),
        "academicSessions": "title type startDate endDate parentSourcedId schoolYear",
        "courses": "schoolYearSourcedId title courseCode grades orgSourcedId subjects subjectCodes",
        "classes": (
            "title grades courseSourcedId classCode classType location schoolSourcedId "
            "termSourcedIds subjects subjectCodes periods"
        ),
        "enrollments": (
            "classSourcedId schoolSourcedId userSourcedId role primary beginDate endDate"
        ),
    }.items()
}
"""The files that are read, by name without suffix, each with the columns it may have."""

REQUIRED: Mapping[str, tuple[str, ...]] = {
    "orgs": ("sourcedId", "name"),
    "users": ("sourcedId", "givenName", "familyName"),
    "roles": ("sourcedId", "userSourcedId", "role"),
    "enrollments": ("sourcedId", "userSourcedId"),
}
"""What a file cannot do without, where that is more than the sourcedId."""

NOT_USED = frozenset(
    "categories classResources courseResources lineItems resources results userProfiles "
    "userResources scoreScales lineItemScoreScales resultScoreScales "
    "lineItemLearningObjectiveIds resultLearningObjectiveIds".casefold().split()
)
"""Files that OneRoster knows and nothing here needs, in lower case."""

# Spellings met in real bundles: typing errors, OneRoster 1.0 names, the JSON names of 1.2.
_ALIASES: Mapping[str, str] = {
    "datalastmodified": "dateLastModified",
    "datlastmodified": "dateLastModified",
    "prefferedgivenname": "preferredGivenName",
    "preferedgivenname": "preferredGivenName",
    "preferredfirstname": "preferredGivenName",
    "prefferedfamilyname": "preferredFamilyName",
    "preferedfamilyname": "preferredFamilyName",
    "preferredlastname": "preferredFamilyName",
    "prefferedmiddlename": "preferredMiddleName",
    "grade": "grades",
    "agents": "agentSourcedIds",
    "agentsourcedid": "agentSourcedIds",
    "orgsourcedid": "orgSourcedIds",
    "termsourcedid": "termSourcedIds",
    "parentid": "parentSourcedId",
    "classid": "classSourcedId",
    "schoolid": "schoolSourcedId",
    "courseid": "courseSourcedId",
}
LANGUAGE = ("language", "preferredlanguage", "contactlanguage", "correspondencelanguage")
"""How systems call the language that a person is to be written to in.

A child's home language is another thing.
"""
_LANGUAGE: Mapping[str, str] = {
    f"{prefix}{name}": "language" for prefix in ("", "metadata.") for name in LANGUAGE
}
_ALIASES_OF_FILE: Mapping[str, Mapping[str, str]] = {
    "users": {"userid": "userIds", **_LANGUAGE},
    "demographics": {"usersourcedid": "sourcedId", "userid": "sourcedId"},
    "enrollments": {"userid": "userSourcedId"},
    "roles": {"userid": "userSourcedId", "orgsourcedids": "orgSourcedId"},
}


def known_name(file: str) -> str:
    """A file's name as OneRoster writes it, whatever the case it came in."""
    return next((name for name in COLUMNS if name.casefold() == file), file)


def plain(cell: str) -> str:
    """A header's cell without what people and systems add to it."""
    return re.sub(r"[\s_-]", "", cell.lstrip("\ufeff").casefold())


def find_columns(name: str, header: list[str], findings: Findings) -> tuple[str, ...]:
    """The header with each column under its OneRoster name, '' where it is of no use.

    What was found on the way goes into `findings`; a header that is not separated by commas
    raises `BundleRefused`.
    """
    file = f"{name}.csv"
    if len(header) == 1 and re.search(r"sourcedid", header[0], re.I) and len(header[0]) > 12:
        raise BundleRefused("wrong_delimiter", f"{file} is not separated by commas.", RESAVE)
    known = {plain(column): column for column in COLUMNS[name]}
    aliases = {**_ALIASES, **_ALIASES_OF_FILE.get(name, {})}
    exact = {known[plain(cell)] for cell in header if plain(cell) in known}
    columns: list[str] = []
    unknown: list[str] = []
    for cell in header:
        spelled, column = plain(cell), ""
        if spelled in known:
            column = known[spelled]
        elif (alias := aliases.get(spelled, "")) in COLUMNS[name] and alias not in exact:
            column = alias
        elif spelled.startswith("metadata."):
            column = "metadata." + cell.strip()[len("metadata.") :]
            if "ssn" in spelled or "socialsecurity" in spelled:
                column = ""
                findings.add("ssn_column", file=file)
        elif spelled:
            unknown.append("".join(c for c in cell.strip()[:40] if c.isprintable()))
        if column in columns and column:
            findings.add("duplicate_column", file=file, field=column)
            column = ""
        columns.append(column)
    # Only a line that names a sourcedId is a header. Any other may be a person's row, and its
    # cells are not repeated.
    if unknown and "sourcedId" in columns:
        findings.add(
            "unknown_columns", file=file, count=len(unknown), names=", ".join(unknown[:10])
        )
    return tuple(columns)


def mixed_up_with(name: str, header: list[str]) -> str | None:
    """Another file whose header this is, None when it is no other's."""
    cells = set(map(plain, header))
    if len(cells) <= 4:
        return None
    others = (other for other in COLUMNS if other != name)
    return next((other for other in others if cells <= set(map(plain, COLUMNS[other]))), None)
