"""Open a zip or a folder safely: its members by name, and no more of each than it may hold."""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, BinaryIO

from service.imports.oneroster.report import BundleRefused

_ARCHIVES = (".zip", ".gz", ".tgz", ".tar", ".7z", ".rar", ".bz2", ".xz", ".zst", ".jar")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a bundle may be. Sizes are counted while reading, never believed."""

    archive_bytes: int = 256 * 2**20
    total_bytes: int = 1024 * 2**20
    members: int = 200
    ratio: int = 200
    ratio_free_bytes: int = 2**20
    line_chars: int = 2**17
    row_chars: int = 2**20


@dataclass(frozen=True, slots=True)
class Member:
    """One file in the archive or folder; `packed` is its size there, in bytes."""

    path: str  # as the archive or folder names it
    packed: int
    open: Callable[[], IO[bytes]]


class Counted(io.RawIOBase):
    """A member's bytes, which stop when it has given more than it may."""

    def __init__(self, member: Member, inner: IO[bytes], limits: Limits, budget: int) -> None:
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


def members_of(source: bytes | Path, limits: Limits, stack: ExitStack) -> list[Member]:
    """The members of a zip (its bytes or its path) or a folder, without what systems add.

    What has to stay open while they are read is entered into `stack`. Raises `BundleRefused`
    for a member that no roster needs, and for a source that cannot be opened.
    """
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
    kept = [
        m
        for m in members
        if not m.path.startswith("__MACOSX/") and not m.path.rpartition("/")[2].startswith(".")
    ]
    for member in kept:
        if member.path.casefold().endswith(_ARCHIVES):
            raise archive_inside(member.path, "is an archive in the bundle")
    return kept


def shown(path: str) -> str:
    """A member's name as it may be printed: short and without control characters."""
    return "'" + "".join(c if c.isprintable() else "?" for c in path[:80]) + "'"


def archive_inside(path: str, what: str) -> BundleRefused:
    """The refusal of a member that is itself an archive."""
    return _unsafe("nested_archive", path, what)


def _unsafe(code: str, path: str, what: str, remedy: str | None = None) -> BundleRefused:
    flat = "Zip the CSV files themselves, flat, and send the archive again."
    return BundleRefused(code, f"The bundle's member {shown(path)} {what}.", remedy or flat)


def _not_a_zip() -> BundleRefused:
    detail = "The archive is not a zip file, or it is damaged."
    return BundleRefused("not_a_zip", detail, "Zip the CSV files again and send that archive.")


def _too_large(what: str) -> BundleRefused:
    remedy = "Send only the OneRoster files, or ask the operator to raise the import limit."
    return BundleRefused("too_large", what, remedy)


# A zip


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


def _zip_members(archive: zipfile.ZipFile, limits: Limits) -> list[Member]:
    infos = archive.infolist()
    if len(infos) > limits.members:
        raise _too_large(f"The archive has more than {limits.members} members.")
    members: list[Member] = []
    seen: set[str] = set()
    for info in infos:
        _check_entry(info)
        if info.is_dir():
            continue
        _check_packing(info)
        name = info.filename.casefold()
        if name in seen:
            raise _unsafe("duplicate_member", info.filename, "is in the archive more than once")
        seen.add(name)
        members.append(
            Member(info.filename, max(info.compress_size, 1), partial(archive.open, info))
        )
    return members


def _check_entry(info: zipfile.ZipInfo) -> None:
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


def _check_packing(info: zipfile.ZipInfo) -> None:
    if info.flag_bits & 0x1:
        remedy = "Send the archive without a password; the connection is encrypted already."
        raise _unsafe("encrypted", info.filename, "is encrypted", remedy)
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _unsafe("compression", info.filename, "is packed in a way that is not taken")


# A folder


def _folder_members(folder: Path, limits: Limits) -> list[Member]:
    members: list[Member] = []
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
                members.append(Member(name, max(path.stat().st_size, 1), partial(io.FileIO, path)))
    return members
