# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module ``vm_settings``: plan, change, and prove that it holds now and after the next boot."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

from .._change import live
from .._change.transaction import Transaction, Unproven
from .._derive.guard_vm import MIN_FREE, guard_vm, number, out_of_range
from .._derive.refusal import refusal
from .._records.unread import Unread
from .cgroup_swappiness import plan_cgroups
from .hugepage_plan import PATH as HUGE_PAGES
from .hugepage_plan import SETTING as HUGE_PAGES_NAME
from .hugepage_plan import check_reserve, plan_hugepage, unproven
from .plan import Host, LiveValue, Plan, prove_live, read_host
from .sysctl_plan import by_other_half, is_ours, live_after, path_of, plan_lines, plan_live, simulated

ABSENT = "absent"


def not_applicable(memory: Dict[str, Any], options: Dict[str, Any]) -> Optional[str]:
    """Why nothing of this can be set here; None where it can."""
    if memory["container"]:
        return "this is a container (%s): these settings are those of the machine that it runs on" % memory["container"]
    if memory["sysctl_writable"] is False:
        return "/proc/sys is mounted read-only here"
    if memory["transparent_hugepage"] is None and options["transparent_hugepage"] and not options["settings"]:
        return "the kernel has no transparent huge pages"
    return None


def plan_all(host: Host, options: Dict[str, Any]) -> Tuple[Plan, Dict[str, int]]:
    """The plan, and the values that are to be proven. ``options``: those of the module. Raises RecordError."""
    plan = Plan(host.files)
    settings = options["settings"]
    gone = sorted(name for name, value in settings.items() if value == ABSENT)
    asked = {name: value for name, value in sorted(settings.items()) if value != ABSENT}
    plan.refused += _impossible(host.memory, asked)
    if plan.refused:
        return plan, {}
    wanted = by_other_half({name: int(number(value) or 0) for name, value in asked.items()}, gone, host)
    lost = plan_lines(host, plan, wanted, gone, options["takeover"])
    after = live_after(host, plan, wanted, lost)
    plan.refused += guard_vm(after, host.memory, _map_counts(host, after))
    if options["transparent_hugepage"]:
        if host.memory["transparent_hugepage"]:
            plan_hugepage(host, plan, options["transparent_hugepage"])
        else:
            plan.warnings.append("transparent_hugepage: the kernel has no transparent huge pages")
    if options["transparent_hugepage"] or MIN_FREE in wanted:
        check_reserve(host, plan)
    plan_live(host, plan, after)
    swappiness = after.get("vm.swappiness", host.memory["sysctl"]["vm.swappiness"])
    if options["cgroup_swappiness"] and swappiness is not None:
        plan_cgroups(host, plan, swappiness)
    return plan, wanted


def _impossible(memory: Dict[str, Any], asked: Dict[str, Any]) -> List[Dict[str, Any]]:
    found = []
    for name, value in asked.items():
        impossible = out_of_range(name, value, memory["kernel"]["release"])
        if impossible:
            found.append(impossible)
        elif memory["sysctl"].get(name) is None:
            reason = memory["unread"].get("/proc/sys/" + name.replace(".", "/"), "unsupported")
            found.append(refusal(name, "%s: the kernel shows no such parameter (%s)" % (name, reason), False))
    return found


def _map_counts(host: Host, after: Dict[str, int]) -> List[Tuple[int, int, str]]:
    """``(mappings, pid, command)`` of each process, only where the ceiling comes down: it costs much to count."""
    name = "vm.max_map_count"
    if name not in after or after[name] >= (host.memory["sysctl"].get(name) or 0):
        return []
    found = []
    for pid in filter(str.isdigit, host.files.names("/proc")):
        try:
            count = host.files.read("/proc/%s/maps" % pid).count(b"\n")
            if count > after[name]:
                command = host.files.read("/proc/%s/comm" % pid).decode("utf-8", "replace").strip()
                found.append((count, int(pid), command))
        except Unread:
            continue
    return found


def carry_out(change: Transaction, plan: Plan, wanted: Dict[str, int]) -> None:
    """Do what is planned. The live values first: what the kernel won't take never gets into a file."""
    for each in plan.live:
        if each.implied_by is None:
            change.value(each.path, each.after, together=_together(change.root, plan, each))
    for name, value in wanted.items():
        # Huge pages may have moved one that was right before.
        change.value(path_of(name), str(value))
    for path, content in sorted(plan.written().items()):
        change.file(path, content)


def _together(root: str, plan: Plan, each: LiveValue) -> Dict[str, str]:
    """What the kernel changes by that write, in the order that undoing it needs: the last is undone first."""
    if each.path == HUGE_PAGES:
        # Undone the other way round, the kernel would have the last word on it.
        return {path_of(MIN_FREE): live.value(root + path_of(MIN_FREE)), each.path: each.after}
    # The implied one takes this one along, so that never both are 0.
    return {each.path: each.after, **{other.path: other.after for other in plan.live if other.implied_by == each.path}}


def prove(root: str, plan: Plan, wanted: Dict[str, int], options: Dict[str, Any]) -> None:
    """Read everything again, and play the boot through on the host's files. Raises Unproven."""
    expected = {each.path: each.after for each in plan.live}
    expected.update({path_of(name): str(value) for name, value in wanted.items()})
    prove_live(root, expected)
    host = read_host(root)
    sources = simulated(host, Plan(host.files))
    for name, value in wanted.items():
        if not is_ours(sources, name, value) and not (sources["loader"] is None and name in options["force"]):
            found = sources["parameters"].get(name) or {}
            raise Unproven("a boot would set %s to %s, by %s" % (name, found.get("next_boot"), found.get("decided_by")))
    huge = options["transparent_hugepage"]
    if huge not in (None, ABSENT) and host.memory["transparent_hugepage"] and HUGE_PAGES_NAME not in options["force"]:
        why = unproven(host.files, huge)
        if why:
            raise Unproven(why)
