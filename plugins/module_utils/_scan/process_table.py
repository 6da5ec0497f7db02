# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The limits and cgroups of all processes, each distinct text once.

Most processes share their limits and cgroups with others: ten thousand of them come down to a few dozen texts.
"""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Optional, Tuple

from .._procfs import cgroup, limits
from .._records.text import text
from .._records.unread import MALFORMED, UNSUPPORTED, VANISHED, Malformed, Unread
from .files import Files, Readings
from .process_files import pids_of

Process = Tuple[int, Optional[bytes], Optional[bytes]]
"""``(pid, content of /proc/PID/limits, content of /proc/PID/cgroup)``; None for what couldn't be read."""


def _content(files: Files, path: str, unread: Dict[str, str]) -> Optional[bytes]:
    try:
        return files.read(path)
    except Unread as error:
        # A process that ended in between isn't a gap: it has no limits any more.
        if error.reason not in (VANISHED, UNSUPPORTED):
            unread[path] = error.reason
        return None


def read_processes(readings: Readings) -> List[Process]:
    """Every process below /proc, for a caller that hasn't read them already."""
    files, unread = readings.files, readings.unread
    return [
        (
            pid,
            _content(files, "/proc/%d/limits" % pid, unread),
            _content(files, "/proc/%d/cgroup" % pid, unread),
        )
        for pid in pids_of(readings.names("/proc"))
    ]


class ProcessTable:
    """``by_limits`` and ``by_cgroup`` map each distinct text to the pids that have it, in ascending order."""

    def __init__(self, processes: Iterable[Process]) -> None:
        self.by_limits: Dict[bytes, List[int]] = {}
        self.by_cgroup: Dict[bytes, List[int]] = {}
        self.limits_of: Dict[int, bytes] = {}
        for pid, limits_text, cgroup_text in sorted(processes, key=lambda process: process[0]):
            if limits_text is not None:
                self.by_limits.setdefault(limits_text, []).append(pid)
                self.limits_of[pid] = limits_text
            if cgroup_text is not None:
                self.by_cgroup.setdefault(cgroup_text, []).append(pid)

    def limit_sets(self, unread: Dict[str, str]) -> List[Dict[str, Any]]:
        """The contract's ``process_limits``."""
        sets = []
        for content, pids in self.by_limits.items():
            try:
                parsed = limits.parse(content)
            except Malformed:
                unread["/proc/%d/limits" % pids[0]] = MALFORMED
                continue
            pairs = {name: {"soft": soft, "hard": hard} for name, (soft, hard) in parsed.items()}
            sets.append({"pids": pids, "limits": pairs})
        return sets

    def memberships(self, unread: Dict[str, str]) -> List[Tuple[List[cgroup.Membership], List[int]]]:
        """The parsed text of /proc/PID/cgroup with the pids that have it."""
        parsed = []
        for content, pids in self.by_cgroup.items():
            try:
                parsed.append((cgroup.parse(content), pids))
            except Malformed:
                unread["/proc/%d/cgroup" % pids[0]] = MALFORMED
        return parsed

    def memory_paths(self) -> Dict[Tuple[str, bytes], str]:
        """``{(version, raw path): text}`` of each memory cgroup that holds processes."""
        paths = {}
        for content in self.by_cgroup:
            try:
                version, path = cgroup.memory_path(content)
            except Malformed:
                continue
            if path is not None:
                paths[version, path] = text(path)
        return paths
