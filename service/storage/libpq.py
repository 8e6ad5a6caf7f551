"""A cursor for PostgreSQL that runs each statement under a name, and nothing else.

Of what psycopg's own cursors can do, several results, pipelines, rows one by one, little is asked
here, and it costs more time than the server takes to answer. What goes in and out is still turned
by psycopg; libpq waits for the answer.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from itertools import count
from typing import Any

import psycopg
from psycopg import postgres, pq
from psycopg.abc import PyFormat
from psycopg.adapt import Transformer

KEPT = 200
"""So many statements stay prepared on a connection; the one that was not used longest goes."""

_TOLD = {bool: "bool", float: "float8", bytes: "bytea"}
"""The types that SQLAlchemy does not write into a statement, and a value shows."""

_DONE = (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK)


class Cursor:
    """The one cursor of a connection: every answer is read before the next is asked."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection, self._server = connection, connection.pgconn
        self._transformer = Transformer(connection)
        self._names: OrderedDict[str, bytes] = OrderedDict()
        self._numbers = count()
        self._result: pq.abc.PGresult | None = None

    def execute(self, sql: str, values: Sequence[Any]) -> None:
        """Run a statement, in a transaction unless the connection has each stand for itself.

        Parameters go as text, whose types the statement tells the server.
        """
        server = self._server
        if not self._connection.autocommit and (
            server.transaction_status == pq.TransactionStatus.IDLE
        ):
            self._checked(server.exec_(b"BEGIN"))
        name = self._names.get(sql)
        if name is None:
            name = self._prepare(sql, values)
        else:
            self._names.move_to_end(sql)
        # None is NULL to it, which its signature leaves out.
        sent: Any = self._transformer.dump_sequence(values, [PyFormat.TEXT] * len(values))
        try:
            self._result = self._checked(server.exec_prepared(name, sent))
        except psycopg.errors.FeatureNotSupported:
            # A migration has changed the type of a column: as it was prepared it never runs again.
            del self._names[sql]
            raise

    def fetchall(self) -> list[Any]:
        """The rows of the last answer."""
        result = self._result
        if result is None:
            return []
        self._transformer.set_pgresult(result)
        return self._transformer.load_rows(0, result.ntuples, tuple)

    @property
    def description(self) -> list[tuple[bytes | None, int]]:
        """The columns of the last answer: the name of each, and its type's number."""
        result = self._result
        if result is None:
            return []
        return [(result.fname(n), result.ftype(n)) for n in range(result.nfields)]

    def _prepare(self, sql: str, values: Sequence[Any]) -> bytes:
        if len(self._names) >= KEPT:
            _, oldest = self._names.popitem(last=False)
            self._checked(self._server.exec_(b"DEALLOCATE " + oldest))
        name = b"childfind_%d" % next(self._numbers)
        self._checked(self._server.prepare(name, sql.encode(), [_oid(value) for value in values]))
        self._names[sql] = name
        return name

    def _checked(self, result: pq.abc.PGresult) -> pq.abc.PGresult:
        """Raises psycopg's error for what the server refused, or when there is no server."""
        if result.status in _DONE:
            return result
        if self._server.status == pq.ConnStatus.BAD:
            raise psycopg.OperationalError(result.error_message.decode(errors="replace"))
        raise psycopg.errors.error_from_result(result)


def _oid(value: Any) -> int:
    """The number of a value's type where the statement may not tell it; 0 leaves it to that."""
    name = _TOLD.get(type(value))
    return 0 if name is None else postgres.types[name].oid
