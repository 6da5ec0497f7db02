# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whom the kernel would kill next if the whole host ran out of memory.

It takes the highest badness: RSS, swap and page tables, plus oom_score_adj thousandths of RAM and swap. oom_score is
that, scaled (mm/oom_kill.c, https://man7.org/linux/man-pages/man5/proc_pid_oom_score.5.html).
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional, Tuple

Process = Dict[str, Any]

NAMED = 5
NEVER = -1000
"""oom_score_adj of a process that the kernel doesn't kill."""

# By command, which has at most 15 characters, or by unit. Both are names that somebody chose, no more than that.
_KINDS = (
    (
        "login_service",
        re.compile(r"(?:sshd|sshd-session|sshd-auth|dropbear|login|agetty|systemd-logind)\Z"),
        re.compile(r"(?:sshd?|dropbear|systemd-logind|(?:serial-)?getty@.*)\.service\Z"),
    ),
    (
        "database",
        re.compile(
            r"(?:postgres|postmaster|mysqld|mariadbd|mongod|redis-server|valkey-server|etcd|influxd|clickhouse-serv"
            r"|cockroach|beam\.smp|ora_.*|db2sysc|sqlservr|slapd|couchbase.*)\Z"
        ),
        re.compile(
            r"(?:postgresql|mysql|mariadb|mongod|redis|valkey|etcd|cassandra|elasticsearch|opensearch|neo4j|influxdb)"
            r"\b.*\.service\Z"
        ),
    ),
    (
        "container_runtime",
        re.compile(
            r"(?:dockerd|containerd.*|conmon|crio|kubelet|podman|runc|crun|lxc-start|lxd|incusd|docker-proxy)\Z"
        ),
        re.compile(r"(?:docker|containerd|crio|kubelet|podman)\.service\Z"),
    ),
)


def _kind(process: Process, hog: bool) -> str:
    if process["pid"] == 1:
        return "init"
    for kind, command, unit in _KINDS:
        if command.match(process["command"]) or (process["unit"] and unit.match(process["unit"])):
            return kind
    return "hog" if hog else "other"


def _use(process: Process) -> int:
    """What the kernel weighs, in bytes. What is unknown of it weighs nothing here."""
    return sum(process[key] or 0 for key in ("rss_bytes", "swap_bytes", "page_tables_bytes"))


def _killable(process: Process) -> bool:
    if process["oom_score"] is None or process["state"] == "Z" or process["oom_score_adj"] == NEVER:
        return False
    # The host's init is exempt, and its score 0; that of a container is a process like any other.
    return process["pid"] != 1 or process["oom_score"] > 0


def _why(process: Process, hog: bool) -> str:
    adj = process["oom_score_adj"]
    sentence = "%d MiB of RAM and swap" % (_use(process) >> 20)
    if hog:
        sentence += ", more than any other process"
    if adj:
        sentence += "; %s by oom_score_adj %d" % ("made likelier" if adj > 0 else "partly protected", adj)
    return sentence


def next_victims(processes: List[Process]) -> Tuple[List[Dict[str, Any]], Optional[bool]]:
    """The likeliest victims, the likeliest first, and whether that one uses the most memory; None without any."""
    candidates = sorted(
        (process for process in processes if _killable(process)),
        key=lambda process: (-process["oom_score"], -_use(process), process["pid"]),
    )[:NAMED]
    if not candidates:
        return [], None
    hog = max(processes, key=_use)
    victims = [
        {
            "pid": process["pid"],
            "command": process["command"],
            "user": process["user"],
            "unit": process["unit"],
            "oom_score": process["oom_score"],
            "oom_score_adj": process["oom_score_adj"],
            "rss_bytes": process["rss_bytes"],
            "swap_bytes": process["swap_bytes"],
            "kind": _kind(process, process is hog),
            "why": _why(process, process is hog),
        }
        for process in candidates
    ]
    return victims, candidates[0] is hog
