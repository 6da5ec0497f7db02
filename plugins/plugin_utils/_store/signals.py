# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is at risk on a host, in a few figures of its snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LONGEST = 200
"""Characters of a name that are kept, its last ones: those of a cgroup's path tell most."""

_HARMLESS = "memory.swap.max"
"""Nothing fails where a cgroup's swap is used up: what is in use just stays in memory."""

Row = dict[str, Any]


def signals(snapshot: Mapping[str, Any]) -> Row:
    """``{paging_verdict, major_faults_per_second, memory_stall_percent, oom_kills, oom_last: {victim, cgroup, at},
    next_victim: {command, kind, is_largest}, nearest_ceiling: {ceiling, of, used_percent}, ledger_residual_percent,
    pss_exact_percent}``; null where the snapshot, perhaps one of an older version, doesn't tell.
    """
    paging, oom = snapshot.get("paging") or {}, snapshot.get("oom") or {}
    ledger = snapshot["memory"].get("ledger") or {}
    totals = snapshot["processes"].get("totals") or {}
    return {
        "paging_verdict": paging.get("verdict"),
        "major_faults_per_second": _mean(paging.get("rates"), "major_faults_per_second"),
        "memory_stall_percent": _mean(paging.get("pressure"), "some_percent"),
        "oom_kills": _kills(snapshot, oom),
        "oom_last": _last(oom.get("kills")),
        "next_victim": _next_victim(oom, paging.get("own_pid")),
        "nearest_ceiling": _nearest_ceiling(snapshot),
        "ledger_residual_percent": ledger.get("residual_percent"),
        "pss_exact_percent": totals.get("pss_exact_percent"),
    }


def _mean(rates: Mapping[str, Any] | None, name: str) -> float | None:
    rate = (rates or {}).get(name)
    return rate["mean"] if rate else None


def _kills(snapshot: Mapping[str, Any], oom: Mapping[str, Any]) -> int | None:
    """Since boot. Old kernels don't count, and a log may have lost lines: the higher of what is known."""
    counted = (snapshot["memory"].get("vmstat") or {}).get("oom_kill")
    logged = (oom.get("counts") or {}).get("kills_logged_this_boot")
    return max((number for number in (counted, logged) if number is not None), default=None)


def _last(kills: list[Row] | None) -> Row | None:
    return {key: _short(kills[-1][key]) for key in ("victim", "cgroup", "at")} if kills else None


def _next_victim(oom: Mapping[str, Any], own_pid: int | None) -> Row | None:
    """Whom the kernel would kill next, the audit itself aside, which is gone by then."""
    victims = oom.get("next_victims") or []
    others = [victim for victim in victims if victim["pid"] != own_pid]
    if not others:
        return None
    is_largest = oom.get("next_victim_is_largest") if others[0] is victims[0] else None
    return {"command": _short(others[0]["command"]), "kind": others[0]["kind"], "is_largest": is_largest}


def _nearest_ceiling(snapshot: Mapping[str, Any]) -> Row | None:
    """The limit of a process or cgroup of which the largest share is used."""
    near = [
        *(snapshot["processes"].get("near_limits") or []),
        *((snapshot.get("limits") or {}).get("cgroup_nearest_limit") or []),
    ]
    ceiling = max(
        (each for each in near if each["ceiling"] != _HARMLESS and each["used_percent"] is not None),
        key=lambda each: each["used_percent"],
        default=None,
    )
    if ceiling is None:
        return None
    # Snapshots of version 1.0 know no scope: all limits in them are a process's own.
    of = _short(ceiling.get("scope") or ceiling["command"])
    return {"ceiling": ceiling["ceiling"], "of": of, "used_percent": ceiling["used_percent"]}


def _short(name: str | None) -> str | None:
    return name if name is None or len(name) <= LONGEST else "…" + name[1 - LONGEST :]
