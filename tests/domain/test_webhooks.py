"""When a delivery is tried again, which events are wanted, and which addresses are public."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import IPv4Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.webhooks import (
    DELAYS,
    LONGEST_ASKED,
    LONGEST_REST,
    is_loopback,
    is_public,
    rest_after,
    tried_again_after,
    wants,
)


class TestTryingAgain:
    def test_first_soon_then_later_and_at_last_not_any_more(self) -> None:
        delays = [tried_again_after(n, 0) for n in range(1, len(DELAYS) + 2)]
        assert delays[:3] == [
            timedelta(seconds=5),
            timedelta(minutes=5),
            timedelta(minutes=30),
        ]
        known = [delay for delay in delays if delay is not None]
        assert known == sorted(known)
        assert delays[-1] is None
        assert timedelta(days=3) < sum(known, timedelta()) < timedelta(days=4)

    @given(st.integers(1, len(DELAYS)), st.floats(0, 1))
    def test_a_little_later_by_chance(self, failures: int, chance: float) -> None:
        delay = tried_again_after(failures, chance)
        assert delay is not None
        assert DELAYS[failures - 1] <= delay <= DELAYS[failures - 1] * 1.2

    def test_no_sooner_than_the_receiver_asks_within_reason(self) -> None:
        assert tried_again_after(1, 0, timedelta(seconds=90)) == timedelta(seconds=90)
        assert tried_again_after(2, 0, timedelta(seconds=90)) == timedelta(minutes=5)
        assert tried_again_after(1, 0, timedelta(days=900)) == LONGEST_ASKED
        assert tried_again_after(len(DELAYS) + 1, 0, timedelta(days=1)) is None

    def test_a_receiver_that_keeps_failing_is_left_alone_for_minutes_at_most(self) -> None:
        rests = [rest_after(n) for n in range(1, 5000)]
        assert rests[0] == timedelta(seconds=5)
        assert rests == sorted(rests)
        assert rests[-1] == LONGEST_REST


@pytest.mark.parametrize(
    ("events", "event", "wanted"),
    [
        ([], "referral.received", True),
        (["referral.received"], "referral.received", True),
        (["referral.received"], "referral.changed", False),
        (["case."], "case.opened", True),
        (["case."], "cases.opened", False),
        (["case.open"], "case.opened", False),
        (["plan.", "case.closed"], "case.closed", True),
    ],
)
def test_what_is_wanted(events: list[str], event: str, wanted: bool) -> None:
    assert wants(events, event) is wanted


NOT_PUBLIC = [
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32",
    "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
    "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
    "224.0.0.0/4", "240.0.0.0/4",
]  # fmt: skip


@st.composite
def inside(draw: st.DrawFn) -> IPv4Address:
    """An address that is nobody's on the public Internet."""
    network = ip_network(draw(st.sampled_from(NOT_PUBLIC)))
    place = draw(st.integers(0, network.num_addresses - 1))
    return IPv4Address(int(network.network_address) + place)


class TestAddresses:
    @given(inside())
    def test_what_is_private_is_so_in_every_disguise(self, address: IPv4Address) -> None:
        number = int(address)
        six_to_four = f"2002:{number >> 16:x}:{number & 0xFFFF:x}::1"
        for written in (str(address), f"::ffff:{address}", f"64:ff9b::{address}", six_to_four):
            assert not is_public(written), written

    @pytest.mark.parametrize(
        "address",
        ["::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1",
         "2001:db8::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "fec0::1", "3fff::1",
         "::7f00:1", "64:ff9b:1::a00:1"],
    )  # fmt: skip
    def test_no_less_in_the_newer_protocol(self, address: str) -> None:
        assert not is_public(address)

    @pytest.mark.parametrize(
        "address", ["1.1.1.1", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]
    )
    def test_what_is_public(self, address: str) -> None:
        assert is_public(address)
        assert not is_loopback(address)

    def test_this_machine(self) -> None:
        assert is_loopback("127.0.0.1")
        assert is_loopback("::1")
        assert not is_loopback("10.0.0.1")
