"""`childfind export ed-fi --push`: against a server that behaves as an Ed-Fi API does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from migrations import run as migrations
from service.cli import main
from service.exports.edfi.push import KEYS as MEMBERS
from service.exports.edfi.push import EdFiApi, Pushed, PushFailed, Sent
from service.exports.edfi.shapes import VERSIONS
from service.storage.database import Database
from tests.exports.ed_fi_server import KEY, SECRET, EdFiServer, serving
from tests.exports.edfi_shapes import KEYS, Json
from tests.scenarios.journey import Child, NewPlace, Place
from tests.scenarios.plans import in_effect, served, version

TAKES_PART = "studentInterventionAssociations"

Push = Callable[..., Pushed]


def takes_part(student: int, dosage: int = 30) -> Json:
    return {
        "studentReference": {"studentUniqueId": str(student)},
        "interventionReference": {
            "educationOrganizationId": 255901,
            "interventionIdentificationCode": "255901-reading-2025-08-20",
        },
        "dosage": dosage,
    }


@pytest.fixture
def server() -> Iterator[EdFiServer]:
    with serving(EdFiServer()) as found:
        yield found


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def push(server: EdFiServer, pauses: list[float], tmp_path: Path) -> Push:
    """Send some participations, by a client of its own each time."""

    def pushed(*made: Json, secret: str = SECRET, resource: str = TAKES_PART) -> Pushed:
        api = EdFiApi(server.url, KEY, secret, pause=pauses.append)
        with closing(api), Sent(tmp_path / "sent", server.url) as sent:
            return api.push(resource, made, sent)

    return pushed


def test_makes_and_changes_by_the_natural_key(server: EdFiServer, push: Push) -> None:
    assert push(takes_part(1), takes_part(2)).sent == 2
    assert push(takes_part(1, dosage=45)).sent == 1
    assert [one["dosage"] for one in server.of(TAKES_PART)] == [45, 30]
    assert [status for _, status in server.posts] == [201, 201, 200]


def test_sends_again_only_what_has_changed(server: EdFiServer, push: Push) -> None:
    push(takes_part(1), takes_part(2))
    again = push(takes_part(1), takes_part(2, dosage=45))
    assert (again.sent, again.unchanged) == (1, 1)
    back = push(takes_part(2))
    assert (back.sent, back.unchanged) == (1, 0), "what was sent before last is not there now"


def test_another_api_has_had_nothing_yet(push: Push, tmp_path: Path) -> None:
    push(takes_part(1))
    with Sent(tmp_path / "sent", "https://elsewhere.example") as sent:
        assert not sent.has(TAKES_PART, takes_part(1))


def test_goes_on_where_it_broke_off(server: EdFiServer, push: Push) -> None:
    made = [takes_part(n) for n in range(4)]
    push(made[0], made[1])
    server.answers[:] = [503] * 5
    with pytest.raises(PushFailed, match="remembered"):
        push(*made)
    assert len(server.kept) == 2
    again = push(*made)
    assert (again.sent, again.unchanged) == (2, 2)
    assert len(server.posts) == 4


def test_what_was_remembered_survives_a_line_cut_short(push: Push, tmp_path: Path) -> None:
    push(takes_part(1), takes_part(2))
    path = tmp_path / "sent"
    path.write_bytes(path.read_bytes()[:-20])
    again = push(takes_part(1), takes_part(2))
    assert (again.sent, again.unchanged) == (1, 1)
    assert push(takes_part(1), takes_part(2)).unchanged == 2


def test_tries_again_later_each_time(server: EdFiServer, push: Push, pauses: list[float]) -> None:
    server.answers[:] = [503, None, 429]
    assert push(takes_part(1)).sent == 1
    assert pauses == [1, 2, 4]
    assert len(server.kept) == 1


@pytest.mark.parametrize(
    ("wish", "paused"), [("7", 7), ("99999", 60), ("soon", 1), ("Wed, 21 Oct 2026 07:28:00 GMT", 1)]
)
def test_tries_again_when_the_api_wants_it_within_reason(
    server: EdFiServer, push: Push, pauses: list[float], wish: str, paused: float
) -> None:
    server.headers["Retry-After"] = wish
    server.answers[:] = [429]
    assert push(takes_part(1)).sent == 1
    assert pauses == [paused]


def test_connects_again_when_the_api_closes_each_time(server: EdFiServer, push: Push) -> None:
    server.headers["Connection"] = "close"
    assert push(takes_part(1), takes_part(2)).sent == 2


def test_an_api_that_does_not_say_where_things_are_has_them_at_the_usual_places(
    server: EdFiServer, push: Push
) -> None:
    server.urls = {"oauth": None, "dataManagementApi": None}
    assert push(takes_part(1)).sent == 1


@pytest.mark.parametrize("what", ["oauth", "dataManagementApi"])
def test_neither_secret_nor_records_go_to_another_host(
    server: EdFiServer, push: Push, what: str
) -> None:
    server.urls = {what: "https://elsewhere.example/data/v3"}
    with pytest.raises(PushFailed, match="another host"):
        push(takes_part(1))
    assert server.tokens == {}


def test_a_refusal_without_problem_details_is_told_by_its_status(
    server: EdFiServer, push: Push
) -> None:
    server.plain, server.unknown = True, {"1"}
    ((_, problem),) = push(takes_part(1)).refused
    assert problem == {"type": "about:blank", "detail": "refused with 409"}


def test_renews_a_token_that_ran_out(server: EdFiServer, push: Push) -> None:
    server.token_lasts = 2
    assert push(*(takes_part(n) for n in range(5))).sent == 5
    assert len(server.tokens) == 3


def test_a_wrong_secret_ends_it(push: Push) -> None:
    with pytest.raises(PushFailed, match="401"):
        push(takes_part(1), secret="another")


def test_a_token_that_is_never_good_ends_it(server: EdFiServer, push: Push) -> None:
    server.token_lasts = 0
    with pytest.raises(PushFailed, match="just given"):
        push(takes_part(1))


def test_a_token_that_no_header_can_hold_is_none_and_is_not_quoted(
    server: EdFiServer, push: Push
) -> None:
    server.token = "abc\r\nX-Injected: 1"
    with pytest.raises(PushFailed, match="no token") as caught:
        push(takes_part(1))
    assert "abc" not in str(caught.value)


def test_a_refusal_is_told_and_the_others_go_on(server: EdFiServer, push: Push) -> None:
    server.unknown = {"1"}
    pushed = push(takes_part(0), takes_part(1), takes_part(2))
    assert pushed.sent == 2
    ((refused, problem),) = pushed.refused
    assert refused == takes_part(1)
    assert problem["type"] == "urn:ed-fi:api:data-conflict:unresolved-reference"
    server.unknown = set()
    assert push(takes_part(0), takes_part(1), takes_part(2)).sent == 1


def test_what_is_wrong_with_it_is_kept(push: Push) -> None:
    pushed = push({**takes_part(1), "dosage": "much"})
    ((_, problem),) = pushed.refused
    assert list(problem["validationErrors"]) == ["$.dosage"]


def test_a_redirect_is_not_followed(server: EdFiServer, push: Push) -> None:
    server.answers[:] = [307]
    pushed = push(takes_part(1))
    assert pushed.sent == 0
    assert len(pushed.refused) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://ed-fi.example/api",
        "ftp://ed-fi.example",
        "ed-fi.example",
        "https://user:word@ed-fi.example",
        "https://:word@ed-fi.example",
        "https://ed-fi.example/api?x=1",
    ],
)
def test_records_go_over_https_to_a_plain_address(url: str) -> None:
    with pytest.raises(ValueError, match=r"https|address"):
        EdFiApi(url, KEY, SECRET, pause=print)


def test_the_file_holds_nothing_of_a_child(push: Push, tmp_path: Path) -> None:
    push(takes_part(604822))
    text = (tmp_path / "sent").read_text()
    assert "604822" not in text
    assert (tmp_path / "sent").stat().st_mode & 0o077 == 0


def test_knows_the_key_of_every_resource() -> None:
    assert MEMBERS.keys() == set(VERSIONS["6.1"]) == KEYS.keys()
    for resource, paths in KEYS.items():
        assert set(MEMBERS[resource]) == {path.partition(".")[0] for path in paths}


class TestCommand:
    @pytest.fixture
    def place(self, district_in: NewPlace) -> Place:
        return district_in()

    @pytest.fixture
    def run(
        self,
        place: Place,
        store: Database,
        server: EdFiServer,
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
    ) -> Callable[..., int]:
        url = store.engine.url.render_as_string(hide_password=False)
        monkeypatch.setenv("CHILDFIND_DATABASE_URL", url)
        monkeypatch.setenv("CHILDFIND_DATA_DIR", str(tmp_path))
        # The store's tables are made of the models, not by migrations.
        monkeypatch.setattr(migrations, "current", lambda _: migrations.head())
        monkeypatch.setenv("CHILDFIND_EDFI_KEY", KEY)
        monkeypatch.setenv("CHILDFIND_EDFI_SECRET", SECRET)

        def ran(*more: str) -> int:
            given = ["--district", str(place.id), "--organization", "255901"]
            return main(["export", "ed-fi", "--push", server.url, *given, *more])

        return ran

    @pytest.fixture
    def child(self, place: Place) -> Child:
        child = place.child(identifiers=[{"system": "state_id", "value": "604822"}])
        child.helped("2025-08-20", "2025-09-05")
        return child.evaluated_from("2025-09-15")

    def test_sends_all_there_is_and_then_what_changed(
        self,
        run: Callable[..., int],
        server: EdFiServer,
        child: Child,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        plan = served(child, "2025-11-14", "2025-12-05", "2025-12-15")
        assert run("--delivery-method", "Individual") == 0
        assert {resource for resource, _ in server.kept} == {
            "interventions",
            "studentInterventionAssociations",
            "studentSpecialEducationProgramAssociations",
            "studentSpecialEducationProgramEligibilityAssociations",
        }
        before = len(server.posts)
        later = version(child, plan, "2026-02-02", agreed_without_meeting_on="2026-02-02")
        in_effect(child, later, "2026-02-09")
        assert run("--delivery-method", "Individual") == 0
        assert server.posts[before:] == [("studentSpecialEducationProgramAssociations", 200)]
        assert "604822" not in capsys.readouterr().out

    def test_sends_the_early_resources_when_asked(
        self, run: Callable[..., int], server: EdFiServer, child: Child
    ) -> None:
        served(child, "2025-11-14", "2025-12-05", "2025-12-15")
        server.version = "6.1"
        assert run("--version", "6.1", "--namespace", "uri://district.example") == 0
        assert len(server.of("ideaEvents")) == 6
        assert len(server.of("studentIEPs")) == 1

    def test_says_what_was_refused(
        self,
        run: Callable[..., int],
        server: EdFiServer,
        child: Child,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        server.unknown = {"604822"}
        path = tmp_path / "refused.jsonl"
        path.touch(mode=0o644)
        assert run("--refused", str(path)) == 1
        assert path.stat().st_mode & 0o077 == 0, "it tells of children"
        (line,) = path.read_text().splitlines()
        told = json.loads(line)
        assert told["problem"]["status"] == 409
        assert told["sent"]["studentReference"]["studentUniqueId"] == "604822"
        assert "unresolved-reference" in capsys.readouterr().out

    def test_refuses_a_kind_that_is_not_there(
        self, run: Callable[..., int], child: Child, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run("--resource", "studentIEPs") == 1
        assert "studentSection504ProgramAssociations" in capsys.readouterr().err

    def test_says_when_it_came_no_further(
        self,
        run: Callable[..., int],
        server: EdFiServer,
        child: Child,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        server.urls = {"dataManagementApi": "https://elsewhere.example/data/v3"}
        assert run() == 1
        told = capsys.readouterr()
        assert "another host" in told.err
        assert "Traceback" not in told.err

    def test_refuses_an_address_without_tls(
        self,
        run: Callable[..., int],
        server: EdFiServer,
        child: Child,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        server.url = "http://ed-fi.example/api"
        assert run() == 1
        assert "over https only" in capsys.readouterr().err

    def test_asks_for_a_key(
        self,
        run: Callable[..., int],
        child: Child,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.delenv("CHILDFIND_EDFI_SECRET")
        assert run() == 1
        assert "CHILDFIND_EDFI_SECRET" in capsys.readouterr().err
