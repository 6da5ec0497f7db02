# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a swap file needs to become as it is wanted, and what speaks against that. Nothing is done yet."""

from __future__ import annotations

import os
from typing import Any, Dict, List, NamedTuple, Optional

from .._change import swap_area, swap_calls, whole_file
from .._change.result import LIVE_VALUES, change, texts
from .._config import fstab
from .._derive import guard_swap
from .._derive.mounts import covering
from .._derive.refusal import Refusal, refusal
from .._records.text import text
from .._scan import swap_file
from .plan import Host, Plan

ROOT_ONLY = 0o600


class Wish(NamedTuple):
    """``size_bytes`` None: no swap file. ``priority`` None: what it has, or the kernel's choice for a new one."""

    path: str
    size_bytes: Optional[int]
    priority: Optional[int]
    force: bool


class SwapPlan(NamedTuple):
    """``place`` is the file, with root and without links; ``path`` the same as the host sees it."""

    place: str
    path: str
    before: Optional[swap_area.SwapState]
    after: Optional[swap_area.SwapState]
    leftover: Optional[int]
    """Bytes of a file that a run that was killed left."""
    remade: bool
    files: Plan

    def changes(self) -> List[Dict[str, Any]]:
        """The contract's ``changes``."""
        return [
            change("swap", "swap." + name, self.path, before, after) for name, before, after in self._settings()
        ] + self.files.changes()

    def diff(self) -> List[Dict[str, str]]:
        """The contract's ``diff``."""
        told = [
            "".join("%s %s = %s\n" % (self.path, each[0], each[side]) for each in self._settings() if each[side])
            for side in (1, 2)
        ]
        return self.files.diff() + ([texts(LIVE_VALUES, *told)] if any(told) else [])

    def _settings(self) -> List[tuple]:
        """``(name, before, after)`` of what differs."""
        was, will = _told(self.before), _told(self.after)
        found = [(name, was[name], will[name]) for name in was if was[name] != will[name]]
        if self.remade and self.before and was["size_bytes"] == will["size_bytes"]:
            found.append(("whole", "false", "true"))
        return found + ([] if self.leftover is None else [("leftover", str(self.leftover), None)])


def plan_swap(host: Host, wish: Wish) -> SwapPlan:
    """Raises OSError and Unread."""
    folder, name = os.path.split(wish.path)
    place = os.path.join(os.path.realpath(host.root + folder), name)
    path = place[len(os.path.realpath(host.root)) :] if host.root else place
    before = swap_area.state_of(host.root, place)
    plan = Plan(host.files)
    after = _after(plan, wish, path, before)
    remade = swap_area.to_be_made(host.root, place, after)
    found = SwapPlan(place, path, before, after, swap_file.size_of(whole_file.temporary(place)), remade, plan)
    _fstab(plan, wish, path, after, before)
    plan.refused += [each for each in _guards(host, wish, found) if each]
    return found


def names_of(wish: Wish, path: str) -> List[str]:
    """By which fstab may call the file."""
    return [text(os.fsencode(each)) for each in (wish.path, path)]


def _after(plan: Plan, wish: Wish, path: str, before: Optional[swap_area.SwapState]) -> Optional[swap_area.SwapState]:
    if wish.size_bytes is None:
        return None
    priority = wish.priority
    if priority is None:
        active = before is not None and before["active"]
        priority = before["priority"] if before and active else _declared(plan, wish, path)
    return {
        "size_bytes": wish.size_bytes,
        "mode": ROOT_ONLY,
        "uid": os.geteuid(),
        "gid": os.getegid(),
        "active": True,
        "priority": priority,
    }


def _declared(plan: Plan, wish: Wish, path: str) -> Optional[int]:
    """The priority that fstab has for the file; None where it has none that the kernel would take."""
    for entry in fstab.swap_entries(plan.files.content(fstab.FILE) or b"", names_of(wish, path)):
        if entry.priorities and entry.priorities[-1].isdigit() and len(entry.priorities[-1]) <= 5:
            return int(entry.priorities[-1])
    return None


def _fstab(
    plan: Plan,
    wish: Wish,
    path: str,
    after: Optional[swap_area.SwapState],
    before: Optional[swap_area.SwapState],
) -> None:
    names = names_of(wish, path)
    old = plan.files.content(fstab.FILE) or b""
    if after is None:
        new = fstab.without_swap(old, names)
    else:
        keeps = wish.priority is None and fstab.swap_entries(old, names)
        new = fstab.with_swap(old, names, os.fsencode(path), fstab.KEEP if keeps else after["priority"])
    if new == old:
        return
    plan.files.put(fstab.FILE, new)
    was, will = (
        "\n".join(text(entry.raw.strip()) for entry in fstab.swap_entries(data, names)) or None for data in (old, new)
    )
    plan.declare("swap.fstab", fstab.FILE, was, will)


def _told(state: Optional[swap_area.SwapState]) -> Dict[str, Optional[str]]:
    if state is None:
        return dict.fromkeys(("size_bytes", "mode", "owner", "active", "priority"))
    priority = "auto" if state["priority"] is None else str(state["priority"])
    return {
        "size_bytes": str(state["size_bytes"]),
        "mode": "%04o" % (state["mode"] or 0),
        "owner": "%s:%s" % (state["uid"], state["gid"]),
        "active": "true" if state["active"] else "false",
        "priority": priority if state["active"] else None,
    }


def _guards(host: Host, wish: Wish, plan: SwapPlan) -> List[Optional[Refusal]]:
    found: List[Optional[Refusal]] = []
    there = swap_file.look(plan.place)
    if there.what != swap_file.NOTHING:
        found.append(guard_swap.guard_file(plan.path, there.what, there.what == swap_file.SWAP_FILE, there.links))
    if plan.after is not None:
        found += _guards_of_making(host, plan)
        if plan.remade and swap_area.mkswap(host.root) is None:
            found.append(refusal("swap.path", "mkswap is not installed on the host (package util-linux)", False))
    if plan.before != plan.after and not swap_calls.possible():
        found.append(
            refusal("swap.active", "the host's Python has no ctypes, by which swap is turned on and off", False)
        )
    area = swap_area.area_of(host.root, plan.place)
    if area is not None and swap_area.goes_off(host.root, plan.place, plan.after):
        free = swap_area.others_free(host.root, plan.place)
        found.append(guard_swap.guard_off(plan.path, area.used_bytes, free, host.memory["meminfo"]))
        found.append(guard_swap.guard_commit(plan.path, area.size_bytes, host.memory))
    return found


def _guards_of_making(host: Host, plan: SwapPlan) -> List[Optional[Refusal]]:
    size = int((plan.after or {})["size_bytes"])
    folder = swap_file.folder(os.path.dirname(plan.place))
    around = guard_swap.guard_folder(os.path.dirname(plan.path), folder.mode if folder else None)
    limits = guard_swap.guard_size(size, host.memory["page_size_bytes"])
    if not plan.remade or folder is None:
        return [around, limits]
    mount = covering(host.mounts, os.path.dirname(plan.place))
    free = folder.free_bytes + (plan.leftover or 0)
    replaces = plan.before["size_bytes"] if plan.before else None
    disk = guard_swap.guard_disk(size, folder.size_bytes, free, replaces)
    return [around, limits, guard_swap.guard_file_system(mount, host.memory["kernel"]["release"]), disk]
