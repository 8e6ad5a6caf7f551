"""A SIS's night (docs/integrating.md): send the roster, then fetch what was decided.

    CHILDFIND_CLIENT=id:secret python nightly_sync.py https://childfind.example roster.zip state

The roster is a OneRoster bundle, or students, one a line, in a file named .ndjson. The folder
`state` keeps where the last night ended. Exit status 1: something needs a person.
"""

from __future__ import annotations

import base64
import json
import os
import sys
import time
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

TRIES, LINES, AGAIN = 6, 1000, (429, 500, 502, 503, 504)


class Refused(Exception):
    """What was answered instead: the status, and the problem details (RFC 9457) if there are."""

    def __init__(self, status: int, headers: Any, problem: dict[str, Any]) -> None:
        told = ("title", "detail", "error_description", "remedy", "record", "errors", "request_id")
        super().__init__(" ".join(str(problem[name]) for name in told if problem.get(name)))
        self.status, self.headers, self.kind = status, headers, problem.get("type", "")


class NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """A token is for the address that gave it."""


class Childfind:
    """The service at an address, as one client."""

    opener = build_opener(NoRedirects)

    def __init__(self, address: str, client: str) -> None:
        self.address, self.client, self.token = address.rstrip("/"), client, ""

    def call(
        self, method: str, path: str, body: bytes | None = None, kind: str = "", **more: str
    ) -> tuple[bytes, Any]:
        """The answer and its headers. It is sent again, as it was, while that may help."""
        refused, key = Refused(503, {}, {}), os.urandom(16).hex()  # the same for every try
        for tried in range(TRIES):
            headers = {"Content-Type": kind, "Idempotency-Key": key, **(more or self.signed())}
            request = Request(self.address + path, body, headers, method=method)  # noqa: S310
            try:
                with self.opener.open(request, timeout=120) as answer:
                    return answer.read(), answer.headers
            except HTTPError as error:
                said = error.headers.get_content_type().endswith("json")
                problem = {"title": str(error), **(json.load(error) if said else {})}
                refused = Refused(error.code, error.headers, problem)
            except (OSError, HTTPException) as error:  # it may have arrived, or not
                refused = Refused(503, {}, {"title": str(error)})
            if refused.status == 401 and not more:
                self.token = ""  # it lived ten minutes
            elif refused.status not in AGAIN and "in-progress" not in refused.kind:
                break
            time.sleep(float(refused.headers.get("Retry-After", 2**tried)))
        raise refused

    def signed(self) -> dict[str, str]:
        if not self.token:
            basic = "Basic " + base64.b64encode(self.client.encode()).decode()
            form, kind = b"grant_type=client_credentials", "application/x-www-form-urlencoded"
            answer, _ = self.call("POST", "/oauth/token", form, kind, Authorization=basic)
            self.token = json.loads(answer)["access_token"]
        return {"Authorization": f"Bearer {self.token}"}


def send_bundle(api: Childfind, bundle: bytes) -> bool:
    """Have a bundle imported and wait for what comes of it: whether it was taken."""
    answer, headers = api.call("POST", "/v1/imports", bundle, "application/zip")
    while (job := json.loads(answer))["status"] in ("queued", "running"):
        time.sleep(float(headers.get("Retry-After", 1)))
        answer, headers = api.call("GET", f"/v1/imports/{job['id']}")
    report = job["report"] or {}
    for kind, counts in sorted(report.get("counts", {}).items()):
        print(kind, *(f"{count} {what}" for what, count in sorted(counts.items()) if count))
    for found in report.get("findings", []):
        print(found["severity"], found["message"], found["remedy"])
    print("roster", job["status"], report.get("held_because") or job["error"] or "")
    return bool(job["status"] == "succeeded")


def send_students(api: Childfind, lines: list[bytes]) -> bool:
    """Send students: whether every one was taken. One that is refused keeps no other out."""
    refused = 0
    for start in range(0, len(lines), LINES):
        body = b"\n".join(lines[start : start + LINES])
        answer, headers = api.call("POST", "/v1/students/bulk", body, "application/x-ndjson")
        for done in map(json.loads, answer.splitlines()):
            if done["problem"]:
                refused += 1
                why = Refused(done["status"], headers, done["problem"])
                print("line", start + done["line"], why)
    print("students", len(lines) - refused, "taken", refused, "refused")
    return refused == 0


def follow_events(api: Childfind, kept: Path) -> None:
    """Tell what others did since the last night; `kept` holds the number of the last event."""
    more, mine = True, api.client.partition(":")[0]
    while more:
        after = int(kept.read_text()) if kept.exists() else 0
        feed = json.loads(api.call("GET", f"/v1/events?limit=500&after={after}")[0])
        for event in feed["items"]:
            if event["client_id"] != mine:
                print("event", event["event"], event["subject"]["id"])
        more = feed["more"]
        kept.write_text(str(feed["next_after"]))  # not before they are dealt with


def fetch_decisions(api: Childfind, folder: Path) -> None:
    """Write the file of the students about whom something changed since the last one."""
    kept = folder / "position"
    since = f"?since={int(kept.read_text())}" if kept.exists() else ""
    table, headers = api.call("GET", f"/v1/exports/sis{since}")
    position = headers["Childfind-Position"]
    (folder / f"decisions-{int(position):012}.csv").write_bytes(table)
    kept.write_text(position)
    print("decisions", len(table.splitlines()) - 1, "students")


def main(address: str, roster: str, state: str) -> int:
    api, folder = Childfind(address, os.environ["CHILDFIND_CLIENT"].strip()), Path(state)
    folder.mkdir(parents=True, exist_ok=True)
    sent, bundle = Path(roster).read_bytes(), not roster.endswith(".ndjson")
    try:
        taken = send_bundle(api, sent) if bundle else send_students(api, sent.splitlines())
        follow_events(api, folder / "events")
        fetch_decisions(api, folder)
    except Refused as refused:
        sys.exit(f"refused {refused.status} {refused}")
    return 0 if taken else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) if len(sys.argv) == 4 else __doc__)
