"""Open a OneRoster bundle safely and stream its rows.

In the order things happen:

- `open_bundle` lists the members of a zip or a folder and refuses what no roster needs (paths
  that climb, links, archives in archives, encryption, twins). One folder around the files and a
  wrong case in a file name are common and harmless.
- Every file that will be read is scanned once: its true size is counted, whatever the archive
  declares, and its encoding found out.
- The manifest says which files are bulk, delta or absent. A file that it does not vouch for is
  `unstated`: its rows are taken, but nobody is missed for not being in it.
- `Bundle.users()` and its siblings stream one file each as frozen dataclasses. What cannot be
  read is a finding; a row without identity or name is refused, everything else is read around.

A field that the file does not have, or whose value cannot be understood, stands in the row's
`unread`: not knowing a birth date is no reason to forget the one on record.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import IO, BinaryIO, Literal, TypedDict

from service.domain.schools import ORG_TYPES
from service.domain.students import grade, looks_like_ssn
from service.imports.oneroster.report import BundleRefused as BundleRefused
from service.imports.oneroster.report import Finding, Findings

Mode = Literal["bulk", "delta", "unstated", "absent"]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a bundle may be. Sizes are counted while reading, never believed."""

    archive_bytes: int = 256 * 2**20
    total_bytes: int = 1024 * 2**20
    members: int = 200
    ratio: int = 200
    ratio_free_bytes: int = 2**20
    line_chars: int = 2**17


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What every OneRoster row has. `active` is false where the status says it is to go."""

    sourced_id: str
    line: int
    active: bool = True
    unread: frozenset[str] = frozenset()
    metadata: Mapping[str, str] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Org(Row):
    name: str
    org_type: str
    identifier: str | None
    parent_sourced_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class User(Row):
    given_name: str
    middle_name: str | None
    family_name: str
    preferred_given_name: str | None
    preferred_family_name: str | None
    roles: tuple[str, ...]
    org_sourced_ids: tuple[str, ...]
    primary_org_sourced_id: str | None
    agent_sourced_ids: tuple[str, ...]
    grades: tuple[str, ...]
    identifier: str | None
    master_identifier: str | None
    email: str | None
    phone: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Role(Row):
    user_sourced_id: str
    role: str
    role_type: str
    org_sourced_id: str | None
    ends_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Demographics(Row):
    birth_date: date | None
    sex: str | None
    hispanic: bool | None
    races: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AcademicSession(Row):
    title: str | None
    school_year: int | None
    parent_sourced_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Course(Row):
    org_sourced_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolClass(Row):
    course_sourced_id: str | None
    school_sourced_id: str | None
    term_sourced_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrollment(Row):
    class_sourced_id: str | None
    school_sourced_id: str | None
    user_sourced_id: str | None
    role: str | None


@dataclass(slots=True)
class FileState:
    """One file of the bundle: how it is sent and what reading it came to."""

    name: str
    mode: Mode
    encoding: str = "utf-8-sig"
    columns: tuple[str, ...] = ()
    rows_read: int = 0
    rows_refused: int = 0
    refused_ids: set[str] = field(default_factory=set)
    unidentified: int = 0
    findings: Findings = field(default_factory=Findings)


# --- the columns OneRoster knows -------------------------------------------------------------

_ALWAYS = "sourcedId status dateLastModified "
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    name: tuple((_ALWAYS + columns).split())
    for name, columns in {
        "orgs": "name type identifier parentSourcedId",
        "users": (
            "enabledUser orgSourcedIds role username userIds givenName familyName middleName "
            "identifier email sms phone agentSourcedIds grades password userMasterIdentifier "
            "preferredGivenName preferredMiddleName preferredFamilyName primaryOrgSourcedId "
            "pronouns"
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
_REQUIRED: Mapping[str, tuple[str, ...]] = {
    "orgs": ("sourcedId", "name"),
    "users": ("sourcedId", "givenName", "familyName"),
    "roles": ("sourcedId", "userSourcedId", "role"),
    "enrollments": ("sourcedId", "userSourcedId"),
}
_NOT_USED = frozenset(
    "categories classResources courseResources lineItems resources results userProfiles "
    "userResources scoreScales lineItemScoreScales resultScoreScales "
    "lineItemLearningObjectiveIds resultLearningObjectiveIds".casefold().split()
)

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
_ALIASES_OF_FILE: Mapping[str, Mapping[str, str]] = {
    "users": {"userid": "userIds"},
    "demographics": {"usersourcedid": "sourcedId", "userid": "sourcedId"},
    "enrollments": {"userid": "userSourcedId"},
    "roles": {"userid": "userSourcedId", "orgsourcedids": "orgSourcedId"},
}

_FLAGS: Mapping[str, bool] = {
    **dict.fromkeys(("true", "t", "1", "yes", "y"), True),
    **dict.fromkeys(("false", "f", "0", "no", "n"), False),
}
_SEXES: Mapping[str, str] = {
    "male": "male",
    "m": "male",
    "female": "female",
    "f": "female",
    "unspecified": "unspecified",
    "other": "other",
    "x": "other",
}
RACES: Mapping[str, str] = {
    "americanIndianOrAlaskaNative": "american_indian_or_alaska_native",
    "asian": "asian",
    "blackOrAfricanAmerican": "black_or_african_american",
    "nativeHawaiianOrOtherPacificIslander": "native_hawaiian_or_other_pacific_islander",
    "white": "white",
    "demographicRaceTwoOrMoreRaces": "two_or_more",
}
_GONE = frozenset(("tobedeleted", "inactive", "deleted"))
_LONGEST_VALUE = 255
_ARCHIVES = (".zip", ".gz", ".tgz", ".tar", ".7z", ".rar", ".bz2", ".xz", ".zst", ".jar")
_RESAVE = "Save the file again as 'CSV UTF-8 (comma delimited)'."


# --- members: from a zip or a folder to named streams ----------------------------------------


@dataclass(frozen=True, slots=True)
class _Member:
    path: str  # as the archive or folder names it
    packed: int
    open: Callable[[], IO[bytes]]


def _shown(path: str) -> str:
    """A member's name as it may be printed: short and without control characters."""
    return "'" + "".join(c if c.isprintable() else "?" for c in path[:80]) + "'"


def _unsafe(code: str, path: str, what: str, remedy: str | None = None) -> BundleRefused:
    flat = "Zip the CSV files themselves, flat, and send the archive again."
    return BundleRefused(code, f"The bundle's member {_shown(path)} {what}.", remedy or flat)


def _not_a_zip() -> BundleRefused:
    detail = "The archive is not a zip file, or it is damaged."
    return BundleRefused("not_a_zip", detail, "Zip the CSV files again and send that archive.")


def _too_large(what: str) -> BundleRefused:
    remedy = "Send only the OneRoster files, or ask the operator to raise the import limit."
    return BundleRefused("too_large", what, remedy)


def _directory_size(stream: BinaryIO, size: int) -> int:
    """The bytes of the zip's own directory, known before anything is built from them."""
    tail_size = min(size, 65_557 + 76)
    stream.seek(size - tail_size)
    tail = stream.read(tail_size)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        raise _not_a_zip()
    directory: int = struct.unpack_from("<L", tail, at + 12)[0]
    if at >= 76 and tail[at - 20 : at - 16] == b"PK\x06\x07":
        record = tail[at - 76 : at - 20]
        if record[:4] != b"PK\x06\x06":
            raise _not_a_zip()
        directory = struct.unpack_from("<Q", record, 40)[0]
    return directory


def _zip_members(archive: zipfile.ZipFile, limits: Limits) -> list[_Member]:
    infos = archive.infolist()
    if len(infos) > limits.members:
        raise _too_large(f"The archive has more than {limits.members} members.")
    members: list[_Member] = []
    seen: set[str] = set()
    for info in infos:
        # The name as it is stored; `filename` has already been changed to look harmless.
        for path in {info.orig_filename, info.filename}:
            pieces = re.split(r"[/\\]", path)
            if ".." in pieces:
                raise _unsafe("path_traversal", path, "climbs out of the archive")
            if path.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", path):
                raise _unsafe("absolute_path", path, "names an absolute path")
            if "\0" in path or "\\" in path:
                raise _unsafe("bad_name", path, "has a name that systems read differently")
        if stat.S_ISLNK(info.external_attr >> 16):
            raise _unsafe("symlink", info.filename, "is a link")
        if info.is_dir():
            continue
        if info.flag_bits & 0x1:
            remedy = "Send the archive without a password; the connection is encrypted already."
            raise _unsafe("encrypted", info.filename, "is encrypted", remedy)
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise _unsafe("compression", info.filename, "is packed in a way that is not taken")
        name = info.filename.casefold()
        if name in seen:
            raise _unsafe("duplicate_member", info.filename, "is in the archive more than once")
        seen.add(name)
        members.append(
            _Member(info.filename, max(info.compress_size, 1), partial(archive.open, info))
        )
    return members


def _folder_members(folder: Path, limits: Limits) -> list[_Member]:
    members: list[_Member] = []
    seen: set[str] = set()
    entries = 0
    to_look_into = [folder]
    for base in to_look_into:  # grows by the folders directly below, and no further
        for path in base.iterdir():
            name = path.relative_to(folder).as_posix()
            entries += 1
            if entries > limits.members:
                raise _too_large(f"The folder has more than {limits.members} entries.")
            if path.is_symlink():
                raise _unsafe("symlink", name, "is a link", "Put the file itself into the folder.")
            if path.name.startswith("."):
                continue
            if path.is_dir() and base == folder:
                to_look_into.append(path)
            elif path.is_file():
                if name.casefold() in seen:
                    raise _unsafe("duplicate_member", name, "is there more than once")
                seen.add(name.casefold())
                members.append(_Member(name, max(path.stat().st_size, 1), partial(io.FileIO, path)))
    return members


def _roster_files(members: list[_Member]) -> tuple[dict[str, _Member], list[str]]:
    """The CSV files by lower-case name without suffix, and the names that mean nothing here."""
    kept = [
        m
        for m in members
        if not m.path.startswith("__MACOSX/") and not m.path.rpartition("/")[2].startswith(".")
    ]
    for member in kept:
        if member.path.casefold().endswith(_ARCHIVES):
            raise _unsafe("nested_archive", member.path, "is an archive in the bundle")
    csvs = [m for m in kept if m.path.casefold().endswith(".csv")]
    folders = {m.path.rpartition("/")[0] for m in csvs}
    if "" in folders:
        base = ""
    elif len(folders) == 1 and "/" not in (only := folders.pop()):
        base = only
    elif csvs:
        raise BundleRefused(
            "nested_folders",
            "The CSV files do not lie together at the top of the bundle.",
            "Put them at the top, without folders, and send the bundle again.",
        )
    else:
        raise BundleRefused(
            "no_csv_files",
            "There is no CSV file in the bundle.",
            "Send users.csv and its companions as OneRoster 1.1 or 1.2 CSV.",
        )
    here = [m for m in kept if m.path.rpartition("/")[0] == base]
    roster: dict[str, _Member] = {}
    strangers: list[str] = []
    known = {name.casefold() for name in _COLUMNS} | {"manifest"}
    for member in here:
        stem, _, suffix = member.path.rpartition("/")[2].casefold().rpartition(".")
        if suffix == "csv" and stem in known:
            roster[stem] = member
        elif stem not in _NOT_USED:
            strangers.append(member.path)
    return roster, strangers + [m.path for m in kept if m not in here]


class _Counted(io.RawIOBase):
    """A stream that stops when it has given more than it may."""

    def __init__(self, member: _Member, inner: IO[bytes], limits: Limits, budget: int) -> None:
        super().__init__()
        self._member, self._inner, self._budget = member, inner, budget
        self._most = max(limits.ratio_free_bytes, limits.ratio * member.packed)
        self.given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        chunk = self._inner.read(len(buffer))
        self.given += len(chunk)
        if self.given > self._budget:
            raise _too_large("Unpacked, the bundle is larger than an import may be.")
        if self.given > self._most:
            raise _unsafe("ratio", self._member.path, "unpacks to far more than a roster does")
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        self._inner.close()
        super().close()


@contextmanager
def _reading(name: str) -> Iterator[None]:
    """Whatever goes wrong below a file's rows is one refusal that names the file."""
    try:
        yield
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        NotImplementedError,
        RuntimeError,
        ValueError,
    ) as error:
        raise BundleRefused(
            "damaged", f"{name}.csv cannot be read to its end.", "Make the bundle again."
        ) from error


@dataclass(frozen=True, slots=True)
class _Scan:
    size: int
    encoding: str
    broken_bytes: int


_CP1252_HOLES = b"\x81\x8d\x8f\x90\x9d"


def _scan(name: str, member: _Member, limits: Limits, budget: int) -> _Scan:
    """Count a file's true size and find its encoding, in one pass that keeps nothing."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="surrogateescape")
    valid = broken = 0
    holes = False
    first = b""
    with _reading(name), _Counted(member, member.open(), limits, budget) as raw:
        while chunk := raw.read(2**16):
            first = first or chunk[:4]
            holes = holes or len(chunk.translate(None, _CP1252_HOLES)) != len(chunk)
            if chunk.isascii() and not decoder.getstate()[0]:
                continue
            text = decoder.decode(chunk)
            bad = sum("\udc80" <= c <= "\udcff" for c in text)
            broken += bad
            valid += sum(c > "\x7f" for c in text) - bad
        bad = len(decoder.decode(b"", final=True))
        broken += bad
        size = raw.given
    if first.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BundleRefused("wrong_encoding", f"{name}.csv is written in UTF-16.", _RESAVE)
    if first.startswith(b"PK\x03\x04"):
        raise _unsafe("nested_archive", member.path, "is an archive, not a CSV file")
    # Text of the old Windows kind hardly ever forms a valid UTF-8 sequence, so a file that has
    # more valid ones than broken bytes is UTF-8 with a few damaged rows.
    if broken <= valid:
        return _Scan(size, "utf-8-sig", broken)
    if holes:
        detail = f"{name}.csv is neither UTF-8 nor Windows-1252 text."
        raise BundleRefused("wrong_encoding", detail, _RESAVE)
    return _Scan(size, "cp1252", broken)


# --- the bundle ------------------------------------------------------------------------------


class Bundle:
    """An open bundle. Each method streams one file; asking again reads it anew."""

    def __init__(
        self,
        members: Mapping[str, _Member],
        limits: Limits,
        strangers: list[str],
    ) -> None:
        self._members, self._limits = members, limits
        self._resources = ExitStack()
        self._general = Findings()
        if strangers:
            self._general.add(
                "unknown_files", count=len(strangers), names=", ".join(map(_shown, strangers[:10]))
            )
        self.version = "1.1"
        self.files: dict[str, FileState] = {}
        budget = limits.total_bytes
        scans: dict[str, _Scan] = {}
        for key, member in members.items():
            scans[key] = _scan(_known_name(key), member, limits, budget)
            budget -= scans[key].size
        manifest = self._manifest(scans.get("manifest"))
        for name in _COLUMNS:
            self.files[name] = self._state(name, scans.get(name.casefold()), manifest)
        self.version = self._version(manifest)
        self._check_users(manifest)

    def __enter__(self) -> Bundle:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close_with(self, resources: ExitStack) -> None:
        """Take over what is open; it is closed together with the bundle."""
        self._resources = resources

    def close(self) -> None:
        self._resources.close()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What has been found so far; a file's own findings come with its rows."""
        own = [f for state in self.files.values() for f in state.findings]
        return (*self._general, *own)

    def mode(self, name: str) -> Mode:
        return self.files[name].mode

    # --- opening

    def _manifest(self, scan: _Scan | None) -> dict[str, str] | None:
        if scan is None:
            self._general.add("no_manifest")
            return None
        properties: dict[str, str] = {}
        for number, cells in self._cells("manifest", scan.encoding):
            if number > 1000:
                break
            if cells and len(cells) > 1:
                properties.setdefault(_plain(cells[0]), cells[1].strip().casefold())
        return properties

    def _state(
        self, name: str, scan: _Scan | None, manifest: Mapping[str, str] | None
    ) -> FileState:
        file = f"{name}.csv"
        said = None if manifest is None else manifest.get(f"file.{name}".casefold(), "")
        if scan is None:
            if said in ("bulk", "delta"):
                self._general.add("declared_but_missing", file=file, declared=said)
            return FileState(name, "absent")
        state = FileState(name, "bulk", scan.encoding)
        state.columns = self._columns(name, scan.encoding)
        has_rows = self._has_rows(name, scan.encoding)
        if said == "delta":
            state.mode = "delta"
        elif said is not None and said != "bulk":
            state.mode = "unstated" if has_rows else "absent"
            if has_rows:
                self._general.add("undeclared_file", file=file, name=name)
        if scan.encoding == "cp1252":
            self._general.add("not_utf8", file=file)
        if has_rows or name == "users":
            missing = [c for c in _REQUIRED.get(name, ("sourcedId",)) if c not in state.columns]
            if missing and has_rows:
                self._missing_columns(name, missing, state)
        elif state.mode != "absent":
            state.mode = "absent"
            self._general.add("empty_file", file=file)
        return state

    def _missing_columns(self, name: str, missing: list[str], state: FileState) -> None:
        header = {_plain(cell) for cell in self._header(name, state.encoding)}
        twins = [
            f", but the header of {other}.csv"
            for other, columns in _COLUMNS.items()
            if other != name and len(header) > 4 and header <= set(map(_plain, columns))
        ]
        columns, like = ", ".join(missing), "".join(twins[:1])
        if name == "users":
            raise BundleRefused(
                "missing_column",
                f"users.csv has no column {columns} in its first line{like}.",
                "Write the OneRoster header as its first line, separated by commas.",
            )
        self._general.add("missing_column", file=f"{name}.csv", columns=columns, like=like)
        state.mode = "absent"

    def _version(self, manifest: Mapping[str, str] | None) -> str:
        said = (manifest or {}).get("oneroster.version", "")
        if said.startswith(("1.1", "1.2")):
            return said[:3]
        if said:
            self._general.add("unknown_version", file="manifest.csv")
        newer = {"primaryOrgSourcedId", "userMasterIdentifier", "preferredGivenName"}
        is_newer = "roles" in self._members or newer & set(self.files["users"].columns)
        return "1.2" if is_newer else "1.1"

    def _check_users(self, manifest: Mapping[str, str] | None) -> None:
        """A roster without a single person is a failed export, not an empty district."""
        users = self.files["users"]
        if users.mode != "absent":
            if self._has_rows("users", users.encoding):
                return
        elif "users" not in self._members:
            said = (manifest or {}).get("file.users", "")
            others = any(state.mode != "absent" for state in self.files.values())
            if said == "absent" and others:
                return  # the sender said that users are no part of this exchange
            raise BundleRefused(
                "users_missing",
                "There is no users.csv in the bundle.",
                "Send users.csv; or, with other files, a manifest.csv that calls it absent.",
            )
        elif any(state.mode != "absent" for state in self.files.values()):
            return
        raise BundleRefused(
            "empty_roster",
            "users.csv has no rows: the roster is empty. Nothing was changed and nobody was "
            "deactivated.",
            "Export the roster again. If no user is to be sent, leave users.csv out and declare "
            "it absent in manifest.csv.",
        )

    # --- text

    def _lines(self, name: str, encoding: str) -> Iterator[str]:
        member = self._members[name.casefold()]
        errors = "surrogateescape" if encoding == "utf-8-sig" else "strict"
        limits = self._limits
        with _Counted(member, member.open(), limits, limits.total_bytes) as raw:
            buffered = io.BufferedReader(raw, 2**16)
            text = io.TextIOWrapper(buffered, encoding=encoding, errors=errors, newline="")
            while line := text.readline(limits.line_chars):
                if len(line) == limits.line_chars and not line.endswith(("\n", "\r")):
                    raise BundleRefused(
                        "line_too_long",
                        f"{name}.csv has a line of more than {limits.line_chars:,} characters.",
                        "It is no OneRoster CSV. " + _RESAVE,
                    )
                yield line

    def _cells(self, name: str, encoding: str) -> Iterator[tuple[int, list[str] | None]]:
        """The records of a file with the line each begins on; None for one that is no CSV."""
        with _reading(name):
            reader = csv.reader(self._lines(name, encoding), strict=True)
            while True:
                line = reader.line_num + 1
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error:
                    yield line, None
                    continue
                if any(cell and not cell.isspace() for cell in cells):
                    yield line, cells

    def _header(self, name: str, encoding: str) -> list[str]:
        rows = self._cells(name, encoding)
        first = next(rows, (0, None))[1] or []
        rows.close()  # type: ignore[attr-defined]
        return first

    def _has_rows(self, name: str, encoding: str) -> bool:
        rows = self._cells(name, encoding)
        next(rows, None)
        found = next(rows, None) is not None
        rows.close()  # type: ignore[attr-defined]
        return found

    def _columns(self, name: str, encoding: str) -> tuple[str, ...]:
        """The header with each column under its OneRoster name, '' where it is of no use."""
        header = self._header(name, encoding)
        file = f"{name}.csv"
        if len(header) == 1 and re.search(r"sourcedid", header[0], re.I) and len(header[0]) > 12:
            raise BundleRefused("wrong_delimiter", f"{file} is not separated by commas.", _RESAVE)
        known = {_plain(column): column for column in _COLUMNS[name]}
        aliases = {**_ALIASES, **_ALIASES_OF_FILE.get(name, {})}
        exact = {known[_plain(cell)] for cell in header if _plain(cell) in known}
        columns: list[str] = []
        unknown: list[str] = []
        for cell in header:
            plain, column = _plain(cell), ""
            if plain in known:
                column = known[plain]
            elif (alias := aliases.get(plain, "")) in _COLUMNS[name] and alias not in exact:
                column = alias
            elif plain.startswith("metadata."):
                column = "metadata." + cell.strip()[len("metadata.") :]
                if _names_ssn(plain):
                    column = ""
                    self._general.add("ssn_column", file=file)
            elif plain:
                unknown.append("".join(c for c in cell.strip()[:40] if c.isprintable()))
            if column in columns and column:
                self._general.add("duplicate_column", file=file, field=column)
                column = ""
            columns.append(column)
        # Only a line that names a sourcedId is a header. Any other may be a person's row, and
        # its cells are not repeated.
        if unknown and "sourcedId" in columns:
            self._general.add(
                "unknown_columns", file=file, count=len(unknown), names=", ".join(unknown[:10])
            )
        return tuple(columns)

    # --- rows

    def _rows(self, name: str) -> Iterator[_Cells]:
        """A file's usable rows. Counting and findings begin anew with every reading."""
        state = self.files[name]
        state.findings = Findings()
        state.rows_read = state.rows_refused = state.unidentified = 0
        state.refused_ids = set()
        if state.mode == "absent":
            return
        width = len(state.columns)
        positions = {column: i for i, column in enumerate(state.columns) if column}
        rows = self._cells(name, state.encoding)
        next(rows, None)
        for line, cells in rows:
            state.rows_read += 1
            row = _Cells(state, line, positions, cells or [])
            if cells is None:
                row.refuse("not_csv")
            elif any(cell for cell in cells[width:]):
                row.refuse("ragged_row")
            elif any("\0" in c or (not c.isascii() and _has_surrogate(c)) for c in cells):
                row.refuse("unreadable_characters")
            elif row.identify():
                if len(cells) < width:
                    row.note("short_row")
                yield row

    def orgs(self) -> Iterator[Org]:
        for row in self._rows("orgs"):
            name = row.text("name")
            if name is None:
                row.refuse("blank_value", "name")
                continue
            yield Org(
                name=name,
                org_type=row.one_of("type", {t: t for t in ORG_TYPES}) or "school",
                identifier=row.identifier("identifier"),
                parent_sourced_id=row.text("parentSourcedId"),
                **row.common(),
            )

    def users(self) -> Iterator[User]:
        for row in self._rows("users"):
            given, family = row.text("givenName"), row.text("familyName")
            if given is None and family is None:
                row.refuse("blank_value", "familyName")
                continue
            yield User(
                # People with a single name exist, and their systems put it into either field.
                given_name=given or "",
                family_name=family or "",
                middle_name=row.text("middleName"),
                preferred_given_name=row.text("preferredGivenName"),
                preferred_family_name=row.text("preferredFamilyName"),
                roles=tuple(_plain_role(r) for r in row.several("role")),
                org_sourced_ids=row.several("orgSourcedIds"),
                primary_org_sourced_id=row.text("primaryOrgSourcedId"),
                agent_sourced_ids=row.several("agentSourcedIds"),
                grades=row.grades(),
                identifier=row.identifier("identifier"),
                master_identifier=row.identifier("userMasterIdentifier"),
                email=row.email(),
                phone=row.phone(),
                **row.common(),
            )

    def roles(self) -> Iterator[Role]:
        for row in self._rows("roles"):
            user, role = row.text("userSourcedId"), row.text("role")
            if user is None or role is None:
                row.refuse("blank_value", "userSourcedId" if user is None else "role")
                continue
            yield Role(
                user_sourced_id=user,
                role=_plain_role(role),
                role_type=(row.text("roleType") or "primary").casefold(),
                org_sourced_id=row.text("orgSourcedId"),
                ends_on=row.date("endDate"),
                **row.common(),
            )

    def demographics(self) -> Iterator[Demographics]:
        for row in self._rows("demographics"):
            flags = {code: row.flag(column) for column, code in RACES.items()}
            yield Demographics(
                birth_date=row.date("birthDate"),
                sex=row.one_of("sex", _SEXES),
                hispanic=row.flag("hispanicOrLatinoEthnicity"),
                races=tuple(code for code, flag in flags.items() if flag),
                **row.common(),
            )

    def academic_sessions(self) -> Iterator[AcademicSession]:
        for row in self._rows("academicSessions"):
            year = re.fullmatch(r"(?:\d{4}\s*[-/]\s*)?(\d{4})", row.text("schoolYear") or "")
            yield AcademicSession(
                title=row.text("title"),
                school_year=int(year[1]) if year else None,
                parent_sourced_id=row.text("parentSourcedId"),
                **row.common(),
            )

    def courses(self) -> Iterator[Course]:
        for row in self._rows("courses"):
            yield Course(org_sourced_id=row.text("orgSourcedId"), **row.common())

    def classes(self) -> Iterator[SchoolClass]:
        for row in self._rows("classes"):
            yield SchoolClass(
                course_sourced_id=row.text("courseSourcedId"),
                school_sourced_id=row.text("schoolSourcedId"),
                term_sourced_ids=row.several("termSourcedIds"),
                **row.common(),
            )

    def enrollments(self) -> Iterator[Enrollment]:
        for row in self._rows("enrollments"):
            role = row.text("role")
            yield Enrollment(
                class_sourced_id=row.text("classSourcedId"),
                school_sourced_id=row.text("schoolSourcedId"),
                user_sourced_id=row.text("userSourcedId"),
                role=_plain_role(role) if role else None,
                **row.common(),
            )


def _known_name(key: str) -> str:
    return next((name for name in _COLUMNS if name.casefold() == key), key)


def _plain(cell: str) -> str:
    return re.sub(r"[\s_-]", "", cell.lstrip("\ufeff").casefold())


def _plain_role(role: str) -> str:
    return re.sub(r"[\s_-]", "", role.casefold())


def _names_ssn(plain: str) -> bool:
    return "ssn" in plain or "socialsecurity" in plain


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= c <= "\udfff" for c in text)


def _day(text: str) -> date | None:
    """A date, if there is only one way to read it."""
    if match := re.fullmatch(r"(\d{4})([-/.]?)(\d{1,2})\2(\d{1,2})(?:[T ].*)?", text):
        year, month, day = int(match[1]), int(match[3]), int(match[4])
        if not match[2] and not re.match(r"\d{8}", text):
            return None
    elif match := re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[T ].*)?", text):
        one, two, year = int(match[1]), int(match[2]), int(match[3])
        if one > 12 >= two:
            day, month = one, two
        elif two > 12 >= one or one == two:
            month, day = one, two
        else:
            return None
    else:
        return None
    try:
        return date(year, month, day) if 1900 <= year <= 2200 else None
    except ValueError:
        return None


class _Common(TypedDict):
    sourced_id: str
    line: int
    active: bool
    unread: frozenset[str]
    metadata: Mapping[str, str]


class _Cells:
    """One row on its way to a dataclass: reads fields and notes what it could not read."""

    __slots__ = ("_cells", "_positions", "_unread", "active", "line", "sid", "state")

    def __init__(
        self, state: FileState, line: int, positions: Mapping[str, int], cells: list[str]
    ) -> None:
        self.state, self.line = state, line
        self._positions, self._cells = positions, cells
        self._unread: set[str] = set()
        self.sid: str | None = None
        self.active = True

    def _raw(self, column: str) -> str:
        at = self._positions.get(column)
        if at is None or at >= len(self._cells):
            return ""
        value = self._cells[at].strip()
        if value.isascii() and value.isprintable():
            return value
        return unicodedata.normalize("NFC", " ".join(value.split()))

    def note(self, code: str, column: str | None = None, *, single: bool = False) -> None:
        file = f"{self.state.name}.csv"
        root = (file, self.line) if single else None
        self.state.findings.add(
            code, file=file, line=self.line, sourced_id=self.sid, field=column, root=root
        )

    def refuse(self, code: str, column: str | None = None) -> None:
        """Leave the row out. Whoever it is about must not be missed for that."""
        if self.sid is None:
            candidate = self._raw("sourcedId")
            if (
                candidate
                and candidate.isascii()
                and candidate.isprintable()
                and not looks_like_ssn(candidate)
            ):
                self.sid = candidate[:_LONGEST_VALUE]
        self.state.rows_refused += 1
        if self.sid is None or code in ("not_csv", "ragged_row"):
            self.state.unidentified += 1
        else:
            self.state.refused_ids.add(self.sid)
        if code == "ragged_row":
            self.sid = None  # in a shifted row any value may stand in any place
        self.note(code, column, single=True)

    def identify(self) -> bool:
        """Find the row's identity and status; False if the row cannot be taken."""
        sid = self._raw("sourcedId")
        if not sid:
            self.refuse("blank_value", "sourcedId")
            return False
        if looks_like_ssn(sid):
            self.refuse("ssn_as_sourced_id", "sourcedId")
            return False
        if max(map(len, self._cells)) > _LONGEST_VALUE and (
            long := next((c for c in self._positions if len(self._raw(c)) > self._longest(c)), None)
        ):
            self.refuse("too_long", long)
            return False
        self.sid = sid
        status = self._raw("status").casefold()
        if status in _GONE:
            self.active = False
            if self.state.mode == "bulk":
                self.note("status_in_bulk", "status")
        elif status not in ("", "active"):
            self.note("unknown_status", "status")
        return True

    @staticmethod
    def _longest(column: str) -> int:
        return 65_536 if column.endswith("Ids") or "." in column else _LONGEST_VALUE

    def common(self) -> _Common:
        """What every row has; to be asked last, when all fields have been read."""
        return _Common(
            sourced_id=self.sid or "",
            line=self.line,
            active=self.active,
            unread=frozenset(self._unread),
            metadata=self._read_metadata(),
        )

    def text(self, column: str) -> str | None:
        if column not in self._positions:
            self._unread.add(column)
        return self._raw(column) or None

    def several(self, column: str) -> tuple[str, ...]:
        value = self.text(column) or ""
        return tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))

    def one_of(self, column: str, known: Mapping[str, str]) -> str | None:
        """A value of a closed list, in whatever case it is written."""
        value = self.text(column)
        if value is None:
            return None
        found = known.get(value.casefold())
        if found is None:
            self._unread.add(column)
            self.note("unknown_value", column)
        return found

    def flag(self, column: str) -> bool | None:
        value = self.text(column)
        if value is None:
            return None
        found = _FLAGS.get(value.casefold())
        if found is None:
            self._unread.add(column)
            self.note("unknown_value", column)
        return found

    def date(self, column: str) -> date | None:
        value = self.text(column)
        if value is None:
            return None
        found = _day(value)
        if found is None:
            self._unread.add(column)
            self.note("ambiguous_date", column)
        return found

    def grades(self) -> tuple[str, ...]:
        written = self.several("grades")
        found = tuple(code for code in map(grade, written) if code is not None)
        if len(found) < len(written):
            if not found:
                self._unread.add("grades")
            self.note("unknown_value", "grades")
        return tuple(dict.fromkeys(found))

    def identifier(self, column: str) -> str | None:
        """An identifier, unless it looks like a social security number."""
        value = self.text(column)
        if value is None:
            return None
        if looks_like_ssn(value):
            self._unread.add(column)
            self.note("ssn", column)
            return None
        if _could_be_ssn(value):
            self.note("nine_digits", column)
        elif "@" in value:
            self.note("email_as_identifier", column)
        return value

    def email(self) -> str | None:
        value = self.text("email")
        if value is not None and not re.fullmatch(r"[^@\s]+@[^@\s]+", value):
            self._unread.add("email")
            self.note("not_an_email", "email")
            return None
        return value

    def phone(self) -> str | None:
        """The phone number, or else the number for text messages."""
        columns = [c for c in ("phone", "sms") if c in self._positions]
        if not columns:
            self._unread.add("phone")
        for column in columns:
            value = self._raw(column)
            if not value:
                continue
            if looks_like_ssn(value):
                self.note("ssn", column)
            elif "@" in value or sum(c.isdigit() for c in value) < 7:
                self.note("not_a_phone", column)
            else:
                return value
            self._unread.add("phone")
        return None

    def _read_metadata(self) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for column in self._positions:
            if column.startswith("metadata.") and (value := self._raw(column)):
                if looks_like_ssn(value):
                    self.note("ssn", column[:80])
                else:
                    found[column[len("metadata.") :]] = value
        return MappingProxyType(found) if found else _NOTHING


_NOTHING: Mapping[str, str] = MappingProxyType({})


def _could_be_ssn(value: str) -> bool:
    """Nine digits in a range that has been issued; many local numbers have nine digits too."""
    return bool(re.fullmatch(r"(?!000|666|9)\d{3}(?!00)\d{2}(?!0000)\d{4}", value))


def open_bundle(source: bytes | Path, limits: Limits | None = None) -> Bundle:
    """Open a zip (its bytes or its path) or a folder, or raise `BundleRefused`."""
    limits = limits or Limits()
    with ExitStack() as stack:
        try:
            if isinstance(source, Path) and source.is_dir():
                members = _folder_members(source, limits)
            else:
                members = _zip_members(_open_zip(source, limits, stack), limits)
        except OSError as error:
            raise BundleRefused(
                "unreadable_source",
                "The bundle cannot be opened.",
                "Check that the path exists and may be read.",
            ) from error
        roster, strangers = _roster_files(members)
        bundle = Bundle(roster, limits, strangers)
        bundle.close_with(stack.pop_all())
    return bundle


def _open_zip(source: bytes | Path, limits: Limits, stack: ExitStack) -> zipfile.ZipFile:
    stream: BinaryIO = io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")
    stack.enter_context(stream)
    size = stream.seek(0, io.SEEK_END)
    if size > limits.archive_bytes:
        raise _too_large(f"The archive is larger than {limits.archive_bytes:,} bytes.")
    if _directory_size(stream, size) > limits.members * 1024:
        raise _too_large(f"The archive has more than {limits.members} members.")
    try:
        return stack.enter_context(zipfile.ZipFile(stream))
    except (zipfile.BadZipFile, NotImplementedError, struct.error, ValueError) as error:
        raise _not_a_zip() from error
