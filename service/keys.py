"""The service's secret key, the keys made from it, client secrets, and what is kept sealed.

One secret is kept (environment, or a file that only the service may read); a key for each
purpose is derived from it, so that a leaked use tells nothing about another. Client secrets
are random, so a keyed hash protects them; slow hashes are for words people choose. What the
service must be able to read again, such as the secrets that it signs webhooks with, is sealed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SECRET_PREFIX = "cfs_"  # noqa: S105 - lets secret scanners know ours
SHORTEST = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """A key for each purpose."""

    client_secrets: bytes
    tokens: bytes
    cursors: bytes
    sealing: bytes
    feeds: bytes

    @classmethod
    def derive(cls, secret: bytes) -> Keys:
        """The keys of one secret; ValueError when it is too short to be one."""
        if len(secret) < SHORTEST:
            raise ValueError(f"the secret key needs at least {SHORTEST} bytes")

        def key(purpose: str) -> bytes:
            return hmac.digest(secret, f"childfind {purpose}".encode(), "sha256")

        return cls(
            client_secrets=key("client secrets"),
            tokens=key("tokens"),
            cursors=key("cursors"),
            sealing=key("sealing"),
            feeds=key("calendar feeds"),
        )


def load_keys(secret: str | None, data_dir: Path) -> Keys:
    """Keys of the secret given, or of the one in the data directory, made when missing."""
    return Keys.derive(secret.encode() if secret else _kept(data_dir / "secret-key"))


def _kept(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        # Written whole before it has its name: a second process never reads half a key.
        draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(draft, path)
        finally:
            draft.unlink()
    except FileExistsError:
        pass
    return path.read_bytes().strip()


def new_secret() -> str:
    """A client secret of 256 random bits, to be shown once."""
    return SECRET_PREFIX + secrets.token_urlsafe(32)


def hash_secret(keys: Keys, secret: str) -> str:
    """What is stored of a client secret."""
    return hmac.new(keys.client_secrets, secret.encode(), hashlib.sha256).hexdigest()


def is_secret(keys: Keys, secret: str, stored: str | None) -> bool:
    """Whether `stored` is the hash of `secret`; takes the same time either way."""
    return hmac.compare_digest(hash_secret(keys, secret), stored or "")


NONCE_BYTES = 12


def seal(keys: Keys, plain: bytes, of: str) -> bytes:
    """Bytes that only this service can read again (AES-256-GCM), and only as what they are `of`."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(keys.sealing).encrypt(nonce, plain, of.encode())


def unseal(keys: Keys, sealed: bytes, of: str) -> bytes:
    """What was sealed; ValueError when it was sealed with another key or as something else."""
    try:
        return AESGCM(keys.sealing).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], of.encode())
    except InvalidTag as error:
        raise ValueError("sealed with another key") from error


def feed_secret(keys: Keys, id: UUID) -> str:
    """What stands in the address of a calendar feed beside its id: 256 bits that nobody stores."""
    digest = hmac.digest(keys.feeds, id.bytes, "sha256")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def is_feed_secret(keys: Keys, id: UUID, secret: str) -> bool:
    """Whether this is the feed's; takes the same time either way."""
    return hmac.compare_digest(feed_secret(keys, id).encode(), secret.encode())
