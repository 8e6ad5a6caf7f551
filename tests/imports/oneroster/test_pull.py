"""A pull as a bundle: what is taken of a server's lists, and what its faults come to."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from zipfile import ZipFile

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from service.imports.oneroster.pull import PullFailed, Server, bundle, listing, pull
from service.imports.oneroster.pull import server as server_module
from service.imports.oneroster.read import Mode, open_bundle
from service.imports.oneroster.read.records import User
from tests.oneroster_server import (
    BASE,
    CLIENT_ID,
    SECRET,
    Answer,
    Json,
    OneRosterServer,
    demographics,
    district_of,
    serving,
    user,
    user_12,
)
from tests.receivers import misbehaving

SCOPE = "roster-core.readonly"
SINCE = datetime(2026, 10, 1, tzinfo=UTC)


@pytest.fixture
def sis() -> Iterator[OneRosterServer]:
    """A server of twenty-five students, ten on a page."""
    many = (user(f"p{n:02}") for n in range(25))
    with serving(OneRosterServer(district_of(*many), most=10)) as sis:
        yield sis


class Pulled:
    """What a pull wrote, opened as the importer opens it."""

    def __init__(self, path: Path) -> None:
        with open_bundle(path) as bundle:
            self.users: list[User] = list(bundle.users())
            self.roles = list(bundle.roles())
            self.demographics = list(bundle.demographics())
            self.orgs = [one.sourced_id for one in bundle.orgs()]
            self.codes = {finding.code for finding in bundle.findings}
            self.modes: dict[str, Mode] = {
                name: state.mode for name, state in bundle.files.items() if state.mode != "absent"
            }

    @property
    def ids(self) -> list[str]:
        return [one.sourced_id for one in self.users]


Pull = Callable[..., Pulled]


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def pulled(sis: OneRosterServer, tmp_path: Path, pauses: list[float]) -> Pull:
    def pulled(since: datetime | None = None, **said: object) -> Pulled:
        path = tmp_path / "bundle.zip"
        pull(a_client(sis, pauses, **said), "1.1", since, path, lambda name, rows: None)
        return Pulled(path)

    return pulled


def a_client(sis: OneRosterServer, pauses: list[float], **said: object) -> Server:
    made = Server(
        base_url=sis.base_url,
        token_url=sis.token_url,
        client_id=CLIENT_ID,
        secret=SECRET,
        scope=SCOPE,
        may_reach=lambda address: True,
        pause=pauses.append,
        within_s=30,
    )
    return replace(made, **said)  # type: ignore[arg-type]


def why(pulled: Pull, **said: object) -> str:
    with pytest.raises(PullFailed) as failure:
        pulled(**said)
    assert SECRET not in failure.value.detail + failure.value.remedy
    return failure.value.code


def with_link(answer: Answer, link: str) -> Answer:
    """A page of users that says this of its pages."""
    if b'"users"' not in answer.body:
        return answer
    return replace(answer, headers={**answer.headers, "Link": link})


class TestPages:
    @pytest.mark.parametrize("links", [True, False], ids=["by Link", "by offset"])
    @pytest.mark.parametrize("totals", [True, False], ids=["with totals", "without"])
    def test_are_followed_to_the_end(
        self, sis: OneRosterServer, pulled: Pull, links: bool, totals: bool
    ) -> None:
        sis.links, sis.totals = links, totals
        found = pulled()
        assert found.ids == [f"p{n:02}" for n in range(25)]
        assert found.orgs == ["d1", "s1", "s2"]
        assert found.modes == {"orgs": "bulk", "users": "bulk"}
        assert "list_unsure" not in found.codes

    def test_of_a_server_that_gives_as_many_as_asked_for(
        self, sis: OneRosterServer, pulled: Pull, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sis.most, sis.links = 1000, False
        monkeypatch.setattr(listing, "PAGE", 25)
        assert len(pulled().ids) == 25
        assert [one["offset"] for one in sis.asked_for("users")] == [["0"], ["25"]]

    def test_past_the_end_may_be_refused(self, sis: OneRosterServer, pulled: Pull) -> None:
        sis.links = False
        sis.fault = lambda offset, limit, answer: Answer(404) if offset >= 25 else answer
        found = pulled()
        assert (len(found.ids), found.modes["users"]) == (25, "bulk")
        sis.totals = False
        assert pulled().modes["users"] == "unstated", "nothing says that it was the end"

    def test_that_are_refused_midway_fail_the_pull(
        self, sis: OneRosterServer, pulled: Pull
    ) -> None:
        """Half a roster is none; only what may stand for the end of a list is taken for it."""

        def refusing(offset: int, limit: int, answer: Answer) -> Answer:
            return Answer(410) if offset else answer

        sis.fault = refusing
        assert why(pulled) == "refused"

    def test_by_links_to_inner_names_are_found_by_offset(
        self, sis: OneRosterServer, pulled: Pull
    ) -> None:
        def inner(offset: int, limit: int, answer: Answer) -> Answer:
            link = answer.headers["Link"].replace(sis.origin, "http://sis.internal:8080")
            return replace(answer, headers={**answer.headers, "Link": link})

        sis.fault = inner
        found = pulled()
        assert (len(found.ids), found.modes["users"]) == (25, "bulk")


class TestAListThatMayNotBeWhole:
    """Its rows are taken, and nobody is missed for not being in it."""

    def test_because_more_are_told_than_come(self, sis: OneRosterServer, pulled: Pull) -> None:
        self._lie(sis, 4000)
        found = pulled()
        assert (len(found.ids), found.modes["users"]) == (25, "unstated")
        assert "list_unsure" in found.codes

    def test_but_not_because_fewer_are_told(self, sis: OneRosterServer, pulled: Pull) -> None:
        self._lie(sis, 3)
        found = pulled()
        assert (len(found.ids), found.modes["users"]) == (25, "bulk")

    def test_because_next_leads_round(self, sis: OneRosterServer, pulled: Pull) -> None:
        def round_and_round(offset: int, limit: int, answer: Answer) -> Answer:
            back = f'<{BASE}/users?limit=10&offset=0>; rel="next"'
            return with_link(answer, back)

        sis.totals, sis.fault = False, round_and_round
        found = pulled()
        assert (found.modes["users"], len(found.ids)) == ("unstated", 10)

    def test_because_the_server_ignores_the_offset(
        self, sis: OneRosterServer, pulled: Pull
    ) -> None:
        def always_the_first(offset: int, limit: int, answer: Answer) -> Answer:
            first = json.dumps({"users": sis.lists["users"][:limit]}).encode()
            return replace(answer, body=first) if b'"users"' in answer.body else answer

        sis.totals, sis.links, sis.fault = False, False, always_the_first
        found = pulled()
        assert (found.modes["users"], len(found.ids)) == ("unstated", 10)

    def test_because_nothing_new_comes_without_end(
        self, sis: OneRosterServer, pulled: Pull
    ) -> None:
        def for_ever(offset: int, limit: int, answer: Answer) -> Answer:
            return with_link(answer, f"<{BASE}/users?limit=10&offset={offset + 1000}>; rel=next")

        sis.totals, sis.fault = False, for_ever
        found = pulled()
        assert (found.modes["users"], len(found.ids)) == ("unstated", 10)
        assert len(sis.asked_for("users")) <= 2 * (listing.EMPTY_PAGES + 2)

    def test_because_somebody_left_between_two_pages(
        self, sis: OneRosterServer, pulled: Pull
    ) -> None:
        """Each time it is read: the record that moved up to the page before is not seen."""

        def leaving(offset: int, limit: int, answer: Answer) -> Answer:
            if offset:
                sis.lists["users"].pop(0)
            return answer

        sis.fault, sis.links = leaving, False
        found = pulled()
        assert found.modes["users"] == "unstated"

    def test_is_read_again_and_may_be_whole_then(self, sis: OneRosterServer, pulled: Pull) -> None:
        came = iter([True])

        def coming(offset: int, limit: int, answer: Answer) -> Answer:
            if offset and next(came, False):
                sis.lists["users"].insert(0, user("new"))
            return answer

        sis.fault = coming
        found = pulled()
        assert (found.modes["users"], len(found.ids)) == ("bulk", 26)
        assert "list_unsure" not in found.codes

    def _lie(self, sis: OneRosterServer, count: int) -> None:
        def lie(offset: int, limit: int, answer: Answer) -> Answer:
            return replace(answer, headers={**answer.headers, "X-Total-Count": str(count)})

        sis.fault = lie


@given(
    count=st.integers(1, 30),
    most=st.integers(1, 12),
    links=st.booleans(),
    totals=st.booleans(),
    leave=st.lists(st.integers(0, 29), max_size=3),
    come=st.lists(st.integers(0, 29), max_size=3),
)
@settings(max_examples=30, deadline=None)
def test_whoever_was_there_all_the_time_is_in_a_list_that_is_taken_as_whole(
    count: int, most: int, links: bool, totals: bool, leave: list[int], come: list[int]
) -> None:
    """As long as people only come or, where the total is told, only leave while it is read."""
    assume(not leave or (totals and not come))
    stay = {f"p{n}" for n in range(count)} - {f"p{n}" for n in leave}
    assume(stay)

    holds = district_of(*(user(f"p{n}") for n in range(count)))
    server = OneRosterServer(holds, most=most, links=links, totals=totals)

    def meanwhile(offset: int, limit: int, answer: Answer) -> Answer:
        here = server.lists["users"]
        if offset and leave:
            gone = f"p{leave.pop()}"
            here[:] = [one for one in here if one["sourcedId"] != gone]
        if offset and come:
            here.insert(come.pop() % len(here), user(f"n{len(come)}"))
        return answer

    server.fault = meanwhile
    with serving(server), TemporaryDirectory() as folder:
        path = Path(folder) / "bundle.zip"
        pull(a_client(server, []), "1.1", None, path, lambda name, rows: None)
        found = Pulled(path)
    assert found.modes["users"] in ("bulk", "unstated")
    if found.modes["users"] == "bulk":
        assert stay <= set(found.ids)
    assert len(found.ids) == len(set(found.ids))


class TestRecords:
    def test_of_version_1_1(self, sis: OneRosterServer, pulled: Pull) -> None:
        born = demographics("c", birthDate="2017-05-04", sex="female", asian="true", white=None)
        born["hispanicOrLatinoEthnicity"] = True
        sis.lists = district_of(
            user("c", agents=[{"sourcedId": "g"}], identifier=4711, grades=["03", "04"]),
            user("g", "guardian", phone="555-0100", metadata={"preferredLanguage": "es"}),
            demographics=(born,),
        )
        child, guardian = (found := pulled()).users
        assert (child.given_name, child.roles, child.org_sourced_ids) == (
            "Ada",
            ("student",),
            ("s1",),
        )
        assert (child.agent_sourced_ids, child.identifier) == (("g",), "4711")
        assert child.grades == ("03", "04")
        assert (guardian.phone, guardian.language) == ("555-0100", "es")
        [told] = found.demographics
        assert (str(told.birth_date), told.sex, told.races) == ("2017-05-04", "female", ("asian",))
        assert told.hispanic is True

    def test_of_version_1_2(self, sis: OneRosterServer, pulled: Pull) -> None:
        sis.lists = district_of(user_12("t", "teacher", preferredFirstName="Bo"), user_12("c"))
        sis.lists["users"][1]["roles"].append("student")  # what is no role costs nobody theirs
        found = pulled()
        assert [one.preferred_given_name for one in found.users] == ["Bo", None]
        assert {(one.user_sourced_id, one.role, one.org_sourced_id) for one in found.roles} == {
            ("t", "teacher", "s1"),
            ("c", "student", "s1"),
        }
        assert found.modes["roles"] == "bulk"

    def test_leave_passwords_and_user_names_behind(
        self, sis: OneRosterServer, pulled: Pull, tmp_path: Path
    ) -> None:
        pulled()
        with ZipFile(tmp_path / "bundle.zip") as archive:
            text = archive.read("users.csv").decode()
        assert "p00" in text
        assert "password" not in text
        assert "u-p00" not in text

    def test_that_no_row_has_leave_what_is_on_record(
        self, sis: OneRosterServer, pulled: Pull
    ) -> None:
        sis.lists = district_of(user("c"), user("d", middleName="Bo"))
        first, second = pulled().users
        assert "preferredGivenName" in first.unread
        assert "middleName" not in first.unread
        assert second.middle_name == "Bo"

    def test_that_are_kept_only_to_say_that_they_are_gone_are_not_in_a_whole_list(
        self, sis: OneRosterServer, pulled: Pull
    ) -> None:
        sis.lists = district_of(user("c"), user("d", status="tobedeleted"))
        found = pulled()
        assert (found.ids, found.modes["users"]) == (["c"], "bulk")
        assert "status_in_bulk" not in found.codes

    def test_twice_on_a_page_are_the_importers_to_tell(
        self, sis: OneRosterServer, pulled: Pull
    ) -> None:
        sis.lists = district_of(user("c"), user("c"), user("d"))
        found = pulled()
        assert (found.ids, found.modes["users"]) == (["c", "c", "d"], "bulk")

    def test_that_are_odd_cost_nobody_else_their_row(
        self, sis: OneRosterServer, pulled: Pull
    ) -> None:
        half = user("h")
        sis.lists = district_of(user("c"))
        sis.lists["users"] += [{**half, "givenName": "\ud800"}, "a string", None, {"sourcedId": {}}]  # type: ignore[list-item]
        sis.lists["users"] += [user("q", familyName='O"Neil, "Q"\r\nand more', orgs=None, agents=7)]
        found = pulled()
        assert found.ids == ["c", "q"]
        assert "unreadable_characters" in found.codes

    def test_that_are_withheld_leave_the_rest(self, sis: OneRosterServer, pulled: Pull) -> None:
        sis.withheld = {"demographics"}
        found = pulled()
        assert len(found.ids) == 25
        assert "list_withheld" in found.codes
        sis.withheld = {"users"}
        assert why(pulled) == "not_allowed"


class TestChanges:
    def test_are_what_is_asked_for(self, sis: OneRosterServer, pulled: Pull) -> None:
        sis.lists["users"][3] |= {"dateLastModified": "2026-10-02T08:00:00Z"}
        sis.lists["users"][4] |= {
            "dateLastModified": "2026-10-02T08:00:00Z",
            "status": "tobedeleted",
        }
        found = pulled(SINCE)
        assert [(one.sourced_id, one.active) for one in found.users] == [
            ("p03", True),
            ("p04", False),
        ]
        assert found.modes == {"orgs": "bulk", "users": "delta"}
        told = [one.get("filter") for one in sis.asked_for("users")]
        assert told == [["dateLastModified>'2026-10-01T00:00:00.000Z'"]]
        assert sis.asked_for("orgs")[0].get("filter") is None

    def test_may_be_none(self, sis: OneRosterServer, pulled: Pull) -> None:
        found = pulled(SINCE)
        assert (found.ids, found.modes) == ([], {"orgs": "bulk"})

    def test_are_everything_for_a_server_that_does_not_know_the_filter(
        self, sis: OneRosterServer, pulled: Pull
    ) -> None:
        sis.filters = False
        found = pulled(SINCE)
        assert (len(found.ids), found.modes["users"]) == (25, "bulk")


class TestTheAddressOfAFailure:
    """It is said which of the two is meant, and no more of it than the machine."""

    def said(self, pulled: Pull, **said: object) -> str:
        with pytest.raises(PullFailed) as failure:
            pulled(**said)
        return failure.value.detail

    @pytest.mark.parametrize("at", ["token_url", "base_url"])
    def test_that_leads_nowhere_is_asked_once(
        self, pulled: Pull, pauses: list[float], at: str
    ) -> None:
        detail = self.said(pulled, **{at: "https://nowhere.invalid:8443/a-key?secret=1"})
        assert detail == f"The name in https://nowhere.invalid:8443 (`{at}`) leads to no address."
        assert pauses == []

    def test_where_nobody_listens(self, sis: OneRosterServer, pulled: Pull) -> None:
        with socket.create_server(("::1", 0), family=socket.AF_INET6) as closed:
            port = closed.getsockname()[1]
        assert f"http://[::1]:{port} (`token_url`)" in self.said(
            pulled, token_url=f"http://[::1]:{port}/key"
        )

    def test_that_refuses(self, sis: OneRosterServer, pulled: Pull) -> None:
        assert f"{sis.origin} (`token_url`)" in self.said(pulled, secret="another")
        sis.answers = [Answer(404)]
        assert f"{sis.origin} (`base_url`)" in self.said(pulled)


class TestAServerThat:
    def test_writes_spaces_into_its_links(self, sis: OneRosterServer, pulled: Pull) -> None:
        def spaced(offset: int, limit: int, answer: Answer) -> Answer:
            following = f"{sis.base_url}/users?limit=10&offset={offset + 10}&sort=a b"
            return with_link(answer, f"<{following}>; rel=next" if offset < 20 else "<x>; rel=last")

        sis.fault = spaced
        assert len(pulled().ids) == 25
        assert [one.get("sort") for one in sis.asked_for("users")] == [None, ["a b"], ["a b"]]

    def test_is_busy_is_left_alone_as_long_as_it_asks(
        self, sis: OneRosterServer, pulled: Pull, pauses: list[float]
    ) -> None:
        sis.answers = [Answer(429, {"Retry-After": "17"}), Answer(503), Answer(500), None]
        assert len(pulled().ids) == 25
        assert pauses == [17.0, 2.0, 4.0, 8.0]

    def test_stays_busy_is_given_up(
        self, sis: OneRosterServer, pulled: Pull, pauses: list[float]
    ) -> None:
        sis.answers = [Answer(503)] * 99
        assert why(pulled) == "busy"
        assert len(sis.asked) == server_module.TRIES
        assert pauses == [1.0, 2.0, 4.0, 8.0]

    def test_asks_to_be_left_alone_for_an_hour_is(
        self, sis: OneRosterServer, pulled: Pull, pauses: list[float]
    ) -> None:
        sis.answers = [Answer(429, {"Retry-After": "3600"})]
        assert why(pulled) == "busy"
        assert (pauses, len(sis.asked)) == ([], 1)

    def test_ends_tokens_gives_new_ones(self, sis: OneRosterServer, pulled: Pull) -> None:
        sis.token_lasts = 2
        assert len(pulled().ids) == 25
        assert len(sis.tokens) == 3
        assert set(sis.scopes) == {SCOPE}

    def test_refuses_its_own_tokens_is_given_up(self, sis: OneRosterServer, pulled: Pull) -> None:
        sis.token_lasts = 0
        assert why(pulled) == "not_allowed"
        assert len(sis.tokens) == 2

    def test_answers_in_chunks(self, sis: OneRosterServer, pulled: Pull) -> None:
        sis.chunked = True
        assert len(pulled().ids) == 25

    def test_breaks_off_is_asked_again(self, sis: OneRosterServer, pulled: Pull) -> None:
        """Half of a body is no answer, whatever can be read of it."""
        half = Answer(headers={"Content-Length": "9999"}, body=b'{"orgs": []}')
        sis.answers = [half]
        assert pulled().orgs == ["d1", "s1", "s2"]
        assert len(sis.asked_for("orgs")) == 2

    def test_takes_the_client_from_the_body_alone(self, sis: OneRosterServer, pulled: Pull) -> None:
        sis.basic = False
        assert len(pulled().ids) == 25

    def test_does_not_know_the_client(self, pulled: Pull) -> None:
        assert why(pulled, secret="another") == "no_token"

    @pytest.mark.parametrize("at", ["https://sis.example.org/", f"{BASE}/users?offset=5"])
    def test_sends_elsewhere_is_not_followed(
        self, sis: OneRosterServer, pulled: Pull, at: str
    ) -> None:
        sis.answers = [Answer(302, {"Location": at})]
        assert why(pulled) == "redirected"
        assert len(sis.asked) == 1

    @pytest.mark.parametrize(
        "body",
        [
            b"<html>Log in</html>",
            b'{"users": "none"}',
            b'{"students": []}',
            b"[]",
            b"",
            b'{"orgs": [',
            b"[" * 100_000,
            b"\xff\xfe",
        ],
    )
    def test_does_not_answer_with_a_list(
        self, sis: OneRosterServer, pulled: Pull, body: bytes
    ) -> None:
        sis.answers = [Answer(body=body)] * 99
        assert why(pulled) == "not_oneroster"
        sis.answers = [Answer(body=body)]
        assert len(pulled().ids) == 25, "a moment later it does"

    def test_gives_more_than_a_page_may_be(
        self, sis: OneRosterServer, pulled: Pull, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(server_module, "PAGE_BYTES", 1000)
        assert why(pulled) == "too_large"

    def test_gives_pages_without_end(
        self, sis: OneRosterServer, pulled: Pull, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def more(offset: int, limit: int, answer: Answer) -> Answer:
            rows: list[Json] = [user(f"e{n}") for n in range(offset, offset + 10)]
            name = "orgs" if b'"orgs"' in answer.body else "users"
            return replace(answer, headers={}, body=json.dumps({name: rows}).encode())

        monkeypatch.setattr(listing, "MOST_PAGES", 20)
        sis.fault = more
        assert why(pulled) == "too_large"
        assert len(sis.asked) == 20

    @pytest.mark.parametrize("many", ["{},", "[],", "1,"])
    def test_gives_more_values_than_a_page_may_have(
        self, sis: OneRosterServer, pulled: Pull, many: str
    ) -> None:
        sis.answers = [Answer(body=b'{"orgs": [%s1]}' % (many * 3_000_000).encode())]
        assert why(pulled) == "too_large"

    def test_has_few_records_become_more_than_a_bundle_may_be(
        self, sis: OneRosterServer, pulled: Pull, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bundle, "MOST_BYTES", 1_000_000)
        sis.lists["users"] = [user("x" * 1000, roles=[{}] * 1000)]
        assert why(pulled) == "too_large"

    def test_nests_values_without_end_costs_nobody_else_their_row(
        self, sis: OneRosterServer, pulled: Pull
    ) -> None:
        deep: object = "x"
        for _ in range(900):
            deep = [deep]
        far: object = "x"
        for _ in range(900):
            far = {"sourcedId": far}
        sis.lists["users"] = [user("c"), {**user("d"), "sourcedId": deep}, user("e", orgs=far)]
        assert pulled().ids[0] == "c"

    @pytest.mark.parametrize("link", ["//[", "https://[::1", "https://sis.example.org:x/"])
    def test_links_to_what_is_no_address_is_read_by_offset(
        self, sis: OneRosterServer, pulled: Pull, link: str
    ) -> None:
        sis.fault = lambda offset, limit, answer: with_link(answer, f'<{link}>; rel="next"')
        assert len(pulled().ids) == 25

    @pytest.mark.parametrize(
        ("rel", "leads"),
        [
            ('rel="next"', True),
            ('rel="prev  next"', True),
            ("rel='next'", True),
            ("REL = Next", True),
            ('title="x"; rel=next', True),
            ('rel="nextish"', False),
            ("rel=next-archive", False),
            ('rel="' + " next" * 5_000, False),
            ("rel" + " " * 30_000, False),
        ],
    )
    def test_names_the_next_page(self, rel: str, leads: bool) -> None:
        assert server_module._is_next(f"; {rel}") is leads

    def test_takes_too_long_in_all(
        self, sis: OneRosterServer, pulled: Pull, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(server_module, "PULL_WITHIN_S", -1.0)
        assert why(pulled) == "too_long"

    def test_lists_nobody(self, sis: OneRosterServer, pulled: Pull) -> None:
        sis.lists["users"] = []
        assert why(pulled) == "nobody"

    def test_knows_no_such_list(self, sis: OneRosterServer, pulled: Pull) -> None:
        del sis.lists["users"]
        assert why(pulled) == "refused"

    def test_is_at_an_address_that_is_not_to_be_reached(
        self, sis: OneRosterServer, pulled: Pull
    ) -> None:
        assert why(pulled, may_reach=lambda address: False) == "not_public"
        assert sis.asked == []

    def test_hangs_is_cut_off(self, pulled: Pull) -> None:
        def hang(connection: socket.socket, over: Event) -> None:
            over.wait()

        with misbehaving(hang) as url:
            assert why(pulled, token_url=url, within_s=0.05) == "timeout"

    def test_drips_is_cut_off(self, pulled: Pull) -> None:
        def drip(connection: socket.socket, over: Event) -> None:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            while not over.wait(0.01):
                connection.sendall(b"{")

        with misbehaving(drip) as url:
            assert why(pulled, token_url=url, within_s=0.1) == "timeout"

    def test_is_not_there(self, pulled: Pull) -> None:
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))  # and does not listen
            url = f"http://127.0.0.1:{nobody.getsockname()[1]}/token"
            assert why(pulled, token_url=url) == "unreachable"
