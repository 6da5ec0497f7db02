# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a login, a unit or all of systemd must not get a limit. Figures in, reasons out."""

from __future__ import annotations

from typing import Any, Dict, Mapping, NamedTuple, Optional

from .._config.limit_value import UNLIMITED, above, render


class Reason(NamedTuple):
    """``forcible``: whether the kernel would take it all the same. ``figures`` are for the result."""

    why: str
    forcible: bool
    figures: Dict[str, Any]


def guard_files(what: str, most: int, nr_open: Optional[int]) -> Optional[Reason]:
    """``most``: the higher of soft and hard, -1 for unlimited. ``what`` begins the sentence."""
    if nr_open is None or not above(most, nr_open):
        return None
    if most == UNLIMITED:
        why = "%s: unlimited files are more than fs.nr_open, %d, which a kernel refuses at login. Give a number"
        return Reason(why % (what, nr_open), True, {"nr_open": nr_open})
    why = "%s: %d is above fs.nr_open, %d: the kernel refuses it, and with it the login or the start of the service"
    return Reason(why % (what, most, nr_open), False, {"wanted": most, "nr_open": nr_open})


def guard_giver(what: str, hard: int, has: int) -> Optional[Reason]:
    """Where CAP_SYS_RESOURCE is missing. ``has``: the hard limit of process 1, from which all others get theirs."""
    if not above(hard, has):
        return None
    why = "%s: %s is above %s, the hard limit of process 1, and without CAP_SYS_RESOURCE, as in this container, "
    text = why % (what, render(hard), render(has)) + "nobody here can have it"
    return Reason(text, True, {"wanted": hard, "hard": has})


def guard_tasks(what: str, wanted: int, tasks: Mapping[str, int]) -> Optional[Reason]:
    """``tasks``: how many tasks each user runs whom the limit is for."""
    if wanted == 0:
        return Reason("%s: with 0 processes nobody it is for can log in any more" % what, True, {"wanted": 0})
    user = max(tasks, key=lambda name: tasks[name], default=None)
    if user is None or not above(tasks[user], wanted):
        return None
    why = "%s: %s runs %d tasks now, more than %d, and could start none and not log in"
    figures = {"user": user, "tasks": tasks[user], "wanted": wanted}
    return Reason(why % (what, user, tasks[user], wanted), True, figures)


_OF_A_CGROUP = {
    "MemoryMax": (("current_bytes", "hold"), ("peak_bytes", "have held")),
    "MemoryHigh": (("current_bytes", "hold"),),
    "MemorySwapMax": (("swap_current_bytes", "have swapped out"),),
}


def guard_cgroup(unit: str, item: str, wanted: int, cgroup: Mapping[str, Any]) -> Optional[Reason]:
    """``cgroup``: the scan's entry for the unit's."""
    for figure, does in _OF_A_CGROUP.get(item, ()):
        used = cgroup.get(figure)
        if isinstance(used, int) and above(used, wanted):
            why = "%s of %s: its processes %s %d bytes (%.1f MiB), more than the %s wanted"
            text = why % (item, unit, does, used, used / 1048576, render(wanted))
            return Reason(text, True, {"wanted": wanted, figure: used})
    return None
