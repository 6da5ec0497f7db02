# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which rollup to read next, and when enough is known.

Reading a rollup costs the host time, and holds a lock of the process. What it would tell is bounded beforehand: the PSS
of a process is at most its RSS, and the PSS of all processes together is known from /proc/meminfo (pss_total.py).
"""

from __future__ import annotations

import heapq
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Tuple

from .pss_total import left_bytes

Process = Dict[str, Any]

SECONDS_EACH = 0.0002
"""Opening, parsing and so on: what a rollup costs however small the process is."""

SECONDS_PER_BYTE = 0.021 / 2**30
"""What the walk of the page tables costs at least, without huge pages: 21 ms for each GB."""

_CAUTION = 4
"""How many times dearer a walk is taken to be while this host's pace isn't known."""

_ENOUGH_FOR_A_PACE = 32 << 20


class Effort(NamedTuple):
    """When to stop. None = never for this reason; without any, everything is read."""

    budget_seconds: Optional[float] = None
    precision_percent: Optional[float] = None
    """Stop when at most this share of the total PSS is still unattributed."""
    top: Optional[int] = None
    """Don't stop before it is certain which processes are the ``top`` largest by PSS."""


class Pace:
    """What reading costs on this host. ``settled``: enough was read to know."""

    def __init__(self) -> None:
        self.settled = False
        self._reads = self._bytes = 0
        self._seconds = 0.0

    def add(self, rss_bytes: int, seconds: float) -> None:
        self._reads += 1
        self._bytes += rss_bytes
        self._seconds += seconds
        self.settled = self.settled or self._bytes >= _ENOUGH_FOR_A_PACE

    def seconds(self, rss_bytes: int) -> float:
        """How long a process of this size will take: never taken for less than 4 kB pages would cost."""
        per_byte = SECONDS_PER_BYTE if self.settled else SECONDS_PER_BYTE * _CAUTION
        if self._bytes:
            per_byte = max(per_byte, (self._seconds - self._reads * SECONDS_EACH) / self._bytes)
        return SECONDS_EACH + rss_bytes * per_byte


class _Family:
    """Processes of one program. What one of them turned out to hold is expected of the next."""

    def __init__(self) -> None:
        self.members = self.reads = self.rss_bytes = self.pss_bytes = 0

    def expected(self, process: Process) -> float:
        rss = process["rss_bytes"] or 0
        if self.rss_bytes:
            return rss * self.pss_bytes / self.rss_bytes
        # Files and shared memory are likely to be mapped by all of them. Anonymous pages may be too, in forks.
        own = process["rss_anon_bytes"]
        return float(rss) if own is None else own + max(0, rss - own) / self.members


def _family_name(process: Process) -> str:
    return process["executable"] or process["command"]


class Plan:
    """``next()`` says what to read, ``done()`` and ``failed()`` tell it how that went.

    First comes what is expected to attribute the most PSS per second of reading.
    """

    def __init__(self, processes: Iterable[Process], effort: Effort, total_bytes: Optional[int]) -> None:
        """``total_bytes`` is the PSS of the whole host, or None where that isn't known."""
        self._effort = effort
        self._total = total_bytes
        self._pace = Pace()
        self._waiting: Dict[int, Process] = {process["pid"]: process for process in processes}
        self._waiting_bytes = sum(process["rss_bytes"] or 0 for process in self._waiting.values())
        self._read_bytes = self._failed_bytes = self._largest_failed = 0
        self._largest: List[int] = []
        families: Dict[str, _Family] = {}
        self._family: Dict[int, _Family] = {}
        for pid, process in self._waiting.items():
            family = families.setdefault(_family_name(process), _Family())
            family.members += 1
            self._family[pid] = family
        self._by_rss = sorted(self._waiting.values(), key=lambda process: process["rss_bytes"] or 0)
        self._too_dear: List[Process] = []
        self._heap: List[Tuple[float, int, int]] = []
        for process in self._waiting.values():
            self._push(process)

    def next(self, seconds_left: Optional[float]) -> Optional[Process]:
        """The process to read now; None when enough is known (``enough()``), or nothing fits into ``seconds_left``."""
        if self.enough():
            return None
        while True:
            while self._heap:
                _value, pid, reads = heapq.heappop(self._heap)
                process = self._waiting[pid]
                if reads != self._family[pid].reads:
                    self._push(process)  # more is known of its family since it was valued
                elif seconds_left is None or self._pace.seconds(process["rss_bytes"] or 0) <= seconds_left:
                    return process
                else:
                    self._too_dear.append(process)
            if self._pace.settled or not self._too_dear:
                return None
            self._settle()

    def done(self, process: Process, rss_bytes: int, pss_bytes: int, seconds: float) -> None:
        """The rollup was read, within ``seconds`` of CPU."""
        self._leave(process)
        self._read_bytes += pss_bytes
        family = self._family[process["pid"]]
        family.reads += 1
        family.rss_bytes += rss_bytes
        family.pss_bytes += pss_bytes
        if self._effort.top:
            heapq.heappush(self._largest, pss_bytes)
            if len(self._largest) > self._effort.top:
                heapq.heappop(self._largest)
        settled = self._pace.settled
        self._pace.add(rss_bytes, seconds)
        if self._pace.settled and not settled:
            self._settle()

    def ended(self, process: Process) -> None:
        """The process has ended: it holds nothing any more."""
        self._leave(process)

    def failed(self, process: Process) -> None:
        """The rollup can't be read: what it would tell stays unknown."""
        self._leave(process)
        rss = process["rss_bytes"] or 0
        self._failed_bytes += rss
        self._largest_failed = max(self._largest_failed, rss)

    @property
    def waiting(self) -> Iterable[Process]:
        """What has not been read."""
        return self._waiting.values()

    def enough(self) -> bool:
        """Whether the effort's precision is reached, and the largest processes are certain."""
        effort = self._effort
        if effort.precision_percent is None and effort.top is None:
            return not self._waiting
        return self._is_precise() and self._is_top_certain()

    def is_top_exact(self) -> bool:
        """Whether nothing that is unread, for whatever reason, can belong among the ``top`` largest."""
        return self._is_top_certain() and (not self._largest_failed or self._fits_below_top(self._largest_failed))

    def _is_precise(self) -> bool:
        if self._effort.precision_percent is None:
            return True
        left = self._waiting_bytes + self._failed_bytes
        if self._total is not None:
            left = min(left, max(0, self._total - self._read_bytes))
        return left * 100 <= self._effort.precision_percent * (self._read_bytes + left)

    def _is_top_certain(self) -> bool:
        if not self._effort.top:
            return True
        while self._by_rss and self._by_rss[-1]["pid"] not in self._waiting:
            self._by_rss.pop()
        if not self._by_rss:
            return True
        return self._fits_below_top(self._by_rss[-1]["rss_bytes"] or 0)

    def _fits_below_top(self, rss_bytes: int) -> bool:
        if len(self._largest) < (self._effort.top or 0):
            return False
        if self._total is not None:
            rss_bytes = min(rss_bytes, left_bytes(self._total, self._read_bytes))
        return rss_bytes < self._largest[0]

    def _push(self, process: Process) -> None:
        family = self._family[process["pid"]]
        rss = process["rss_bytes"] or 0
        value = family.expected(process) / (SECONDS_EACH + rss * SECONDS_PER_BYTE)
        heapq.heappush(self._heap, (-value, process["pid"], family.reads))

    def _settle(self) -> None:
        # What looked too dear before the pace was known may fit now.
        self._pace.settled = True
        for process in self._too_dear:
            self._push(process)
        self._too_dear = []

    def _leave(self, process: Process) -> None:
        del self._waiting[process["pid"]]
        self._waiting_bytes -= process["rss_bytes"] or 0
