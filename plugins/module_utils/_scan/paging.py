# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Paging as it goes on: the kernel's counters over some time, and who has the page faults."""

from __future__ import annotations

import os
import time
from typing import Any, Dict, List, Optional, Tuple

from .._derive.cgroup_units import manager_root
from .._derive.faulting_processes import Faulting, Faults, busiest
from .._derive.paging_rates import CONTEXT_SWITCHES, MAJOR_FAULTS, Sample, counts, per_sample, pressure, rates
from .._derive.paging_verdict import verdict
from .._derive.service_names import service_of
from .._procfs import cgroup, pid_stat, pid_status, stat, vmstat
from .._procfs import pressure as psi
from .._records.text import text
from .._records.unread import MALFORMED, UNSUPPORTED, VANISHED, Malformed, Unread
from .files import Files, Readings, read_once, reason_of
from .hidepid import hides_processes
from .process_files import Gone, ProcessFiles, pids_of
from .shared import user_name

VMSTAT = "/proc/vmstat"
STAT = "/proc/stat"
PRESSURE = "/proc/pressure/memory"


def _without_us(processes: Faulting) -> Faulting:
    """Under pressure the audit faults as all others do, but nobody looks for it."""
    return {key: faults for key, faults in processes.items() if key[0] != os.getpid()}


class Paging:
    """Watches from its making on: ``sample_after`` once or more, then ``section``.

    ``unread`` maps each file that was tried in vain to its reason. Where /proc can't even be listed, making it and
    ``section`` raise Unread.
    """

    def __init__(self, files: Files) -> None:
        self._files = files
        self._readings = Readings(files)
        self.unread = self._readings.unread
        self._page_bytes = os.sysconf("SC_PAGE_SIZE")
        self._before, _unreadable = self._faults()
        self._samples = [self._sample()]

    def sample_after(self, seconds: float) -> None:
        """Takes a sample ``seconds`` after the last one, at once when that is past."""
        time.sleep(max(0.0, self._samples[-1].at + seconds - time.monotonic()))
        self._samples.append(self._sample())

    def section(self, top: int = 10) -> Dict[str, Any]:
        """What the module ``paging_info`` documents, with at most ``top`` processes."""
        samples = self._samples
        after, unreadable = self._faults()
        found, reasons = rates(samples)
        pressures = pressure(samples)
        for name, reason in reasons.items():
            if (STAT if name == CONTEXT_SWITCHES else VMSTAT) not in self.unread:
                self.unread["rates." + name] = reason
        if pressures is None:
            self.unread.setdefault(PRESSURE, MALFORMED)
        word, why = verdict(per_sample(samples, MAJOR_FAULTS), found, pressures)
        return {
            "samples": len(samples) - 1,
            "interval_seconds": round((samples[-1].at - samples[0].at) / (len(samples) - 1), 3),
            "rates": found,
            "pressure": pressures,
            "verdict": word,
            "verdict_reason": why,
            "processes": self._named(busiest(self._before, _without_us(after), top)),
            "own_pid": os.getpid(),
            "coverage": {
                "processes": len(after) + sum(unreadable.values()),
                "read": len(after),
                "began": len(after.keys() - self._before.keys()),
                "vanished": len(self._before.keys() - after.keys()),
                "hidepid": hides_processes(self._files),
                "unread": unreadable,
            },
            "unread": self.unread,
        }

    def _sample(self) -> Sample:
        at = time.monotonic()
        counters: Dict[str, int] = dict(self._readings.parsed(VMSTAT, vmstat.parse) or {})
        switches = self._readings.parsed(STAT, stat.context_switches)
        if switches is not None:
            counters["ctxt"] = switches
        lines = self._readings.parsed(PRESSURE, psi.parse) or {}
        stalled: Dict[str, Optional[int]] = {
            kind: int(line["total_microseconds"]) for kind, line in lines.items() if line is not None
        }
        return Sample(at, counts(counters, self._page_bytes), stalled)

    def _faults(self) -> Tuple[Faulting, Dict[str, int]]:
        """The Faulting of every process, and how many could not be read, by reason."""
        faulting: Faulting = {}
        unreadable: Dict[str, int] = {}
        for pid in pids_of(self._files.names("/proc")):
            try:
                # One file, read in one piece: its pid, start and figures are those of one process.
                found = pid_stat.parse(read_once("%s/proc/%d/stat" % (self._files.root, pid)))
            except OSError as error:
                # Every kernel has this file: one that isn't there belonged to a process that ended.
                reason = reason_of(error)
                if reason not in (VANISHED, UNSUPPORTED):
                    unreadable[reason] = unreadable.get(reason, 0) + 1
            except Malformed:
                unreadable[MALFORMED] = unreadable.get(MALFORMED, 0) + 1
            else:
                faulting[pid, found.start_ticks] = Faults(
                    time.monotonic(), found.minor_faults, found.major_faults, found.command, found.rss_pages
                )
        return faulting, unreadable

    def _named(self, processes: List[Dict[str, Any]]) -> List[Dict[str, Any]]:
        root = manager_root(self._readings.parsed("/proc/1/cgroup", cgroup.parse) or [])
        return [self._named_one(process, root) for process in processes]

    def _named_one(self, process: Dict[str, Any], root: str) -> Dict[str, Any]:
        status = memberships = None
        try:
            with ProcessFiles(self._files, process["pid"]) as files:
                if files.must("stat", pid_stat.parse).start_ticks == process["start_ticks"]:
                    status = files.parsed("status", pid_status.parse)
                    memberships = files.parsed("cgroup", cgroup.parse)
        except (Gone, Unread):
            pass  # it had its faults all the same
        return {
            "pid": process["pid"],
            "start_ticks": process["start_ticks"],
            "command": text(process["command"]),
            "user": user_name(status.uid) if status else None,
            "unit": service_of(memberships, root).unit if memberships else None,
            "minor_faults_per_second": process["minor_faults_per_second"],
            "major_faults_per_second": process["major_faults_per_second"],
            "rss_bytes": process["rss_pages"] * self._page_bytes,
        }
