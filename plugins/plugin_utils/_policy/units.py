# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The limits of systemd's units, as the remedies of rules ask for them: entries of the role fleet.memory.limits."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

OWN_DROP_IN = "/90-fleet-memory.conf"
"""Ends the path of the drop-ins that the role fleet.memory.limits writes."""


def number(value: Any) -> float:
    """A limit as a number that can be compared."""
    return math.inf if value == "unlimited" else float(value)


def is_service(unit: str | None) -> bool:
    """Whether a unit's ``Limit*=`` decides what its processes have."""
    # user@UID.service starts through PAM, so what limits.conf says does reach what runs below it.
    return unit is not None and unit.endswith(".service") and not unit.startswith("user@")


def live_limits(limits: Mapping[str, Any]) -> dict[int, dict[str, Any]]:
    """pid -> the limits that really hold, ``{"NOFILE": {soft, hard}}``."""
    return {pid: entry["limits"] for entry in limits.get("process_limits") or () for pid in entry["pids"]}


def unit_limits(
    limits: Mapping[str, Any] | None, processes: Iterable[Mapping[str, Any]] | None, item: str, least: Any
) -> list[Mapping[str, Any]] | None:
    """What to set so that none of ``processes`` has a soft limit ``item`` below ``least``, a number or "unlimited".

    ``[{unit, item, type, value}]``, each unit once. Only the soft half: the hard one rises with it where it has to, and
    is never lowered. Empty when a process that has less runs in no service of the host, or in a container, whose engine
    gives it its limits: to mend the others alone would not mend what was found. Null when it can't be said.
    """
    if limits is None or processes is None:
        return None
    live = live_limits(limits)
    found = [(each, live.get(each["pid"], {}).get(item, {}).get("soft")) for each in processes]
    low = [process for process, soft in found if soft is not None and number(soft) < number(least)]
    if not all(is_service(process["unit"]) and not process.get("container") for process in low):
        return []
    units = sorted({process["unit"] for process in low})
    return undeclared(limits, [{"unit": unit, "item": item, "type": "soft", "value": least} for unit in units])


def undeclared(
    limits: Mapping[str, Any] | None, entries: Iterable[Mapping[str, Any]] | None
) -> list[Mapping[str, Any]] | None:
    """Of ``entries``, ``[{unit, item, type, value}]``, those whose unit, or systemd's default, doesn't say as much yet.

    The others need a restart, and a line more would only lower what is declared. What the role itself has declared
    stays among them: it changes nothing about that, and restarts the unit where it is told to. Null when that isn't
    known.
    """
    declarations = (limits or {}).get("service_limits")
    if declarations is None or entries is None:
        return None
    declared = {
        (each["unit"], each["item"]): each["unit_declares"] or each["default_declares"] for each in declarations
    }

    def is_left(entry: Mapping[str, Any]) -> bool:
        declaration = declared.get((entry["unit"], entry["item"])) or {}
        half = declaration.get(entry["type"])
        if half is None or number(half) < number(entry["value"]):
            return True
        return number(half) == number(entry["value"]) and str(declaration.get("file")).endswith(OWN_DROP_IN)

    return [entry for entry in entries if is_left(entry)]
