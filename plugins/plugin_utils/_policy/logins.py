# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services that don't get what limits.conf promises to their user.

limits.conf is read by PAM, at login. A systemd service never logs in, so a line like ``mysql - nofile 65536`` does
nothing for mysqld.service: its limits come from its unit. https://man7.org/linux/man-pages/man5/limits.conf.5.html
"""

from __future__ import annotations

from typing import Any

from .units import is_service, number

_ITEMS = {"as", "data", "stack", "memlock", "nofile", "nproc"}
"""Of limits.conf. ``rss`` is left out: Linux has ignored it since 2.4.30."""


def services_below_login_limits(snapshot: dict[str, Any]) -> list[dict[str, Any]] | None:
    """Running services with a lower limit than a line of limits.conf that names their very user asks for.

    A line for ``*`` or a group doesn't count, it may well not be meant for a service. Returns ``[{user, unit, limit,
    type, login, service, file, line}]`` (``login`` is what the line asks for, ``service`` what the running process
    has), one per unit, limit and type; null when the limits of processes or the files are unknown.
    """
    limits, processes = snapshot.get("limits"), snapshot.get("processes")
    if not limits or not processes or limits.get("process_limits") is None or not limits.get("pam"):
        return None
    wanted: dict[str, list[dict[str, Any]]] = {}
    for winner in limits["pam"]["winners"]:
        if winner["item"] in _ITEMS and winner["value"] is not None:
            wanted.setdefault(winner["domain"], []).append(winner)
    if not wanted:
        return []
    services = {
        process["pid"]: process
        for process in processes["processes"]
        if is_service(process.get("unit")) and not process.get("container")
    }
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for entry in limits["process_limits"]:
        for process in (services[pid] for pid in entry["pids"] if pid in services):
            for winner in wanted.get(process["user"], ()):
                limit, kind = winner["item"].upper(), winner["type"]
                live = entry["limits"].get(limit, {}).get(kind)
                if live is not None and number(live) < number(winner["value"]):
                    found.setdefault(
                        (process["unit"], limit, kind),
                        {
                            "user": process["user"],
                            "unit": process["unit"],
                            "limit": limit,
                            "type": kind,
                            "login": winner["value"],
                            "service": live,
                            "file": winner["file"],
                            "line": winner["line"],
                        },
                    )
    return [found[key] for key in sorted(found)]
