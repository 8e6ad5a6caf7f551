"""`childfind export`: what goes out to other systems."""

from __future__ import annotations

import os
import re
import threading
from argparse import Namespace
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import UUID

import orjson

from service.cli.parsing import add_command, add_group
from service.cli.workplace import Refused, Workplace
from service.exports.edfi import shapes
from service.exports.edfi.push import EdFiApi, Pushed, PushFailed, Sent
from service.exports.edfi.stream import everything
from service.storage.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from service.cli.parsing import Commands

DESCRIPTION = """\
Send what was decided to an Ed-Fi API: programs' associations, eligibility, interventions. The key
and the secret are CHILDFIND_EDFI_KEY and CHILDFIND_EDFI_SECRET. Each resource is an upsert by its
natural key. What the API took is remembered, so that the next push sends only what has changed, and
a push that broke off goes on where it was. Nothing is deleted there. What Ed-Fi cannot say is at
GET /v1/exports/ed-fi/{version}/omissions.
"""


def add(commands: Commands) -> None:
    group = add_group(commands, "export", "send what was decided to other systems")
    parser = add_command(group, "ed-fi", "send to an Ed-Fi API", ed_fi, DESCRIPTION)
    parser.add_argument("--district", required=True, type=UUID)
    parser.add_argument("--push", required=True, metavar="URL", help="the API's address")
    parser.add_argument(
        "--organization", required=True, type=int, help="the district's educationOrganizationId"
    )
    parser.add_argument("--version", choices=sorted(shapes.VERSIONS), default="5.2")
    parser.add_argument(
        "--resource", action="append", metavar="NAME", help="only this kind; may be repeated"
    )
    parser.add_argument(
        "--student-identifier", default="state_id", help="whose number is studentUniqueId"
    )
    parser.add_argument("--namespace", help="of the district's own descriptors (uri://...)")
    parser.add_argument("--delivery-method", help="how interventions are delivered")
    parser.add_argument(
        "--refused", type=Path, metavar="FILE", help="write what was refused there, a line each"
    )


def ed_fi(workplace: Workplace, given: Namespace) -> int:
    names = given.resource or list(shapes.VERSIONS[given.version])
    if unknown := set(names) - set(shapes.VERSIONS[given.version]):
        known = ", ".join(shapes.VERSIONS[given.version])
        raise Refused(f"No {', '.join(sorted(unknown))} in {given.version}. There are: {known}.")
    key, secret = (os.environ.get(f"CHILDFIND_EDFI_{name}", "") for name in ("KEY", "SECRET"))
    if not key or not secret:
        raise Refused("Set CHILDFIND_EDFI_KEY and CHILDFIND_EDFI_SECRET.")
    district = workplace.district(given.district)
    setup = shapes.Setup(
        version=given.version,
        organization=given.organization,
        federal=workplace.policies.policy_for(district.jurisdiction).federal_code,
        namespace=given.namespace,
        delivery=given.delivery_method,
    )
    try:
        api = EdFiApi(given.push, key, secret, pause=threading.Event().wait)
    except ValueError as error:
        raise Refused(f"{error}.") from error

    def work() -> UnitOfWork:
        return workplace.unit_of_work(given.district)

    refused: list[tuple[str, Any, Any]] = []
    with closing(api), Sent(_memory(workplace, given), given.push) as sent:
        for name in names:
            made = everything(work, name, setup, given.student_identifier)
            resources = (one for one in made if isinstance(one, dict))
            try:
                pushed = api.push(name, resources, sent)
            except PushFailed as error:
                raise Refused(f"{name}: {error}.") from error
            _tell(pushed)
            refused += [(name, one, problem) for one, problem in pushed.refused]
    if given.refused:
        _write(given.refused, refused)
    return 1 if refused else 0


def _write(path: Path, refused: Sequence[tuple[str, Any, Any]]) -> None:
    """Children's records: for whoever asked for them, and nobody else on the machine."""
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_bytes(
        b"".join(
            orjson.dumps({"resource": name, "sent": one, "problem": problem}) + b"\n"
            for name, one, problem in refused
        )
    )


def _memory(workplace: Workplace, given: Namespace) -> Path:
    """Where it is remembered what this API took of this district."""
    host = re.sub(r"[^A-Za-z0-9.-]+", "-", urlsplit(given.push).netloc)
    return workplace.settings.data_dir / f"ed-fi-{given.district}-{host}"


def _tell(pushed: Pushed) -> None:
    """By the problem: whom it is about is in the file that was asked for."""
    print(
        f"{pushed.resource}: {pushed.sent:,} sent, {pushed.unchanged:,} unchanged, "
        f"{len(pushed.refused):,} refused"
    )
    for problem, count in pushed.problems.most_common(10):
        print(f"  {count:,} x {problem}")
