"""Everything that the worker does, in the order in which it looks for work."""

from __future__ import annotations

from datetime import timedelta

from service.worker import (
    alerts,
    feeds,
    imports,
    kept_answers,
    leftovers,
    pulls,
    rebuilds,
    webhooks,
)
from service.worker.loop import Task

TASKS: tuple[Task, ...] = (
    Task("imports", imports.take),
    Task("begin_pulls", pulls.begin, every=timedelta(minutes=1)),
    Task("pulls", pulls.take),
    Task("watch_feeds", feeds.watch, every=timedelta(minutes=5)),
    Task("alerts", alerts.send_when_due, every=alerts.EVERY),
    Task("rebuild_deadlines", rebuilds.go_on),
    Task("take_up_events", webhooks.take_up),
    Task("deliver_webhooks", webhooks.deliver),
    Task("retry_webhooks", webhooks.retry),
    Task("forget_deliveries", webhooks.forget),
    Task("forget_kept_answers", kept_answers.forget),
    Task("clear_away_leftovers", leftovers.clear_away, every=leftovers.EVERY),
)
