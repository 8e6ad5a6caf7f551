"""Access tokens: JWTs (RFC 9068) signed here, for clients of this service only.

Verifying one costs more than most reads, so a verified token is remembered by its hash
until it expires.
"""

from __future__ import annotations

import hmac
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Any
from uuid import UUID, uuid4

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from service.api.plumbing.scopes import words
from service.services import Services
from service.storage.clients import Client

ISSUER = "childfind"
AUDIENCE = "childfind-api"
ALGORITHMS = ["HS256"]
LEEWAY_S = 30
REMEMBERED = 2048

_REQUIRED: dict[str, Any] = {
    "iss": {"essential": True, "value": ISSUER},
    "aud": {"essential": True, "value": AUDIENCE},
    "sub": {"essential": True},
    "exp": {"essential": True},
    "iat": {"essential": True},
    "jti": {"essential": True},
}


class BadToken(Exception):
    """The token was not issued here, is malformed, or has expired."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a verified token says."""

    client_id: UUID
    scopes: frozenset[str]
    districts: frozenset[UUID]
    may_assert_people: bool
    demonstration: bool
    expires_at: float


def issue(
    services: Services, client: Client, districts: list[UUID], scopes: frozenset[str]
) -> tuple[str, int]:
    """A token for a client, and how many seconds it lives."""
    now = int(services.wall.now().timestamp())
    lifetime = services.settings.token_lifetime_s
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(client.id),
        "client_id": str(client.id),
        "iat": now,
        "exp": now + lifetime,
        "jti": str(uuid4()),
        "scope": words(scopes),
        "districts": [str(id) for id in districts],
        "may_assert_people": client.may_assert_people,
        "demonstration": client.demonstration,
    }
    header = {"alg": "HS256", "typ": "at+jwt"}
    return jwt.encode(header, claims, _key(services), algorithms=ALGORITHMS), lifetime


class Verifier:
    """Verifies tokens and remembers those it has verified."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, Identity] = OrderedDict()
        self._lock = Lock()

    def verify(self, services: Services, token: str) -> Identity:
        """Who holds this token; BadToken when it is none of ours or has expired."""
        name = hmac.digest(services.keys.tokens, token.encode(), "sha256")
        now = services.wall.now().timestamp()
        identity = self._known.get(name)
        if identity is None:
            identity = _read(services, token, int(now))
            with self._lock:
                self._known[name] = identity
                while len(self._known) > REMEMBERED:
                    self._known.popitem(last=False)
        if identity.expires_at + LEEWAY_S <= now:
            self._known.pop(name, None)
            raise BadToken("the token has expired")
        return identity


def _read(services: Services, token: str, now: int) -> Identity:
    if len(token) > 16384:
        raise BadToken("the token is too long")
    try:
        decoded = jwt.decode(token, _key(services), algorithms=ALGORITHMS)
        if decoded.header.get("typ") != "at+jwt":
            raise BadToken("the token is not an access token")
        claims = decoded.claims
        jwt.JWTClaimsRegistry(now=now, leeway=LEEWAY_S, **_REQUIRED).validate(claims)
        return Identity(
            client_id=UUID(claims["sub"]),
            scopes=frozenset(str(claims["scope"]).split()),
            districts=frozenset(UUID(id) for id in claims["districts"]),
            may_assert_people=claims["may_assert_people"] is True,
            demonstration=claims["demonstration"] is True,
            expires_at=float(claims["exp"]),
        )
    except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
        expired = "expired" in str(error)
        raise BadToken("the token has expired" if expired else "the token is not valid") from error


def _key(services: Services) -> OctKey:
    return OctKey.import_key(services.keys.tokens)
