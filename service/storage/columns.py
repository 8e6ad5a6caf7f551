"""The columns of a model by their attributes' names."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Column, inspect

from service.storage.base import Base


@cache
def columns(model: type[Base]) -> dict[str, Column[Any]]:
    """Every column, to be written."""
    return {attribute.key: attribute.columns[0] for attribute in inspect(model).column_attrs}  # type: ignore[misc]


def every_column(model: type[Base]) -> list[Any]:
    """Every column, to be read as plain values: of the model, so that its district guards it."""
    return [getattr(model, name).label(name) for name in columns(model)]


def default(column: Column[Any]) -> Any:
    """What a column holds where nothing was said."""
    if column.default is None:
        return None
    given: Any = column.default
    return given.arg(None) if given.is_callable else given.arg
