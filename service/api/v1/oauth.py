"""The token endpoint: OAuth 2 client credentials (RFC 6749, 4.4)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from ipaddress import ip_address
from typing import Any
from urllib.parse import unquote_plus
from uuid import UUID

import marshmallow as ma
import orjson
from flask import Response, g, request
from flask.views import MethodView
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.api.plumbing.edge import check_content_type, check_query
from service.api.plumbing.fields import Int64, Schema, Text, Words
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.scopes import words
from service.api.plumbing.services import services
from service.api.plumbing.tokens import issue
from service.keys import is_secret
from service.storage.clients import Client, ClientDistrict
from service.storage.districts import District

blp = Blueprint("oauth", "Tokens", description="Access tokens for clients.", url_prefix=None)

FORM = "application/x-www-form-urlencoded"


class TokenRequest(Schema):
    """A request for a token; the client's id and secret here, or better by HTTP Basic."""

    class Meta:
        unknown = ma.EXCLUDE  # RFC 6749, 3.2: what is not known is ignored

    grant_type = Words(["client_credentials"], required=True)
    scope = Text(max=4000, metadata={"example": "schools:read students:read"})
    client_id = Text()
    client_secret = Text()


class Token(Schema):
    """A token, to be sent as `Authorization: Bearer …`."""

    access_token = Text(max=16384, required=True)
    token_type = Words(["Bearer"], required=True)
    expires_in = Int64(required=True, min=1, metadata={"example": 600})
    scope = Text(max=4000, required=True, blank=True)


class TokenError(Schema):
    """An error of RFC 6749, 5.2."""

    error = Words(
        [
            "invalid_request",
            "invalid_client",
            "invalid_grant",
            "invalid_scope",
            "unauthorized_client",
            "unsupported_grant_type",
        ],
        required=True,
    )
    error_description = Text(max=500, required=True)


class Refused(Exception):
    """An error in the words of RFC 6749."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error, self.description, self.status = error, description, status


@blp.route("/oauth/token")
class TokenEndpoint(MethodView):
    public = "clients prove who they are here"
    longest_body = 16 * 1024  # read for everybody, and a long form takes a second to read

    @blp.doc(
        operationId="create_token",
        security=[],
        requestBody={
            "required": True,
            "content": {FORM: {"schema": TokenRequest}},
        },
    )
    @blp.response(200, Token)
    @blp.alt_response(400, schema=TokenError, description="The request is refused.")
    @blp.alt_response(401, schema=TokenError, description="The client is not known.")
    def post(self) -> Response:
        """Get an access token.

        Send the client's id and secret by HTTP Basic. `scope` asks for some of the client's
        scopes; without it the token carries them all.
        """
        check_query(frozenset())
        check_content_type((FORM,))
        try:
            return _answer(_token(), 200)
        except Refused as refused:
            said = {"error": refused.error, "error_description": refused.description}
            answer = _answer(said, refused.status)
            if refused.status == 401:
                answer.headers["WWW-Authenticate"] = 'Basic realm="childfind"'
            return answer


def _token() -> dict[str, Any]:
    for name in request.form:
        if len(request.form.getlist(name)) > 1:
            raise Refused("invalid_request", f"{name} is given twice.")
    client_id, secret = _credentials()
    held = services()
    with Session(held.database.reader) as session:
        client = _client(session, client_id, secret)
        found = (
            select(District.id, District.kind)
            .join(ClientDistrict, ClientDistrict.district_id == District.id)
            .where(ClientDistrict.client_id == client.id)
        )
        kinds: dict[UUID, str] = dict(session.execute(found).all())
        districts = list(kinds)
    if client.demonstration:
        _only_in_a_demonstration(kinds.values())
    g.client_id = client.id
    grant = request.form.get("grant_type")
    if not grant:
        raise Refused("invalid_request", "grant_type is missing.")
    if grant != "client_credentials":
        raise Refused("unsupported_grant_type", "Only client_credentials is known here.")
    asked = frozenset(request.form.get("scope", "").split())
    scopes = frozenset(client.scopes)
    if asked - scopes:
        raise Refused("invalid_scope", "The client does not hold every scope that is asked for.")
    token, lifetime = issue(held, client, districts, asked or scopes)
    return {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": lifetime,
        "scope": words(asked or scopes),
    }


def _only_in_a_demonstration(kinds: Iterable[str]) -> None:
    """A demonstration client's secret is no secret: it works here, and on invented people."""
    try:
        here = ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        here = False
    if not here or any(kind != "demonstration" for kind in kinds):
        raise Refused(
            "unauthorized_client",
            "The demonstration client works only on this machine and in a demonstration district.",
        )


def _credentials() -> tuple[str, str]:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme:
        if "client_secret" in request.form:
            raise Refused("invalid_request", "Give the secret once: by HTTP Basic or in the body.")
        try:
            if scheme.lower() != "basic":
                raise ValueError(scheme)
            decoded = base64.b64decode(given.strip(), validate=True).decode()
        except (ValueError, binascii.Error):
            raise Refused("invalid_client", "Authorization is not HTTP Basic.", 401) from None
        id, _, secret = decoded.partition(":")
        return unquote_plus(id), unquote_plus(secret)
    return request.form.get("client_id", ""), request.form.get("client_secret", "")


def _client(session: Session, client_id: str, secret: str) -> Client:
    """The active client of this id and secret; one answer for every way to be wrong."""
    held = services()
    try:
        client = session.get(Client, UUID(client_id))
    except ValueError:
        client = None
    previous = None
    if (
        client is not None
        and client.previous_valid_until is not None
        and held.wall.now() < client.previous_valid_until
    ):
        previous = client.previous_secret_hash
    known = is_secret(held.keys, secret, client.secret_hash if client else None)
    earlier = is_secret(held.keys, secret, previous)
    if client is None or not client.active or not (known or earlier):
        raise Refused("invalid_client", "No active client has this id and secret.", 401)
    return client


def _answer(value: dict[str, Any], status: int) -> Response:
    answer = Response(orjson.dumps(value), status=status, mimetype="application/json")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Pragma"] = "no-cache"
    return answer
