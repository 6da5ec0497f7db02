# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host as a remedy would leave it, so that it can be judged before anything is changed.

Of rules that disagree the one that passes today says nothing, until the remedy of the other one makes it fail.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .units import number

OWN_SYSCTL_FILE = "/etc/sysctl.d/90-fleet-memory.conf"


def foreseen(snapshot: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
    """``snapshot`` after the roles have run with ``variables``, and the services have been restarted.

    The roles are fleet.memory.swappiness and fleet.memory.limits, their variables those that policies may give. What is
    changed is copied, nothing else. Logins and what a swap file would change are left as they are.
    """
    after = dict(snapshot)
    settings = dict(variables.get("memory_swappiness_settings") or {})
    if "memory_swappiness_value" in variables:
        settings.setdefault("vm.swappiness", variables["memory_swappiness_value"])
    mode = variables.get("memory_swappiness_transparent_hugepage")
    if settings or mode:
        after["memory"] = _kernel(after["memory"], settings, mode)
    if variables.get("memory_swappiness_cgroups"):
        swappiness = after["memory"]["sysctl"]["vm.swappiness"]
        after["limits"] = {**after["limits"], "cgroups": _cgroups(after["limits"]["cgroups"], swappiness)}
    if variables.get("memory_limits"):
        units = {process["pid"]: process["unit"] for process in after["processes"]["processes"]}
        sets = _limit_sets(after["limits"]["process_limits"], units, variables["memory_limits"])
        after["limits"] = {**after["limits"], "process_limits": sets}
    return after


def _kernel(memory: Mapping[str, Any], settings: Mapping[str, Any], mode: str | None) -> dict[str, Any]:
    after = {**memory, "sysctl": {**memory["sysctl"], **settings}}
    sources = memory.get("sysctl_sources")
    if sources and sources.get("parameters") is not None:
        decided = {"decided_by": {"file": OWN_SYSCTL_FILE, "line": None}, "losers": [], "persistent": True}
        ours = {name: {"live": value, "next_boot": value, **decided} for name, value in settings.items()}
        after["sysctl_sources"] = {**sources, "parameters": {**sources["parameters"], **ours}}
    if mode:
        after["transparent_hugepage"] = {**memory["transparent_hugepage"], "enabled": mode}
    return after


def _cgroups(cgroups: Iterable[Mapping[str, Any]], swappiness: int) -> list[Mapping[str, Any]]:
    return [each if each.get("swappiness") is None else {**each, "swappiness": swappiness} for each in cgroups]


def _limit_sets(
    sets: Iterable[Mapping[str, Any]], units: Mapping[int, str | None], wanted: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """As in a snapshot, though not one entry for each distinct set: one for each process that is changed."""
    asked: dict[str | None, list[Mapping[str, Any]]] = {}
    for entry in wanted:
        if entry.get("unit"):
            asked.setdefault(entry["unit"], []).append(entry)
    found = []
    for entry in sets:
        changed = [pid for pid in entry["pids"] if units.get(pid) in asked]
        found.append({**entry, "pids": [pid for pid in entry["pids"] if pid not in changed]})
        for pid in changed:
            limits = dict(entry["limits"])
            for each in asked[units[pid]]:
                limits[each["item"]] = _set(limits.get(each["item"]) or {"soft": 0, "hard": 0}, each)
            found.append({"pids": [pid], "limits": limits})
    return [entry for entry in found if entry["pids"]]


def _set(limit: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """With one half or both as wanted; the other one gives way where soft would be above hard."""
    value, half = wanted["value"], wanted.get("type", "-")
    soft = limit["soft"] if half == "hard" else value
    hard = limit["hard"] if half == "soft" else value
    if number(soft) > number(hard):
        soft = hard = value
    return {"soft": soft, "hard": hard}
