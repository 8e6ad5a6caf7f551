"""Requests over kept-alive connections, as many as a server will answer in a while."""

from __future__ import annotations

import http.client
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

Request = tuple[str, str, bytes | None, dict[str, str]]
"""Method, path, body, headers."""


CONNECTIONS = 8


@dataclass(frozen=True)
class Sample:
    """What one window measured. `cpu_us`: the server's own CPU time for one request."""

    requests: int
    seconds: float
    cpu_us: float
    busy: float
    wrong: int

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


def sample(
    port: int,
    pid: int,
    requests: Callable[[int], Iterator[Request]],
    *,
    seconds: float,
    connections: int = CONNECTIONS,
) -> Sample:
    """Ask for `seconds` over `connections` at once; what the server did with its core."""
    done, wrong = [0] * connections, [0] * connections
    until = time.perf_counter() + seconds

    def ask(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        for method, path, body, headers in requests(number):
            if time.perf_counter() >= until:
                break
            try:
                connection.request(method, path, body, headers)
                answer = connection.getresponse()
                answer.read()
            except ConnectionError:  # the server has replaced a worker, which it does at times
                connection.close()
                continue
            done[number] += 1
            wrong[number] += answer.status not in (200, 201)
        connection.close()

    before, began = cpu_seconds(pid), time.perf_counter()
    threads = [threading.Thread(target=ask, args=(n,)) for n in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took, used = time.perf_counter() - began, cpu_seconds(pid) - before
    total = sum(done)
    return Sample(total, took, used / max(total, 1) * 1e6, used / took, sum(wrong))


def cpu_seconds(pid: int) -> float:
    """User and system time so far of a process and its children, those that ended included."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    own, ended = _ticks(str(pid))
    total = own + ended + sum(_ticks(child)[0] for child in children)
    return total / os.sysconf("SC_CLK_TCK")


def _ticks(pid: str) -> tuple[int, int]:
    """What a process has used, and what those of its children used that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])
