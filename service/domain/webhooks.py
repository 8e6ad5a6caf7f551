"""Webhooks: which events one is about, when a delivery is tried again, what is a public address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

STATUSES = {
    "active": "It is told what happens.",
    "paused": "Nothing is sent; what happens meanwhile is sent once it is active again.",
    "gone": "The receiver answered 410 Gone: nothing is sent until it is set to active again.",
}
DELIVERY_STATUSES = {
    "pending": "It is to be sent, for the first time or again.",
    "delivered": "The receiver answered 2xx.",
    "dead": "It was tried for three days in vain. `redeliver` tries anew.",
}
FAILURES = {
    "refused": "The receiver answered, and not with 2xx.",
    "timeout": "It did not answer in time.",
    "unreachable": "No connection, or it ended too soon.",
    "tls": "Its certificate is not good, or it does not speak TLS.",
    "not_http": "What it answered is not HTTP.",
    "unknown_name": "Its name leads to no address.",
    "not_public": "Its name leads to an address that is not a public one.",
    "internal_error": "The service itself failed: the log says where.",
    "unreadable_secret": "The secret key of the service was changed: rotate the secret.",
}

DELAYS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""How long to wait after the first failure, the second, and so on: three days and more.

The schedule that Standard Webhooks gives as its example.
"""
JITTER = 0.2
LONGEST_ASKED = timedelta(days=1)
"""A receiver that asks to be left alone (`Retry-After`) is, for at most so long."""
LONGEST_REST = timedelta(minutes=5)


def tried_again_after(
    failures: int, chance: float, asked: timedelta | None = None
) -> timedelta | None:
    """How long after its last failure a delivery is tried again; None when it is given up.

    `failures`: how often it failed; `chance`: 0 to 1, at random, so that not all come at once;
    `asked`: what the receiver said.
    """
    if failures > len(DELAYS):
        return None
    delay = DELAYS[failures - 1] * (1 + JITTER * chance)
    return max(delay, min(asked, LONGEST_ASKED)) if asked else delay


def rest_after(failures: int) -> timedelta:
    """How long a receiver that failed so often in a row is left alone by all deliveries."""
    doublings: int = min(failures - 1, 10)
    return min(DELAYS[0] * (1 << doublings), LONGEST_REST)


def wants(events: Sequence[str], event: str) -> bool:
    """Whether an event is among those named: its name, its kind (`case.`), or no names at all."""
    return not events or any(
        event.startswith(name) if name.endswith(".") else event == name for name in events
    )


_NAT64 = IPv6Network("64:ff9b::/96")
_UNICAST = IPv6Network("2000::/3")
"""All that is given out of IPv6 to machines of the Internet (RFC 4291, 2.4)."""
_INSIDE = tuple(
    ip_network(written)
    for written in (
        "192.0.0.0/24",  # for protocols; some clouds answer about themselves there
        "192.88.99.0/24",  # relays that are no more (RFC 7526)
        "168.63.129.16/32",  # Azure's own services, as its machines see them
        "3fff::/20",  # for examples (RFC 9637)
    )
)
"""What the registries or a cloud keep for themselves, and `ipaddress` does not know everywhere."""


def is_public(written: str) -> bool:
    """Whether an address is one of the public Internet, and of one machine.

    An IPv6 address that stands for an IPv4 address is what that one is.
    """
    address = ip_address(written.partition("%")[0])
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if address.teredo is not None:
            return False
        if inner is not None:
            return is_public(str(inner))
        if address not in _UNICAST:
            return False
    if any(address in network for network in _INSIDE):
        return False
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_unspecified
    )


def is_loopback(written: str) -> bool:
    """Whether an address is the machine itself."""
    return ip_address(written.partition("%")[0]).is_loopback
