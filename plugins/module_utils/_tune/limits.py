# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans limits in all their scopes, sets them, and proves that they are in force."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

from .._change import live
from .._change.transaction import Transaction, Unproven
from .._config.limit_value import UNLIMITED
from .._scan.files import Files, Readings
from .._scan.limit_use import Process, find_processes
from .._scan.pam import scan_pam
from .limits_pam import plan_pam
from .limits_plan import LimitsPlan
from .limits_units import plan_units
from .limits_wish import OOM, Wish
from .plan import LiveValue
from .planned_files import PlannedFiles
from .restarts import prove_restarted
from .running_limits import plan_running, prove_running, set_running
from .systemd_view import Systemd, file_of, key_of, read_systemd
from .unit_cgroups import near


def plan_all(root: str, wishes: List[Wish]) -> LimitsPlan:
    """Nothing is written."""
    plan = LimitsPlan(Files(root))
    plan_pam(plan, [wish for wish in wishes if wish.kind == "domain"])
    of_systemd = [wish for wish in wishes if wish.kind in ("unit", "manager")]
    systemd = read_systemd(plan.files) if of_systemd else None
    if systemd:
        plan_units(plan, of_systemd, systemd)
    for wish in wishes:
        if wish.running and not wish.absent:
            _plan_running(plan, wish, systemd)
    return plan


def _plan_running(plan: LimitsPlan, wish: Wish, systemd: Optional[Systemd]) -> None:
    files = Files(plan.files.root)
    if wish.kind == "unit" and systemd:
        processes = systemd.processes(wish)
    elif wish.kind == "pid":
        processes = find_processes(files, pid=int(wish.target))
    else:
        processes = find_processes(files, command=wish.target)
    if not processes and wish.kind != "unit":
        plan.not_applicable.append("no process of %s %s runs" % (wish.kind, wish.target))
    if wish.item == OOM:
        _plan_scores(plan, wish, processes)
    elif wish.is_limit:
        steps, refused = plan_running(files, processes, {wish.item: (wish.soft, wish.hard)})
        plan.steps.extend(steps)
        for each in refused:
            plan.note(each, wish.force)


def _plan_scores(plan: LimitsPlan, wish: Wish, processes: List[Process]) -> None:
    for process in processes:
        path = "/proc/%d/oom_score_adj" % process.pid
        try:
            before = live.value(plan.files.root + path)
        except OSError:
            continue
        if before != str(wish.soft):
            plan.live.append(LiveValue("%s of %s" % (OOM, process.who), path, before, str(wish.soft)))


def carry_out(change: Transaction, plan: LimitsPlan, restart: bool) -> None:
    """Do what is planned: files, then what is made of them."""
    written = plan.written()
    for path, content in sorted(written.items()):
        change.file(path, content)
    # A run that was killed may have written the files that a unit waits for, and not have told systemd.
    if live.systemd_runs(change.root) and (plan.waiting or any(path.startswith("/etc/systemd/") for path in written)):
        change.reload_units()
    set_running(change, plan.steps)
    for each in plan.live:
        owner = each.path.split("/")[2]
        change.value(each.path, each.after, int(owner) if owner.isdigit() else None)
    for unit in plan.restarts() if restart and live.systemd_runs(change.root) else []:
        change.restart(unit)
        live.systemctl(change.command, ["is-active", unit])


def prove(change: Transaction, plan: LimitsPlan, wishes: List[Wish], restart: bool) -> None:
    """Read everything again. Raises Unproven."""
    files = Files(change.root)
    for path, content in plan.written().items():
        if PlannedFiles(files).content(path) != content:
            raise Unproven("%s is not what was written" % path)
    _prove_pam(files, [wish for wish in wishes if wish.kind == "domain" and not wish.absent and not wish.force])
    of_systemd = [wish for wish in wishes if wish.kind in ("unit", "manager") and not wish.absent]
    _prove_units(change, files, of_systemd, plan.restarts() if restart else [])
    prove_running(files, plan.steps)
    for each in plan.live:
        try:
            now = live.value(change.root + each.path)
        except OSError:
            continue
        if not near(now, each.after):
            raise Unproven("%s is %s and not %s" % (each.path, now, each.after))


def _prove_pam(files: Files, wishes: List[Wish]) -> None:
    if not wishes:
        return
    pam = scan_pam(Readings(files))[0]
    decided = {(each["domain"], each["item"], each["type"]): each["value"] for each in pam["winners"]}
    for wish in wishes:
        for half in ("soft", "hard"):
            wanted, key = getattr(wish, half), (wish.target, wish.item, half)
            if wanted is not None and key in decided and decided[key] not in (wanted, _word(wanted)):
                raise Unproven("%s: a login would get %s and not %s" % (wish.what, decided[key], wanted))


def _word(value: int) -> Any:
    return "unlimited" if value == UNLIMITED else value


def _prove_units(change: Transaction, files: Files, wishes: List[Wish], restarted: List[str]) -> None:
    if not wishes:
        return
    systemd = read_systemd(files)
    for wish in wishes:
        found = systemd.declared(wish)
        if not found or (found["file"] != file_of(wish, systemd.units)[0] and not wish.force):
            raise Unproven("%s: %s is not decided by what was written" % (wish.what, key_of(wish)))
        if wish.kind == "unit" and live.systemd_runs(change.root) and not wish.force:
            _prove_shown(change, wish, found)
            if systemd.name(wish) in restarted and (wish.is_limit or wish.item == OOM):
                prove_restarted(change, files, wish, found)


def _prove_shown(change: Transaction, wish: Wish, found: Dict[str, Any]) -> None:
    """What systemd itself says of the unit."""
    key = key_of(wish)
    names = [key, key + "Soft"] if wish.is_limit else [key]
    _code, said, _complained = change.command(["systemctl", "show", wish.target, "--property", ",".join(names)])
    shown = dict(line.split("=", 1) for line in said.splitlines() if "=" in line)
    wanted: List[Tuple[str, Any]] = [(key, found.get("hard", found["value"])), (key + "Soft", found["value"])]
    for name, value in wanted[: len(names)]:
        now = shown.get(name)
        if wish.text is None and now not in (None, "", "[not set]") and not _equal(str(now), value):
            raise Unproven("%s: systemd says %s=%s and not %s" % (wish.what, name, now, value))


def _equal(shown: str, value: Any) -> bool:
    """systemd rounds sizes down to whole pages."""
    if not shown.lstrip("-").isdigit() or not isinstance(value, int):
        return shown == str(value)
    return abs(int(shown) - value) < 65536 if abs(value) > 65536 else int(shown) == value
