"""The worker: what the service does by itself, beside answering requests.

It is a process of its own (`childfind worker`) or threads in the one that serves. A task does
one bounded piece of work and says whether there was any. To add one: a module here with a
function that takes the `Services`, and its line in `tasks.TASKS`.
"""

from service.worker.loop import Task, Worker
from service.worker.tasks import TASKS

__all__ = ["TASKS", "Task", "Worker"]
