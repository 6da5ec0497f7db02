# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The limits of every memory cgroup that holds processes, and of all their ancestors.

https://docs.kernel.org/admin-guide/cgroup-v2.html#memory and https://docs.kernel.org/admin-guide/cgroup-v1/memory.html
"""

from __future__ import annotations

import os
from typing import Any, Callable, Dict, Iterable, List, NamedTuple, Optional

from .._cgroupfs import interface, limit, stat
from .._derive.cgroup_chain import ancestors, bind, ceilings_of, limiting
from .._derive.headroom import brief, nearest
from .._procfs import mountinfo, pressure
from .._records.text import text
from .._records.unread import UNSUPPORTED, VANISHED, Unread
from .._shapes import flat_keyed, number
from .files import Files, Readings
from .if_present import parsed_if_present
from .process_table import Process, ProcessTable, read_processes


class Hierarchy(NamedTuple):
    """Where the memory hierarchy is mounted and which of its cgroups is seen there."""

    version: str
    mount_point: str
    root: str

    def folder(self, path: str) -> Optional[str]:
        """The folder of the cgroup ``path``; None when it lies outside what is mounted here."""
        if ".." in path.split("/"):
            return None
        if self.root == "/":
            return self.mount_point + path.rstrip("/")
        if path == self.root or path.startswith(self.root + "/"):
            return self.mount_point + path[len(self.root) :]
        return None


def hierarchies(mounts: List[mountinfo.Mount]) -> Dict[str, Hierarchy]:
    """The memory hierarchy of each version that is mounted; the later of two mounts hides the earlier one."""
    found = {}
    for mount in mounts:
        if mount.fstype == "cgroup2":
            version = "v2"
        elif mount.fstype == "cgroup" and "memory" in mount.super_options:
            version = "v1"
        else:
            continue
        # A mount from outside of our cgroup namespace has a root like /../..: what we see begins at our own root.
        root = "/" if mount.root.startswith("/..") else mount.root
        found[version] = Hierarchy(version, mount.mount_point, root)
    return found


class _Reader:
    """Reads one memory cgroup after another and notes which limits stay unknown."""

    def __init__(self, readings: Readings, hierarchy: Hierarchy) -> None:
        self.readings = readings
        self.hierarchy = hierarchy
        self.files = interface.V1 if hierarchy.version == "v1" else interface.V2
        self.unknown: Dict[str, str] = {}

    def _exists(self, folder: str) -> bool:
        try:
            self.readings.files.read(folder + "/cgroup.procs")
        except Unread as error:
            return error.reason not in (UNSUPPORTED, VANISHED)
        return True

    def _parsed(self, folder: str, names: Dict[str, str], parse: Callable[[bytes], Any]) -> Dict[str, Any]:
        return {key: parsed_if_present(self.readings, "%s/%s" % (folder, name), parse) for key, name in names.items()}

    def read(self, path: str) -> Optional[Dict[str, Any]]:
        """The contract's entry, without what its ancestors add; None when the cgroup is gone or not visible here."""
        folder = self.hierarchy.folder(path)
        if folder is None:
            return None
        limits = self._parsed(folder, self.files.limits, limit.parse)
        numbers = self._parsed(folder, self.files.numbers, number.parse)
        if numbers["current_bytes"] is None and not self._exists(folder):
            return None
        reason = self.readings.unread.get("%s/%s" % (folder, self.files.limits["max_bytes"]))
        if reason:
            self.unknown[path] = reason
        return {
            "path": text(os.fsencode(path)),
            "version": self.hierarchy.version,
            "controller": "memory",
            "visible_root": path == self.hierarchy.root,
            "limits": limits,
            **numbers,
            **self._parsed(folder, self.files.flat_keyed, flat_keyed.parse),
            **self._parsed(folder, self.files.pressure, pressure.parse),
            "stat": parsed_if_present(
                self.readings, folder + "/memory.stat", lambda data: stat.parse(data, self.files.stat)
            ),
        }


def scan_cgroups(readings: Readings, table: ProcessTable) -> List[Dict[str, Any]]:
    """The contract's ``cgroups``, in the order of their paths."""
    mounts = readings.parsed("/proc/self/mountinfo", mountinfo.parse)
    mounted = hierarchies(mounts or [])
    wanted: Dict[str, set] = {}
    for version, path in table.memory_paths():
        if version in mounted:
            wanted.setdefault(version, set()).update(ancestors(os.fsdecode(path)))
        elif mounts is not None:
            readings.unread["the memory hierarchy of cgroup %s" % version] = UNSUPPORTED
    cgroups: List[Dict[str, Any]] = []
    for version in sorted(wanted):
        reader = _Reader(readings, mounted[version])
        found = {path: reader.read(path) for path in sorted(wanted[version], key=os.fsencode)}
        by_path = {path: cgroup for path, cgroup in found.items() if cgroup is not None}
        for path, cgroup in by_path.items():
            cgroup.update(bind(path, by_path, reader.unknown))
            chain = limiting(path, by_path)
            cgroup["nearest_limit"] = brief(nearest(c for step in chain for c in ceilings_of(step, soft=True)))
        cgroups.extend(by_path.values())
    return cgroups


class Grouped(NamedTuple):
    """The processes by their limits and cgroups, those memory cgroups, and the books of what could not be read."""

    readings: Readings
    table: ProcessTable
    cgroups: List[Dict[str, Any]]


def group_processes(files: Files, processes: Optional[Iterable[Process]] = None) -> Grouped:
    """``processes`` spares a caller that has read /proc/PID/limits and /proc/PID/cgroup to have them read again."""
    readings = Readings(files)
    table = ProcessTable(read_processes(readings) if processes is None else processes)
    return Grouped(readings, table, scan_cgroups(readings, table))
