# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""MemoryMax= and its like in the cgroups of units that run.

When systemd has read its files again, it gives the cgroups of units that run what the files say: at once in Debian 11
and 12 (247 and 252), in Debian 13 (257) only when it next starts some unit. So they are written here as well, with the
value that systemd is going to write.
"""

from __future__ import annotations

import os
from typing import Any, Dict, Iterator, Optional, Tuple

from .._cgroupfs import interface
from .._change import live
from .._config import systemd_values
from .._config.limit_value import UNLIMITED
from .._procfs import meminfo, mountinfo
from .._scan.cgroups import hierarchies
from .._scan.files import Files, Readings
from .limits_plan import LimitsPlan
from .limits_wish import MEMORY, Wish
from .plan import LiveValue
from .systemd_view import Systemd

_KEYS = {
    "MemoryMax": "max_bytes",
    "MemoryHigh": "high_bytes",
    "MemoryMin": "min_bytes",
    "MemoryLow": "low_bytes",
    "MemorySwapMax": "swap_max_bytes",
}

_WITHOUT = {"MemoryMin": 0, "MemoryLow": 0}
"""What there is without the setting; otherwise no limit."""

_NEAR = 65536
"""systemd and the kernel round to whole pages, systemd percentages once more."""


def plan_cgroup(plan: LimitsPlan, wish: Wish, after: Systemd) -> None:
    """The value of the unit's cgroup, if the unit runs and the files as planned say another one."""
    declared = after.declared(wish)
    if wish.item not in MEMORY or not after.runs(wish):
        return
    if not wish.absent and not after.has_cgroups:
        why = "%s: systemd has no memory cgroups here, as in many a container, so it bounds nothing"
        plan.warnings.append(why % wish.what)
        return
    value = _WITHOUT.get(wish.item, UNLIMITED) if declared is None else bytes_of(declared["value"], plan.files)
    if value is None:
        return
    for version, place in _files_of(plan.files, wish, after):
        if place is None:
            if not wish.absent:
                plan.warnings.append("%s: cgroup %s has no such limit, so it bounds nothing" % (wish.what, version))
            continue
        try:
            now = live.value(plan.files.root + place)
        except OSError:
            continue
        wanted = _word(value, version)
        planned = LiveValue(wish.what, place, now, wanted)
        if not near(now, wanted) and planned not in plan.live:
            plan.live.append(planned)


def bytes_of(value: Any, files: Files) -> Optional[int]:
    """A size as systemd's files have it: a number, ``infinity``, or a percentage of the memory. None if unknown."""
    if value == systemd_values.INFINITY:
        return UNLIMITED
    if isinstance(value, int):
        return value
    memory = Readings(files).parsed("/proc/meminfo", meminfo.parse)
    return int(memory["MemTotal"] * float(str(value).rstrip("%")) / 100) if memory else None


def near(one: str, other: str) -> bool:
    """Whether two values of a kernel's file mean the same."""
    if one.isdigit() and other.isdigit() and min(int(one), int(other)) > 16 * _NEAR:
        return abs(int(one) - int(other)) < _NEAR
    return one == other


def _word(value: int, version: str) -> str:
    """As the kernel gives it back."""
    page = os.sysconf("SC_PAGE_SIZE")
    if value == UNLIMITED:
        return "max" if version == "v2" else str((2**63 - 1) // page * page)
    return str(value // page * page)


def _files_of(files: Files, wish: Wish, after: Systemd) -> Iterator[Tuple[str, Optional[str]]]:
    """Of each cgroup of the unit the version and the file of the limit; None where that version hasn't got it."""
    mounted = hierarchies(Readings(files).parsed("/proc/self/mountinfo", mountinfo.parse) or [])
    for cgroup in after.cgroups(wish):
        version: str = cgroup["version"]
        names: Dict[str, str] = (interface.V2 if version == "v2" else interface.V1).limits
        folder = mounted[version].folder(cgroup["path"])
        name = names.get(_KEYS[wish.item])
        yield version, "%s/%s" % (folder, name) if folder is not None and name else None
