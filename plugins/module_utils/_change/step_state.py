# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How it stands on the host with what a step changed."""

from __future__ import annotations

import errno
import os
from typing import Any, Dict, List, Optional

from . import live, record, swap_area, whole_file

UNDOABLE = ("file", "swap", "value", "limit")
"""The kinds of steps that know what was before."""

NO_FILE = {"content": None, "mode": None, "uid": None, "gid": None}
"""Stands for a folder, a link or a device where the file was; it equals no file's state."""


def what(step: record.Step) -> str:
    """The thing that a step changes, in words."""
    if step["kind"] == "limit":
        return "RLIMIT_%s of process %d" % (step["name"], step["pid"])
    if step["kind"] == "restart":
        return str(step["unit"])
    return str(step.get("path", step["kind"]))


def by_what(steps: List[record.Step]) -> Dict[str, List[record.Step]]:
    """The steps that know what was before, by the thing that they change, in their order."""
    found: Dict[str, List[record.Step]] = {}
    for step in steps:
        if step["kind"] in UNDOABLE:
            found.setdefault(what(step), []).append(step)
    return found


def ended(step: record.Step, root: str, this_boot: Optional[str]) -> bool:
    """Whether the process or the kernel file that the step changed is no more."""
    if step.get("pid") is not None:
        rebooted = this_boot is not None and step.get("boot_id") != this_boot
        return rebooted or live.starttime(root, step["pid"]) != step["starttime"]
    if step["kind"] != "value":
        return False
    place = root + step["path"]
    if not os.path.exists(place):
        return True
    # What the kernel made of another value nobody asked for, so that it may have become something else.
    return bool(step.get("implied")) and live.value(place) not in (step["before"], step["after"])


def now(step: record.Step, root: str) -> Any:
    """What is there now, in the shape of ``before`` and ``after``. Raises OSError."""
    if step["kind"] == "file":
        try:
            return whole_file.state_of(root + step["path"])
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            return NO_FILE
    if step["kind"] == "swap":
        return swap_area.state_of(root, root + step["path"])
    if step["kind"] == "value":
        return live.value(root + step["path"])
    return list(live.limit(step["pid"], step["name"]))


def states(step: record.Step) -> List[Any]:
    """What a run that was cut short, or is done, can have left."""
    known = [step["before"], step["after"]]
    return known + [swap_area.idle(each) for each in known] if step["kind"] == "swap" else known


def same(one: Any, other: Any) -> bool:
    """Attributes may come and go with the label of a relabelled file system: they make no difference."""
    if isinstance(one, dict) and isinstance(other, dict):
        return all(one.get(key) == other.get(key) for key in set(one).union(other) - {"attributes"})
    return bool(one == other)
