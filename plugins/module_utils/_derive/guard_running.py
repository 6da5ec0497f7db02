# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a running process must not get the limits that are wanted. Figures in, refusals out."""

from __future__ import annotations

from typing import Any, List, Mapping, Optional, Tuple

from .._config.limit_value import SIZES, above, render
from .refusal import Refusal, refusal

Limit = Tuple[int, int]
"""Soft and hard; -1 is unlimited."""

_USES = {
    "AS": (("vsz_bytes", "has an address space of"), ("peak_vsz_bytes", "had an address space of")),
    "DATA": (("data_bytes", "holds data of"),),
    "STACK": (("stack_bytes", "has a stack of"),),
    "MEMLOCK": (("locked_bytes", "has locked"),),
    "NOFILE": (("files", "uses file descriptors up to"),),
    "NPROC": (("tasks", "belongs to a user who runs tasks:"),),
}
"""The figure of a process that a limit must not be below."""


def after(before: Limit, soft: Optional[int], hard: Optional[int]) -> Limit:
    """The pair that comes of ``before`` when one half or both are given; a soft limit never stays above the hard."""
    new_hard = before[1] if hard is None else hard
    new_soft = before[0] if soft is None else soft
    if soft is None and above(new_soft, new_hard):
        new_soft = new_hard
    return new_soft, new_hard


def guard_running(
    name: str, who: str, before: Limit, wanted: Limit, use: Mapping[str, Optional[int]], host: Mapping[str, Any]
) -> List[Refusal]:
    """``who``: ``process 7 (java)``; ``use``: its figures; ``host``: ``{nr_open, may_raise}``."""
    found = _impossible(name, who, before, wanted, host)
    if not found and above(before[1], wanted[1]) and host["may_raise"] is False:
        why = "%s of %s: without CAP_SYS_RESOURCE a hard limit that was lowered from %s to %s can't be raised again, "
        text = why % (name, who, render(before[1]), render(wanted[1])) + "by no rollback either"
        found.append(refusal(name, text, True, wanted=wanted[1], hard=before[1]))
    return found or _below_use(name, who, before, wanted, use)


def _impossible(name: str, who: str, before: Limit, wanted: Limit, host: Mapping[str, Any]) -> List[Refusal]:
    soft, hard = wanted
    if above(soft, hard):
        why = "%s of %s: a soft limit of %s would be above the hard limit of %s; give hard, too"
        return [refusal(name, why % (name, who, render(soft), render(hard)), False, soft=soft, hard=hard)]
    nr_open = host["nr_open"]
    if name == "NOFILE" and nr_open is not None and above(hard, nr_open):
        why = "NOFILE of %s: %s is above fs.nr_open, %d, and the kernel takes no more"
        return [refusal(name, why % (who, render(hard), nr_open), False, wanted=hard, nr_open=nr_open)]
    if above(hard, before[1]) and host["may_raise"] is False:
        why = "%s of %s: raising the hard limit from %s to %s needs CAP_SYS_RESOURCE, which Ansible's user lacks here"
        text = why % (name, who, render(before[1]), render(hard))
        return [refusal(name, text, False, wanted=hard, hard=before[1])]
    return []


def _below_use(name: str, who: str, before: Limit, wanted: Limit, use: Mapping[str, Optional[int]]) -> List[Refusal]:
    if not above(before[0], wanted[0]):
        return []
    for figure, does in _USES.get(name, ()):
        used = use.get(figure)
        if used is not None and above(used, wanted[0]):
            why = "%s: %s %s %s, more than the %s wanted"
            text = why % (name, who, does, amount(name, used), amount(name, wanted[0]))
            return [refusal(name, text, True, wanted=wanted[0], **{figure: used})]
    if name == "NPROC" and wanted[0] == 0:
        return [refusal(name, "NPROC of %s: with 0 it can start no process or thread at all" % who, True, wanted=0)]
    return []


def amount(name: str, value: int) -> str:
    """A figure for a reader."""
    return "%d bytes (%.1f MiB)" % (value, value / 1048576) if name in SIZES and value >= 0 else render(value)
