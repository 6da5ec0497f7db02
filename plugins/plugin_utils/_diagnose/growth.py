# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each process has grown by between two snapshots of its host.

A process is (boot, pid, start time): a number that was given to another process meanwhile makes no growth of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .figure import count, processes, seconds, section

Process = Mapping[str, Any]

AT_PEAK = 0.99
"""A process that holds less than this share of what it has ever held has given some back."""


def growth(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """``{seconds, processes, coverage, unread}``; the first two are None, with the reason, where they can't be known.

    ``processes``: those that are in both snapshots, what grew most first, ``[{pid, command, user, unit, rss_bytes,
    swap_bytes, age_seconds, at_peak, grown_bytes_per_second, rss_bytes_per_second, anon_bytes_per_second,
    swap_bytes_per_second, vsz_bytes_per_second, seconds}]``. A rate is None when one of its ends is.
    ``coverage``: how many were compared, began, ended, and how many of the compared ones have an unknown growth.
    """
    passed, why = _seconds_between(section(before, "memory"), section(after, "memory"))
    earlier, later = _by_identity(before), _by_identity(after)
    if passed is not None and (earlier is None or later is None):
        passed, why = None, {"processes": "a snapshot has no list of processes"}
    if passed is None or earlier is None or later is None:
        return {"seconds": None, "processes": None, "coverage": None, "unread": why}
    taken_at = _moment(after.get("taken_at"))
    grown = [_grown(earlier[each], later[each], passed, taken_at) for each in later.keys() & earlier.keys()]
    grown.sort(key=lambda each: (-(each["grown_bytes_per_second"] or 0), each["pid"]))
    return {
        "seconds": passed,
        "processes": grown,
        "coverage": {
            "compared": len(grown),
            "began": len(later.keys() - earlier.keys()),
            "ended": len(earlier.keys() - later.keys()),
            "unread": sum(each["grown_bytes_per_second"] is None for each in grown),
        },
        "unread": {},
    }


def _seconds_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[float | None, dict[str, str]]:
    """By the host's own monotonic clock; or None and the reason."""
    if not isinstance(before.get("boot_id"), str) or not isinstance(after.get("boot_id"), str):
        return None, {"boot_id": "it can't be told whether the host was started again meanwhile"}
    if before["boot_id"] != after["boot_id"]:
        return None, {"boot_id": "the host was started again between the two snapshots"}
    began, ended = seconds(before.get("uptime_seconds")), seconds(after.get("uptime_seconds"))
    if began is None or ended is None or ended <= began:
        return None, {"uptime": "it can't be told how much time lies between the two snapshots"}
    return round(ended - began, 2), {}


def _by_identity(snapshot: Mapping[str, Any]) -> dict[tuple[int, int], Process] | None:
    listed = processes(snapshot)
    if listed is None:
        return None
    return {(each["pid"], each["start_ticks"]): each for each in listed if count(each.get("start_ticks")) is not None}


def _grown(before: Process, after: Process, passed: float, taken_at: datetime | None) -> dict[str, Any]:
    def rate(key: str) -> int | None:
        began, ended = count(before.get(key)), count(after.get(key))
        return None if began is None or ended is None else round((ended - began) / passed)

    swapped = rate("swap_bytes")
    # A rollup's swap has shared memory in it, status has not: where only one was read, a difference means nothing.
    if swapped and before.get("rss_exact") is not after.get("rss_exact"):
        swapped = None
    resident, anonymous = rate("rss_bytes"), rate("rss_anon_bytes")
    # Files that are mapped and shared memory that is touched for the first time are no leak. Linux < 4.5 can't tell.
    own = resident if anonymous is None else anonymous
    return {
        "pid": after["pid"],
        "command": str(after.get("command")),
        "user": _name(after.get("user")),
        "unit": _name(after.get("unit")) or _name(after.get("user_unit")),
        "rss_bytes": count(after.get("rss_bytes")),
        "swap_bytes": count(after.get("swap_bytes")),
        "age_seconds": _age(after, taken_at),
        "at_peak": _at_peak(after),
        "grown_bytes_per_second": None if own is None or swapped is None else own + swapped,
        "rss_bytes_per_second": resident,
        "anon_bytes_per_second": anonymous,
        "swap_bytes_per_second": swapped,
        "vsz_bytes_per_second": rate("vsz_bytes"),
        "seconds": passed,
    }


def _at_peak(process: Process) -> bool | None:
    resident, peak = count(process.get("rss_bytes")), count(process.get("peak_rss_bytes"))
    if resident is None or peak is None:
        return None
    return resident + (count(process.get("swap_bytes")) or 0) >= AT_PEAK * peak


def _age(process: Process, taken_at: datetime | None) -> float | None:
    started_at = _moment(process.get("started_at"))
    return None if started_at is None or taken_at is None else (taken_at - started_at).total_seconds()


def _moment(value: Any) -> datetime | None:
    try:
        return datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ")
    except (TypeError, ValueError):
        return None


def _name(value: Any) -> str | None:
    return value if isinstance(value, str) else None
