"""One list of a server's, from page to page, and whether what came can be the whole of it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any
from urllib.parse import urlencode

from service.imports.oneroster.pull.records import cell
from service.imports.oneroster.pull.server import Page, Refused, Server

PAGE = 1000
"""Records that are asked for at once. Servers give fewer as they please."""
MOST_PAGES = 20_000
EMPTY_PAGES = 10
"""So many pages in a row may bring nothing new, as where a server filters after it has counted."""
PAST_THE_END = frozenset({400, 404, 416})
"""What servers answer to an offset beyond the last record, instead of an empty page."""

Record = dict[str, Any]


class Listing:
    """The list `name`, or of it what matches `filter`.

    `whole` holds once it was read to its end: no page overlapped another, the total that the
    server tells did not change and was reached, and the last page was one. Where that is not so,
    records may have slipped from one page to another meanwhile.
    """

    def __init__(self, server: Server, name: str, filter: str | None = None) -> None:
        self.whole = True
        self._server, self._name, self._filter = server, name, filter
        self._known: set[Hashable] = set()
        self._total: int | None = None
        self._offset = self._came = self._idle = 0

    def pages(self) -> Iterator[list[Record]]:
        """The records that are new on each page. Raises `PullFailed`, and `Refused` at the start.

        The end is where the server says so by `Link`, or else gives nothing more: a page shorter
        than asked for, or a total, is not to be relied on.
        """
        url: str | None = self._at(0)
        asked: set[str] = set()
        while url is not None:
            if len(asked) == MOST_PAGES:
                raise self._server.failed("too_large")
            asked.add(url)
            page = self._page(url)
            if page is None:
                break
            fresh = self._fresh(page)
            if fresh:
                yield fresh
            url = self._next(page, bool(fresh))
            if url in asked:  # it goes round in circles
                self.whole, url = False, None
            self._server.look_at_the_time()
        if self._total is not None and self._total > self._came:
            self.whole = False

    def _page(self, url: str) -> Page | None:
        try:
            return self._server.page(url, self._name)
        except Refused as refusal:
            if self._offset == 0:
                raise
            if refusal.status not in PAST_THE_END:
                raise self._server.failed(
                    "refused", name=self._name, status=refusal.status
                ) from None
            if self._total is None:
                self.whole = False
            return None

    def _fresh(self, page: Page) -> list[Record]:
        """What no earlier page had. What comes twice on one page is the importer's to tell."""
        records = [one if isinstance(one, dict) else {} for one in page.records]
        ids = [_id(one) for one in records]
        fresh = [one for one, id in zip(records, ids, strict=True) if id not in self._known]
        if len(fresh) < len(records):
            self.whole = False
        if page.total is not None:
            self.whole = self.whole and self._total in (None, page.total)
            self._total = page.total
        self._known.update(id for id in ids if id is not None)
        self._offset += len(records)
        self._came += len(fresh)
        return fresh

    def _next(self, page: Page, was_fresh: bool) -> str | None:
        self._idle = 0 if was_fresh else self._idle + 1
        if page.linked:
            if page.next is not None and self._idle == EMPTY_PAGES:
                self.whole = False
                return None
            return page.next
        return self._at(self._offset) if was_fresh else None

    def _at(self, offset: int) -> str:
        query: dict[str, Any] = {"limit": PAGE, "offset": offset}
        if self._filter is not None:
            query["filter"] = self._filter
        return f"{self._server.base_url}/{self._name}?{urlencode(query)}"


def _id(record: Record) -> Hashable:
    id = cell(record.get("sourcedId"))
    return hash(id) if id else None
