"""Going out to an address of somebody else's: it ends in time, and with an answer or a reason."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from threading import Event
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service import outgoing
from service.outgoing import Answer, NoAnswer, TooMuch, ask
from tests.receivers import misbehaving

PIECES = (
    b"HTTP/1.1 ", b"200 OK", b"100 Continue", b"HTTP/9.9 999", b"\r\n", b"\r\n\r\n", b":", b" ",
    b"Content-Length: ", b"12", b"-1", b"1, 2", b"9" * 30, b"Transfer-Encoding: chunked",
    b"5\r\nhello", b"0\r\n", b"zz", b"\x00", b"\xff\xfe", b"Link: <", b"A" * 70_000,
)  # fmt: skip


def get(url: str, **said: Any) -> Answer:
    return ask("GET", url, {}, **{"may_reach": lambda address: True, "within_s": 30, **said})


@pytest.fixture(scope="module")
def says() -> Iterator[tuple[str, list[bytes]]]:
    """A server that answers these bytes, whatever they are."""
    told: list[bytes] = []

    def say(connection: socket.socket, over: Event) -> None:
        connection.recv(4096)
        connection.sendall(b"".join(told))

    with misbehaving(say) as url:
        yield url, told


@given(st.booleans(), st.lists(st.sampled_from(PIECES) | st.binary(max_size=20), max_size=14))
def test_whatever_a_server_says_is_an_answer_or_a_reason(
    says: tuple[str, list[bytes]], begins_well: bool, pieces: list[bytes]
) -> None:
    url, told = says
    told[:] = [b"HTTP/1.1 200 OK\r\n" if begins_well else b"", *pieces]
    with suppress(NoAnswer, TooMuch):
        assert len(get(url, most=1000).body) <= 1000


@pytest.mark.parametrize("name", ["nowhere.invalid", f"{'a' * 64}.example.org", "a..example.org"])
def test_a_name_that_leads_nowhere_is_so_until_it_is_corrected(name: str) -> None:
    with pytest.raises(NoAnswer) as none:
        get(f"https://{name}/")
    assert (none.value.why, none.value.lasting) == ("unknown_name", True)


def test_a_resolver_that_hangs_is_waited_for_a_bounded_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It may answer another time. That of the system cannot be made to hang."""
    over = Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait(60))
    monkeypatch.setattr(outgoing, "RESOLVE_S", 0.01)
    try:
        with pytest.raises(NoAnswer) as none:
            get("https://sis.example.org/")
    finally:
        over.set()
    assert (none.value.why, none.value.lasting) == ("unknown_name", False)


def test_a_fault_of_our_own_is_not_laid_at_a_servers_door(
    says: tuple[str, list[bytes]],
) -> None:
    def faulty(address: str) -> bool:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        get(says[0], may_reach=faulty)
