# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module ``swap_file``: whether it can be done here, doing it, and proving that it holds."""

from __future__ import annotations

import os
import posixpath
from typing import Any, Dict, Optional

from .._change import live, swap_area, whole_file
from .._change.transaction import Transaction, Unproven
from .._config import fstab, limit_value
from .._procfs import pid_status
from .._scan.files import Files, Readings
from .plan import Host
from .planned_files import PlannedFiles
from .swap_plan import SwapPlan, Wish, names_of

_HIGHEST_PRIORITY = 32767
_LONGEST_NAME = 255
_CAP_SYS_ADMIN = 1 << 21  # mount, swapon, swapoff and much more


def wish(options: Dict[str, Any], page: int) -> Wish:
    """What the module's options ask for; the size in whole pages. Raises ValueError, whose text is for the user."""
    path = options["path"]
    if not path.startswith("/") or posixpath.normpath("/" + path.lstrip("/")) != path or path == "/":
        raise ValueError("path %r: an absolute path is needed, without '.', '..', '//' and a '/' at its end" % path)
    if any(ord(character) < 32 or ord(character) == 127 for character in path):
        raise ValueError("path %r: it has control characters" % path)
    if len(os.fsencode(posixpath.basename(whole_file.temporary(path)))) > _LONGEST_NAME:
        raise ValueError("path %r: the name is too long" % path)
    priority = options["priority"]
    if priority is not None and not 0 <= priority <= _HIGHEST_PRIORITY:
        raise ValueError("priority %d: from 0 to %d" % (priority, _HIGHEST_PRIORITY))
    if options["state"] == "absent":
        return Wish(path, None, None, options["force"])
    size = limit_value.parse(options["size"])
    if size == limit_value.UNLIMITED:
        raise ValueError("size %r: bytes, with K, M, G or T behind if need be" % options["size"])
    return Wish(path, size - size % page, priority, options["force"])


def not_root(host: Host) -> bool:
    """Whether the module runs as an ordinary user."""
    status = Readings(host.files).parsed("/proc/self/status", pid_status.parse)
    return status is not None and status.uid != 0


def not_applicable(host: Host) -> Optional[str]:
    """Why no swap can be set up here; None where it can."""
    container = host.memory["container"]
    if container:
        return "this is a container (%s): swap is that of the machine that it runs on" % container
    readings = Readings(host.files)
    allowed = readings.parsed("/proc/self/status", pid_status.effective_capabilities)
    if allowed is None or not allowed & _CAP_SYS_ADMIN:
        return "root lacks the capability CAP_SYS_ADMIN here, without which the kernel turns no swap on or off"
    if readings.parsed("/proc/swaps", bytes) is None:
        return "the kernel was built without swap: it has no /proc/swaps"
    return None


def carry_out(change: Transaction, plan: SwapPlan, force: bool) -> None:
    """Do what is planned. No boot may find a line of fstab without its file: the line comes last, and goes first."""
    if plan.after is None:
        _declare(change, plan)
    change.swap(plan.path, plan.after, force)
    if plan.after is not None:
        _declare(change, plan)


def _declare(change: Transaction, plan: SwapPlan) -> None:
    written = plan.files.written()
    for path, content in written.items():
        change.file(path, content)
    if written and live.systemd_runs(change.root):
        change.reload_units()


def prove(root: str, plan: SwapPlan, wish: Wish) -> None:
    """Look at everything again. Raises Unproven."""
    found = swap_area.state_of(root, plan.place)
    if found != plan.after:
        raise Unproven("%s is %s and not %s" % (plan.path, _words(found), _words(plan.after)))
    if swap_area.to_be_made(root, plan.place, plan.after):
        raise Unproven("%s has holes, or a header for another size" % plan.path)
    data = PlannedFiles(Files(root)).content(fstab.FILE) or b""
    declared = len(fstab.swap_entries(data, names_of(wish, plan.path)))
    if declared != (plan.after is not None):
        raise Unproven("%s has %d lines for %s" % (fstab.FILE, declared, plan.path))


def _words(state: Optional[swap_area.SwapState]) -> str:
    return swap_area.words(state) if state else "not there"
