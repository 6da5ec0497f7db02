# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The processes of a service, and what really holds for them, as the policies for workloads ask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from .units import live_limits, number

Process = dict[str, Any]


def service_processes(
    snapshot: Mapping[str, Any], commands: Sequence[str], places: Sequence[str]
) -> list[Process] | None:
    """The processes with one of the ``commands`` whose unit or program matches one of the patterns in ``places``.

    Without patterns the command is enough; a JVM's is ``java`` whatever it runs. Each has the key ``main`` too: whether
    its parent is not one of them, as PostgreSQL's postmaster and not its backends. Empty when there is none; null when
    there may be one that could not be seen, or of which too little could.
    """
    section = snapshot.get("processes")
    if not section:
        return None
    groups = section.get("groups")
    # The list of processes is unpacked when it's asked for, and most hosts don't run the service.
    if groups is not None and not any(group["key"] in commands for group in groups):
        return _none_or_unseen(section)
    candidates = [each for each in section["processes"] if each["command"] in commands and each["state"] != "Z"]
    found = [process for process in candidates if not places or _is_at(process, places)]
    if not found and any(process["executable"] is None for process in candidates):
        return None
    if not found:
        return _none_or_unseen(section)
    pids = {process["pid"] for process in found}
    return [{**process, "main": process["ppid"] not in pids} for process in found]


def _is_at(process: Process, places: Iterable[str]) -> bool:
    return any(
        fnmatchcase(name, pattern) for name in (process["unit"], process["executable"]) if name for pattern in places
    )


def _none_or_unseen(section: Mapping[str, Any]) -> list[Process] | None:
    coverage = section.get("coverage") or {}
    hidden = coverage.get("hidepid") or (coverage.get("unread_files") or {}).get("stat")
    return None if hidden else []


def lowest_limit(
    limits: Mapping[str, Any] | None, processes: Iterable[Process] | None, name: str
) -> dict[str, Any] | None:
    """The limit ``name``, such as NOFILE, of the process that has the lowest soft one.

    ``{soft, hard, pid, command, unit, declared}``, where ``declared`` is the ``{file, line}`` that sets it for the unit
    or null. Null as a whole when the limits of none of them are known; one that ended meanwhile plays no part.
    """
    limits = limits or {}
    live = live_limits(limits)
    known = [process for process in processes or () if name in live.get(process["pid"], ())]
    if not known:
        return None
    process = min(known, key=lambda each: number(live[each["pid"]][name]["soft"]))
    return {
        **live[process["pid"]][name],
        "pid": process["pid"],
        "command": process["command"],
        "unit": process["unit"],
        "declared": _declared(limits, process["unit"], name),
    }


def _declared(limits: Mapping[str, Any], unit: str | None, name: str) -> dict[str, Any] | None:
    for entry in limits.get("service_limits") or ():
        if entry["unit"] == unit and entry["item"] == name:
            source = entry["unit_declares"] or entry["default_declares"]
            return source and {"file": source["file"], "line": source["line"]}
    return None


def highest_swappiness(snapshot: Mapping[str, Any], processes: Iterable[Process] | None) -> int | None:
    """The highest swappiness that holds for any of ``processes``; null when there are none, or it is unknown.

    In cgroup v1 each memory cgroup has its own, which it took from its parent when it was made, and vm.swappiness holds
    for the topmost only: https://docs.kernel.org/admin-guide/cgroup-v1/memory.html. RHEL 8 can overrule that with
    vm.force_cgroup_v2_swappiness.
    """
    sysctl = (snapshot.get("memory") or {}).get("sysctl") or {}
    everywhere = sysctl.get("vm.swappiness")
    own = {}
    if sysctl.get("vm.force_cgroup_v2_swappiness") != 1:
        cgroups = (snapshot.get("limits") or {}).get("cgroups") or ()
        own = {cgroup["path"]: cgroup.get("swappiness") for cgroup in cgroups if cgroup["version"] == "v1"}
    found = [own.get(process["cgroup"], everywhere) for process in processes or ()]
    known = [value for value in found if value is not None]
    return max(known) if known and len(known) == len(found) else None


def own_swappiness(limits: Mapping[str, Any] | None) -> list[int]:
    """The different values that cgroups have of their own, the lowest first; none with cgroup v2.

    The topmost doesn't count: its value is vm.swappiness.
    """
    cgroups = (limits or {}).get("cgroups") or ()
    return sorted(
        {each["swappiness"] for each in cgroups if each["path"] != "/" and each.get("swappiness") is not None}
    )
