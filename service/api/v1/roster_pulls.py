"""Pulling a roster from a source: an import as every other."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from service.api.plumbing.auth import needs
from service.api.plumbing.fields import TrueOrFalse
from service.api.plumbing.imports import HowQuery, ImportReportSchema, shown
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.resource import Resource
from service.imports import roster_sources

blp = Blueprint("roster_pulls", "Imports")


class PullOptions(HowQuery):
    full = TrueOrFalse(
        metadata={
            "description": "Pull everything, where the source would pull what changed.",
            "default": False,
        }
    )
    compare_only = TrueOrFalse(
        metadata={
            "description": "Pull, read and compare, and write nothing: it ends as `held`, with its "
            "whole report and its lists.",
            "default": False,
        }
    )


@blp.route("/roster-sources/<uuid:id>/pull")
class PullRoster(Resource):
    @needs("imports:write")
    @blp.doc(operationId="pull_roster")
    @blp.arguments(PullOptions, location="query")
    @blp.response(202, ImportReportSchema)
    def post(self, query: dict[str, Any], id: UUID) -> Response:
        """Pull a roster from a source.

        Answered with 202 at once: the worker pulls, and what it pulled is an import as if it had
        been sent, with the same report, lists and cancellation. `Location` is where to look.
        While a pull from this source is under way, another is refused with 409, which names it.
        """
        return shown(self, roster_sources.pull(self.uow, id, **query), status=202)
