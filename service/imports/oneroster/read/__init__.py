"""Open a OneRoster bundle safely and stream its rows.

In the order things happen:

- `archive` lists the members of a zip or a folder and refuses what no roster needs (paths that
  climb, links, archives in archives, encryption, twins), and counts what comes out of each.
- `csv_file` scans every file that will be read once: its true size is counted, whatever the
  archive declares, and its encoding found out. From then on it is records of cells.
- `columns` finds OneRoster's columns in a header, whatever their case and spelling.
- `bundle` chooses the roster among the members. The manifest says which files are bulk, delta or
  absent. A file that it does not vouch for is `unstated`: its rows are taken, but nobody is
  missed for not being in it. One folder around the files and a wrong case in a file name are
  common and harmless.
- `Bundle.users()` and its siblings stream one file each as the dataclasses of `records`,
  read field by field (`fields`). What cannot be read is a finding; a row without identity or
  name is refused, everything else is read around.

A field that the file does not have, or whose value cannot be understood, stands in the row's
`unread`: not knowing a birth date is no reason to forget the one on record.
"""

from service.imports.oneroster.read.archive import Limits
from service.imports.oneroster.read.bundle import Bundle, open_bundle
from service.imports.oneroster.read.file_state import FileState, Mode
from service.imports.oneroster.read.records import (
    RACES,
    AcademicSession,
    Course,
    Demographics,
    Enrollment,
    Org,
    Role,
    Row,
    SchoolClass,
    User,
)

__all__ = [
    "RACES",
    "AcademicSession",
    "Bundle",
    "Course",
    "Demographics",
    "Enrollment",
    "FileState",
    "Limits",
    "Mode",
    "Org",
    "Role",
    "Row",
    "SchoolClass",
    "User",
    "open_bundle",
]
