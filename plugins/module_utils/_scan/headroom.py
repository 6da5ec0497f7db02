# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Joins the ceilings of each process with those of the cgroups that it is in and of the host."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, NamedTuple, Optional

from .._derive.cgroup_chain import ancestors, ceilings_of, limiting
from .._derive.headroom import Ceiling, binds_first, brief, full, nearest, nearest_first
from .._procfs import meminfo
from .._shapes import number
from .files import Readings
from .shared import Memo

Process = Dict[str, Any]

_NEVER_OVERCOMMIT = 2


def host_ceilings(readings: Readings) -> List[Ceiling]:
    """CommitLimit, where the kernel enforces it: https://docs.kernel.org/mm/overcommit-accounting.html"""
    if readings.parsed("/proc/sys/vm/overcommit_memory", number.parse) != _NEVER_OVERCOMMIT:
        return []
    kernel = readings.parsed("/proc/meminfo", meminfo.parse) or {}
    limit, used = kernel.get("CommitLimit"), kernel.get("Committed_AS")
    return [Ceiling("CommitLimit", limit, used, scope="host", shared=True)] if limit and used is not None else []


class _Above(NamedTuple):
    """What holds for all processes of one cgroup, and the two of it that a process may have to name."""

    ceilings: List[Ceiling]
    best: List[Ceiling]


class Headroom:
    """The ceilings of every process.

    ``own`` has those of the processes themselves by pid. ``processes`` are all of the host, to tell which cgroups have
    more than one.
    """

    def __init__(
        self,
        own: Dict[int, List[Ceiling]],
        processes: Iterable[Process],
        cgroups: Iterable[Dict[str, Any]],
        host: List[Ceiling],
    ) -> None:
        self._own = own
        self._cgroups = {cgroup["path"]: cgroup for cgroup in cgroups}
        self._host = host
        self._cgroup_of: Dict[int, Optional[str]] = {}
        self._members: Dict[str, int] = {}
        for process in processes:
            self._cgroup_of[process["pid"]] = process["cgroup"]
            for step in ancestors(process["cgroup"]) if process["cgroup"] else ():
                self._members[step] = self._members.get(step, 0) + 1
        self._above = Memo(self._find_above)

    def _find_above(self, path: Optional[str]) -> _Above:
        ceilings = [
            ceiling
            for cgroup in (limiting(path, self._cgroups) if path else ())
            for ceiling in ceilings_of(cgroup, shared=self._members.get(cgroup["path"], 0) > 1)
        ] + self._host
        best = [ceiling for ceiling in (nearest(ceilings), binds_first(ceilings)) if ceiling]
        return _Above(ceilings, best)

    def join(self, processes: Iterable[Process]) -> None:
        """Fills in ``nearest_limit`` and ``binds_first``."""
        for process in processes:
            ceilings = self._own.get(process["pid"], []) + self._above(process["cgroup"]).best
            process["nearest_limit"] = brief(nearest(ceilings))
            process["binds_first"] = brief(binds_first(ceilings))

    def with_ceilings(self, named: Iterable[Process]) -> List[Process]:
        """Each with all the ``ceilings`` of the process ``pid``, the one of which the largest share is used first."""
        return [dict(process, ceilings=self._ceilings(process["pid"])) for process in named]

    def _ceilings(self, pid: int) -> List[Dict[str, Any]]:
        found = self._own.get(pid, []) + self._above(self._cgroup_of[pid]).ceilings
        return [full(ceiling) for ceiling in nearest_first(found)]
