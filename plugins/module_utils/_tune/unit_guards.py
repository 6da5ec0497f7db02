# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What speaks against a limit of a unit or of a manager: looks at the host for the guards, which are in _derive."""

from __future__ import annotations

from typing import Any, Dict

from .._config.limit_value import UNLIMITED
from .._derive.guard_limits import guard_cgroup, guard_files, guard_giver
from .._derive.guard_running import guard_running
from .._scan.limit_use import Pair, limit_of, may_raise, nr_open, tasks_of_users, use_of
from .limits_plan import LimitsPlan
from .limits_wish import MEMORY, Wish
from .lock_out import guard_shells
from .systemd_view import Systemd, pair_of
from .unit_cgroups import bytes_of


def guard_unit(plan: LimitsPlan, wish: Wish, after: Systemd) -> None:
    """``after``: as the files would be."""
    found = after.declared(wish)
    if not found:
        return
    if wish.item in MEMORY:
        size = bytes_of(found["value"], plan.files)
        if size is not None:
            for cgroup in after.cgroups(wish):
                plan.refuse(wish, guard_cgroup(wish.target, wish.item, size, cgroup))
    if not wish.is_limit:
        return
    soft, hard = pair_of(found)
    files = plan.files
    if wish.item == "NOFILE" and UNLIMITED not in (soft, hard):
        plan.refuse(wish, guard_files(wish.what, max(soft, hard), nr_open(files)))
    giver = limit_of(files, 1, wish.item)
    if giver and may_raise(files) is False:
        plan.refuse(wish, guard_giver(wish.what, hard, giver[1]))
    if wish.kind == "manager":
        if soft != UNLIMITED:
            plan.refuse(wish, guard_shells(files, "root", wish.item, soft, wish.what))
        return
    _guard_processes(plan, wish, after, (soft, hard))


def _guard_processes(plan: LimitsPlan, wish: Wish, after: Systemd, wanted: Pair) -> None:
    files = plan.files
    # Of what is started anew: raising needs no right of this program, and so no look at it.
    host: Dict[str, Any] = {"nr_open": None, "may_raise": None}
    tasks = tasks_of_users(files) if wish.item == "NPROC" else {}
    for process in after.processes(wish):
        use = use_of(files, process.pid, tasks)
        has = limit_of(files, process.pid, wish.item)
        for each in guard_running(wish.item, process.who, has or (UNLIMITED, UNLIMITED), wanted, use, host):
            plan.note(dict(each, setting=wish.what), wish.force)
