# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans the limits of systemd's units and managers: drop-ins called 90-fleet-memory.conf, and what wins over them."""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from .._config import systemd_drop_in, systemd_values
from .._config.limit_value import UNLIMITED, above
from .._config.unit_name import SECTIONS, split
from .._derive.guard_limits import Reason, guard_cgroup, guard_files
from .._derive.guard_running import guard_running
from .._procfs import limits
from .._records.unread import Malformed, Unread
from .._scan.cgroups import Grouped, group_processes
from .._scan.files import Files, Readings
from .._scan.limit_use import find_processes, nr_open, use_of
from .._scan.systemd import scan_systemd
from .._scan.unit_files import UnitFiles
from .limits_plan import LimitsPlan
from .limits_wish import MEMORY, Wish
from .lock_out import guard_shells

Pair = Tuple[int, int]


class Systemd(NamedTuple):
    """What systemd's files say (scan_systemd's ``scanned``), and the processes that were read for it."""

    grouped: Grouped
    units: UnitFiles
    scanned: Dict[str, Any]

    def unit(self, name: str) -> Dict[str, Any]:
        found = (unit for unit in self.scanned["units"] if unit["unit"] == name)
        return next(found, {"unit": name, "masked": False, "processes": 0, "properties": {}})

    def manager(self, name: str) -> Dict[str, Any]:
        found: Dict[str, Any] = self.scanned["manager" if name == "system" else "user_manager"]
        return found

    def properties(self, wish: Wish) -> Dict[str, Any]:
        if wish.kind == "manager":
            return self.manager(wish.target)
        found: Dict[str, Any] = self.unit(self.units.real_name(wish.target))["properties"]
        return found


def read_systemd(files: Files, grouped: Optional[Grouped] = None) -> Systemd:
    """``grouped`` spares reading the processes again: they don't change with what is planned."""
    grouped = grouped or group_processes(files)
    units = UnitFiles(Readings(files))
    return Systemd(grouped, units, scan_systemd(Readings(files), grouped.table, units))


def plan_units(plan: LimitsPlan, wishes: List[Wish]) -> None:
    """All wishes for units and managers."""
    if not wishes:
        return
    before = read_systemd(plan.files)
    if not before.scanned["present"] and not before.units.names():
        plan.not_applicable.append("limits of units: the host has no systemd")
        return
    changed = [wish for wish in wishes if _plan_one(plan, wish, before)]
    after = read_systemd(plan.files, before.grouped)
    for wish in wishes:
        if not wish.absent:
            _overridden(plan, wish, after)
    for wish in changed:
        if not wish.absent:
            _guard(plan, wish, after)


def key_of(wish: Wish) -> str:
    """The name of the setting in the file."""
    return {"manager": "Default"}.get(wish.kind, "") + ("Limit" if wish.is_limit else "") + wish.item


def file_of(wish: Wish, units: UnitFiles) -> Tuple[str, str]:
    """The drop-in and the section in it."""
    if wish.kind == "manager":
        return systemd_drop_in.manager_file(wish.target), "Manager"
    name = units.real_name(wish.target)
    return systemd_drop_in.unit_file(name), SECTIONS[split(name)[2]]


def _plan_one(plan: LimitsPlan, wish: Wish, before: Systemd) -> bool:
    """Whether the wish changes its file."""
    path, section = file_of(wish, before.units)
    settings = systemd_drop_in.declared(plan.files.content(path) or b"", section)
    key = key_of(wish)
    old = settings.get(key)
    if wish.absent:
        settings.pop(key, None)
    else:
        new = written(wish, _in_force(wish, before, old))
        if old is None or not _means(key, old, new):
            settings[key] = new
    if settings.get(key) == old:
        return False
    if wish.kind == "unit":
        _exists(plan, wish, before)
    plan.files.put(path, systemd_drop_in.render(section, settings) or None)
    plan.line(
        "manager" if wish.kind == "manager" else "service",
        "%s of %s" % (key, wish.target) if wish.kind == "unit" else key,
        path,
        old,
        settings.get(key),
        _restart(wish, before),
    )
    return True


def _restart(wish: Wish, before: Systemd) -> Optional[str]:
    name = before.units.real_name(wish.target)
    if wish.kind != "unit" or wish.item in MEMORY or wish.running or not before.unit(name)["processes"]:
        return None
    return name


def _exists(plan: LimitsPlan, wish: Wish, before: Systemd) -> None:
    name = before.units.real_name(wish.target)
    if before.units.masked(name):
        plan.refuse(wish, Reason("%s: the unit is masked and never starts" % wish.what, True, {}))
    elif split(name)[2] != "slice" and before.units.fragment(name) is None and not before.unit(name)["processes"]:
        plan.refuse(wish, Reason("%s: there is no such unit on this host" % wish.what, True, {}))


def written(wish: Wish, force: Pair) -> str:
    """The value as a drop-in has it. ``force``: the soft and hard limit there are, for the half that isn't given."""
    if wish.text is not None:
        return wish.text
    if not wish.is_limit:
        return _word(wish.soft if wish.soft is not None else UNLIMITED)
    soft, hard = wish.soft, wish.hard
    if soft is None:
        soft = UNLIMITED if hard is None else hard if above(force[0], hard) else force[0]
    if hard is None:
        hard = soft if above(soft, force[1]) else force[1]
    return _word(soft) if soft == hard else "%s:%s" % (_word(soft), _word(hard))


def _word(value: int) -> str:
    return systemd_values.INFINITY if value == UNLIMITED else str(value)


def _means(key: str, one: str, other: str) -> bool:
    try:
        return systemd_values.normalise(key, one) == systemd_values.normalise(key, other)
    except Malformed:
        return False


def _pair(value: Dict[str, Any]) -> Pair:
    soft, hard = (UNLIMITED if value[half] == systemd_values.INFINITY else value[half] for half in ("value", "hard"))
    return int(soft), int(hard)


def _in_force(wish: Wish, before: Systemd, own: Optional[str]) -> Pair:
    """Of the unit's own setting, its processes, the manager's default and PID 1 the first that is known."""
    if not wish.is_limit or None not in (wish.soft, wish.hard):
        return UNLIMITED, UNLIMITED
    if own is not None:
        try:
            return _pair(systemd_values.normalise(key_of(wish), own))
        except Malformed:
            pass
    declared = before.properties(wish).get(key_of(wish))
    if declared:
        return _pair(declared)
    files = before.grouped.readings.files
    processes = find_processes(files, unit=wish.target) if wish.kind == "unit" else []
    for pid in [process.pid for process in processes[:1]] + [0, 1]:
        default = before.manager("system").get("DefaultLimit" + wish.item)
        if pid == 0 and default:
            return _pair(default)
        found = _limit_of(files, pid, wish.item) if pid else None
        if found:
            return found
    return UNLIMITED, UNLIMITED


def _limit_of(files: Files, pid: int, name: str) -> Optional[Pair]:
    try:
        found = limits.parse(files.read("/proc/%d/limits" % pid)).get(name)
    except (Unread, Malformed):
        return None
    if found is None:
        return None
    soft, hard = (UNLIMITED if half == limits.UNLIMITED else int(half) for half in found)
    return soft, hard


def _overridden(plan: LimitsPlan, wish: Wish, after: Systemd) -> None:
    path, key = file_of(wish, after.units)[0], key_of(wish)
    found = after.properties(wish).get(key)
    if found and found["file"] != path:
        why = "%s: %s:%d is read after %s and sets %s=%s: ours would be without effect"
        text = why % (wish.what, found["file"], found["line"], path, key, found["raw"])
        plan.refuse(wish, Reason(text, True, {"file": found["file"], "line": found["line"]}))


def _guard(plan: LimitsPlan, wish: Wish, after: Systemd) -> None:
    found = after.properties(wish).get(key_of(wish))
    if not found or wish.text is not None:
        return
    if wish.item in MEMORY and isinstance(wish.soft, int):
        for cgroup in cgroups_of(after, wish):
            plan.refuse(wish, guard_cgroup(wish.target, wish.item, wish.soft, cgroup))
    if not wish.is_limit:
        return
    soft, hard = _pair(found)
    files = plan.files
    if wish.item == "NOFILE" and UNLIMITED not in (soft, hard):
        plan.refuse(wish, guard_files(wish.what, max(soft, hard), nr_open(files)))
    if wish.kind == "manager":
        if soft != UNLIMITED:
            plan.refuse(wish, guard_shells(files, "root", wish.item, soft, wish.what))
        return
    host = {"nr_open": None, "may_raise": None}
    for process in find_processes(files, unit=wish.target):
        has = _limit_of(files, process.pid, wish.item)
        use = use_of(files, process.pid)
        for each in guard_running(wish.item, process.who, has or (-1, -1), (soft, hard), use, host):
            figures = {key: value for key, value in each.items() if key not in ("setting", "why", "forcible")}
            plan.refuse(wish, Reason(each["why"], each["forcible"], figures))


def cgroups_of(systemd: Systemd, wish: Wish) -> List[Dict[str, Any]]:
    """The memory cgroup of the unit, where it can be seen."""
    name = systemd.units.real_name(wish.target)
    return [each for each in systemd.grouped.cgroups if each["path"].rsplit("/", 1)[-1] in (name, "_" + name)]
