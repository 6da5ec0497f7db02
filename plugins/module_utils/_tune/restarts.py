# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which units run with other limits than their files say, and whether a restart has given them what was wished."""

from __future__ import annotations

import contextlib
import os
from typing import Any, Dict, List, Optional

from .._change import live
from .._change.transaction import Transaction, Unproven
from .._config.limit_value import above
from .._procfs import stat
from .._scan.files import Files, Readings
from .._scan.limit_use import Process, limit_of
from .limits_wish import MEMORY, OOM, Wish
from .running_limits import pair
from .systemd_view import Systemd, file_of, pair_of


def declared(wish: Wish, after: Systemd) -> Any:
    """What the unit's next start gives it: a pair, an OOM score; None where the files leave it to systemd's default."""
    found = after.declared(wish)
    if found is None and wish.is_limit:
        found = after.manager("system").get("DefaultLimit" + wish.item)
    if found is None:
        return None
    return pair_of(found) if wish.is_limit else found["value"]


def differs(wish: Wish, after: Systemd) -> bool:
    """Whether the main process of the unit has something else than its files say, or may have."""
    wanted = declared(wish, after)
    for process in after.processes(wish)[:1]:
        has = _has(after.grouped.readings.files, process.pid, wish)
        return None in (wanted, has) or has != wanted
    return False


def waits(wish: Wish, after: Systemd) -> bool:
    """Whether the unit still runs as it did before our file was written.

    The main process must be older than the file: one that sets its own limits differs from it for ever.
    """
    if wish.kind != "unit" or wish.item in MEMORY or declared(wish, after) is None or not differs(wish, after):
        return False
    files = after.grouped.readings.files
    written = _written(files.root, file_of(wish, after.units)[0])
    started = _started(files, after.processes(wish)[0])
    return written is not None and started is not None and started < written


def old_user_managers(wishes: List[Wish], after: Systemd) -> Optional[str]:
    """A warning that names the managers of users that still have other defaults: they are older than our file."""
    files = after.grouped.readings.files
    asked = [wish for wish in wishes if wish.kind == "manager" and wish.target == "user"]
    if not asked:
        return None
    written = _written(files.root, file_of(asked[0], after.units)[0])
    old = []
    for unit in sorted(after.pids):
        if unit.startswith("user@") and unit.endswith(".service"):
            manager = after.processes(asked[0]._replace(kind="unit", target=unit))[:1]
            started = _started(files, manager[0]) if manager else None
            if manager and (written is None or started is None or started < written):
                old.append(unit)
    why = "the managers of users that run already keep their defaults until they are started anew: %s"
    return why % ", ".join(old) if old else None


def prove_restarted(change: Transaction, files: Files, wish: Wish, found: Dict[str, Any]) -> None:
    """Look at the main process of a unit that was just restarted. Raises Unproven."""
    _code, said, _complained = change.command(["systemctl", "show", wish.target, "--property", "MainPID"])
    pid = said.strip().rpartition("=")[2]
    # A oneshot unit has no process left.
    if not pid.isdigit() or pid == "0":
        return
    has = _has(files, int(pid), wish)
    if wish.item == OOM:
        if has not in (None, found["value"]):
            raise Unproven("%s: after the restart process %s has %s and not %s" % (wish.what, pid, has, found["value"]))
    elif has is not None:
        wanted = pair_of(found)
        # Many a server raises its own soft limit as far as it may.
        if has[1] != wanted[1] or above(wanted[0], has[0]):
            why = "%s: after the restart process %s has %s and not %s"
            raise Unproven(why % (wish.what, pid, pair(has), pair(wanted)))


def _has(files: Files, pid: int, wish: Wish) -> Any:
    if wish.is_limit:
        return limit_of(files, pid, wish.item)
    with contextlib.suppress(OSError, ValueError):
        return int(live.value("%s/proc/%d/oom_score_adj" % (files.root, pid)))
    return None


def _written(root: str, path: str) -> Optional[float]:
    """When the file was last changed; of one that is gone its folder was, when it went."""
    for place in (root + path, os.path.dirname(root + path)):
        with contextlib.suppress(OSError):
            return os.stat(place).st_mtime
    return None


def _started(files: Files, process: Process) -> Optional[float]:
    """The latest moment at which the process can have started: the kernel tells when it booted in whole seconds."""
    boot = Readings(files).parsed("/proc/stat", stat.boot_time)
    return None if boot is None else boot + 1 + process.start_ticks / os.sysconf("SC_CLK_TCK")
