# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the kernel counted against what its log tells.

Since Linux 4.13 the kernel counts each OOM kill, just before it logs it: ``oom_kill`` of /proc/vmstat, 0 at boot.
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from .oom_kills import Kill

_EVENTS = ("max", "oom", "oom_kill", "oom_group_kill")


def _kills(number: int) -> str:
    return "%d OOM kill%s" % (number, "" if number == 1 else "s")


def _why_missing(sources: List[Dict[str, Any]]) -> str:
    lost = [source for source in sources if source["lost_lines"] is not None]
    if not lost:
        return "whether lines of it were lost can't be told"
    if lost[0]["lost_lines"]:
        return "its oldest lines have been overwritten, it begins at %s" % lost[0]["first_at"]
    return "though it goes back to the boot without a gap"


def _explanation(counted: Optional[int], logged: Optional[int], sources: List[Dict[str, Any]]) -> str:
    if logged is None and counted is None:
        return "No kernel log could be read, and the kernel's count of OOM kills couldn't either"
    if logged is None:
        victims = ", whose victims stay unknown" if counted else ""
        return "The kernel counted %s since boot%s: no kernel log could be read" % (_kills(counted or 0), victims)
    if counted is None:
        return "The log has %s since boot; the kernel's own count to compare with couldn't be read" % _kills(logged)
    if logged < counted:
        return "The kernel counted %s since boot and the log has %d: %s" % (
            _kills(counted),
            logged,
            _why_missing(sources),
        )
    if logged > counted:
        return "The log has %s since boot, %d more than the kernel had counted when the audit began" % (
            _kills(logged),
            logged - counted,
        )
    if not counted:
        return "No OOM kill since boot"
    return "The kernel counted %s since boot and the log has them all" % _kills(counted)


def counts(
    kills: List[Kill], counted: Optional[int], boot_id: Optional[str], sources: List[Dict[str, Any]]
) -> Dict[str, Any]:
    """``{vmstat_oom_kill, kills_logged_this_boot, missing_from_log, explanation}``.

    ``counted`` was read before the log: the other way round a kill between the two would look lost.
    """
    read = any(source["read"] for source in sources)
    logged = sum(kill["boot_id"] == boot_id for kill in kills) if read else None
    explanation = _explanation(counted, logged, sources)
    earlier = len(kills) - (logged or 0)
    if earlier:
        explanation += "; %d more came before the last reboot, with which that count began anew" % earlier
    return {
        "vmstat_oom_kill": counted,
        "kills_logged_this_boot": logged,
        "missing_from_log": None if logged is None or counted is None else max(0, counted - logged),
        "explanation": explanation + ".",
    }


def cgroup_events(cgroups: List[Dict[str, Any]]) -> List[Dict[str, Any]]:
    """``{path, version, max, oom, oom_kill, oom_group_kill, local}`` of the cgroups that hit a limit.

    In v2 a cgroup's events count for all its ancestors, and ``local`` holds its own. In v1 each counts only its own
    kills. None: this kernel doesn't count it.
    """
    told = []
    for cgroup in cgroups:
        events = cgroup["events"] or {}
        if events.get("oom_kill") or events.get("oom") or events.get("max"):
            local = cgroup.get("events_local")
            entry = {"path": cgroup["path"], "version": cgroup["version"]}
            entry.update({key: events.get(key) for key in _EVENTS})
            entry["local"] = {key: local.get(key) for key in _EVENTS} if local else None
            told.append(entry)
    return told
