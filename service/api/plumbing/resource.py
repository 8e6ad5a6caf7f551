"""The base of every resource: one request is one caller, one unit of work, one answer."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, ClassVar, TypeVar, cast
from uuid import UUID

import marshmallow as ma
import orjson
from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from flask.views import MethodView

from service.api.plumbing import choosing, etags, idempotency, paging, survey, tables
from service.api.plumbing.auth import authenticate, check_acting_staff, check_scopes
from service.api.plumbing.derived import derived_body
from service.api.plumbing.edge import check_content_type, check_query
from service.api.plumbing.paging import Listing
from service.api.plumbing.problems import Problem, problem_of
from service.api.plumbing.serializer import OPTIONS, compiled, dumps
from service.api.plumbing.services import services
from service.services import Services
from service.storage.unit_of_work import Row, UnitOfWork
from service.workflow.districts import SettingRefused
from service.workflow.step import Refused

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
GUARDED = frozenset({"PUT", "PATCH", "DELETE"})
JSON = ("application/json",)

Part = TypeVar("Part")


class Resource(MethodView):
    """A view whose methods find the caller's unit of work in `self.uow`.

    A method says with `@needs` which scopes it asks for. It reads and writes through
    `self.uow`, answers with `self.page`, `one`, `created`, `updated` or `deleted`, and never
    commits: that happens here, after it has answered. Class attributes:

    `idempotency`: "required" or "optional" for the header on POST.
    `consumes`: the content types of its bodies. `uploads`: whether they may be long.
    """

    idempotency: ClassVar[str] = "required"
    consumes: ClassVar[tuple[str, ...]] = JSON
    uploads: ClassVar[bool] = False

    uow: UnitOfWork

    def __init__(self) -> None:
        self._matched = False

    @property
    def services(self) -> Services:
        return services()

    @property
    def now_dry(self) -> bool:
        """Whether this request is a dry run."""
        return request.method in WRITES and request.args.get("dry_run") == "true"

    # One request ------------------------------------------------------------------

    def dispatch_request(self, **kwargs: Any) -> ResponseReturnValue:
        method = "GET" if request.method == "HEAD" else request.method
        view = getattr(self, method.lower(), None)
        if view is None:
            return super().dispatch_request(**kwargs)
        caller = authenticate()
        check_scopes(caller, view.__needs__)
        check_query(_known_parameters(view, method))
        self._check_dry_run()
        if method in WRITES:
            if _has_body(view, left_out=not request.content_length):
                check_content_type(self.consumes)
            # All of it, before the database is asked: whoever sends slowly would hold others up.
            request.get_data(cache=True)
        with UnitOfWork(services().database, caller, services().clock, method in WRITES) as uow:
            self.uow = uow
            check_acting_staff(uow)
            if method not in WRITES:
                answer = cast(Response, view(**kwargs))
                shape = _table_of(view)
                if shape is None:
                    return answer
                versioned = view.__func__._apidoc["versioned"]
                return tables.as_table(answer, shape, conditional=versioned)
            return self._write(method, view, kwargs)

    def _write(self, method: str, view: Any, kwargs: dict[str, Any]) -> Response:
        uow, key, mark = self.uow, None, ""
        if method == "POST":
            key = idempotency.sent_key(required=self.idempotency == "required")
            if key is not None and not self.now_dry:
                mark = idempotency.fingerprint()
                kept = idempotency.replay(uow, key, mark)
                if kept is not None:
                    return kept
        try:
            answer = cast(Response, view(**kwargs))
            if method in GUARDED and not self._matched:
                raise RuntimeError(f"{type(self).__name__}.{method.lower()} never checks If-Match")
            if self.now_dry:
                uow.flush()
                uow.rollback()
                return self._dry(answer)
            if key is not None and answer.status_code < 300:
                idempotency.keep(uow, key, mark, answer)
            uow.commit()
        except SettingRefused as error:
            if not self.now_dry:
                raise
            return self._dry_answer(False, [finding.as_json() for finding in error.findings])
        except Refused as error:
            uow.rollback()
            return self._refused(error)
        return answer

    def _refused(self, error: Refused) -> Response:
        """A refused step: what the refusal owes is done in a transaction of its own."""
        if self.now_dry:
            return decision_answer(error.decision)
        if error.after is not None:
            self.uow.close()
            with UnitOfWork(services().database, self.uow.caller, services().clock) as uow:
                error.after(uow, services().policies)
                uow.commit()
        raise error

    def _dry(self, answer: Response) -> Response:
        """A dry run answers with the decision; a plain write with one that allows it."""
        if getattr(answer, "is_decision", False):
            return answer
        return self._dry_answer(True, [], orjson.Fragment(answer.get_data() or b"null"))

    def _dry_answer(
        self, allowed: bool, findings: list[dict[str, Any]], result: Any = None
    ) -> Response:
        decision: dict[str, Any] = {
            "allowed": allowed,
            "step": None,
            "from": None,
            "to": None,
            "findings": findings,
            "deadlines": [],
            "policy": None,
            "result": result,
        }
        return Response(orjson.dumps(decision), status=200, mimetype="application/json")

    def _check_dry_run(self) -> None:
        given = request.args.get("dry_run")
        if given not in (None, "true", "false"):
            raise Problem("validation", "dry_run is true or false.")

    def apart(self, work: Callable[[UnitOfWork], Part]) -> Part | Problem:
        """Do one part of a request in a transaction of its own; the problem if it is refused.

        A dry run undoes it. What the request itself held of the database is let go.
        """
        self.uow.close()
        try:
            with UnitOfWork(services().database, self.uow.caller, services().clock) as uow:
                done = work(uow)
                uow.flush()
                if self.now_dry:
                    uow.rollback()
                else:
                    uow.commit()
                return done
        except Exception as error:
            return problem_of(error)

    # Answers ----------------------------------------------------------------------

    def page(self, listing: Listing, query: Any, **of: UUID) -> Response:
        """A page of a listing, by the query's filters, sort and cursor.

        `case_id=id`: only what has this value in this column.
        """
        return paging.page(self.uow, listing, query, **of)

    def one(
        self,
        row: Any,
        schema: type[ma.Schema],
        *,
        status: int = 200,
        version: int | str | None = None,
        expand: Collection[str] = (),
    ) -> Response:
        """One record with its ETag; 304 when the client has this version already.

        `version` stands in for the row's own. `expand`: which related records to nest.
        """
        if self.uow.writes:
            self.uow.flush()
        version = getattr(row, "version", None) if version is None else version
        if wanted := choosing.expanded(schema).keys() & set(expand):
            choosing.check_expand(self.uow, wanted, schema)
            shown = compiled(schema)(row)
            choosing.expand(self.uow, schema, [shown], [row], wanted)
            return derived_body(orjson.dumps(shown, option=OPTIONS), version=version)
        if version is not None and not self.uow.writes and etags.unchanged(version):
            answer = Response(status=304)
        else:
            answer = Response(dumps(schema, row), status=status, mimetype="application/json")
        if version is not None:
            answer.headers["ETag"] = etags.etag(version)
        return answer

    def created(
        self,
        row: Any,
        schema: type[ma.Schema],
        endpoint: str,
        *,
        id: UUID | None = None,
        **more: Any,
    ) -> Response:
        """201 with the record, its ETag, and where it is from now on.

        `endpoint` is the class name of the resource for one record.
        """
        answer = self.one(row, schema, status=201)
        answer.headers["Location"] = self.location(endpoint, id=id or row.id, **more)
        return answer

    def updated(self, row: Any, schema: type[ma.Schema]) -> Response:
        """200 with the record as it is now stored, its new ETag, and its address."""
        answer = self.one(row, schema)
        answer.headers["Location"] = request.path
        return answer

    def deleted(self) -> Response:
        """204: it is gone."""
        self.uow.flush()
        return Response(status=204)

    def json(self, schema: type[ma.Schema], value: Any, *, status: int = 200) -> Response:
        """Any value in a schema's shape, without version or address."""
        if self.uow.writes:
            self.uow.flush()
        return Response(dumps(schema, value), status=status, mimetype="application/json")

    def location(self, endpoint: str, **values: Any) -> str:
        """The path of another resource of the same blueprint (or `blueprint.Endpoint`)."""
        return url_for(endpoint if "." in endpoint else f".{endpoint}", **values)

    def changing(self, model: type[Row], id: UUID) -> Row:
        """The record that a PATCH or DELETE means, kept from other writers until it is done.

        404 when there is none; 428 and 412 as `match` has them.
        """
        row = self.uow.get(model, id, lock=True)
        self.match(row)
        return row

    def match(self, row: Any, *, required: bool = True) -> None:
        """Check `If-Match` against the row: 428 when missing, 412 when stale."""
        self._matched = True
        etags.check(row.version, required=required)


def decision_answer(decision: Any, *, status: int = 200) -> Response:
    """A decision alone, as dry runs and explanations show it."""
    answer = Response(
        orjson.dumps(decision_json(decision), option=OPTIONS),
        status=status,
        mimetype="application/json",
    )
    answer.is_decision = True  # type: ignore[attr-defined]
    return answer


def decision_json(decision: Any) -> dict[str, Any]:
    """The one place where a decision becomes JSON."""
    return cast("dict[str, Any]", decision.as_json())


def _known_parameters(view: Any, method: str) -> frozenset[str]:
    """The query parameters a method reads: those of its query schema, and `dry_run`."""
    # `view` is bound: its function carries what the decorators noted.
    function = view.__func__
    known: frozenset[str] | None = getattr(function, "__known__", None)
    if known is None:
        names = {"dry_run"} if method in WRITES else set()
        for parameter in _arguments(function):
            if parameter["in"] == "query":
                schema = parameter["schema"]
                instance = schema() if isinstance(schema, type) else schema
                names |= {f.data_key or name for name, f in instance.load_fields.items()}
        known = function.__known__ = frozenset(names)
    return known


def _table_of(view: Any) -> ma.Schema | None:
    """The schema of what a method answers, if that is a list or a report."""
    function = view.__func__
    if not hasattr(function, "__table__"):
        schema = survey.answer_of(function)
        function.__table__ = schema if tables.is_table(schema) else None
    return cast("ma.Schema | None", function.__table__)


def _has_body(view: Any, *, left_out: bool) -> bool:
    """Whether a body is read: one that may be left out is not, when it is."""
    return any(
        p["in"] in ("json", "form", "files") and (p["required"] or not left_out)
        for p in _arguments(view.__func__)
    )


def _arguments(function: Any) -> list[dict[str, Any]]:
    found = getattr(function, "_apidoc", {}).get("arguments", {}).get("parameters", [])
    return [p for p in found if isinstance(p, dict)]
