# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans the limits of systemd's units and managers: drop-ins called 90-fleet-memory.conf, and what wins over them."""

from __future__ import annotations

from typing import Dict, List, Optional, Tuple

from .._config import systemd_drop_in, systemd_values
from .._config.limit_value import UNLIMITED, above
from .._config.unit_name import split
from .._derive.guard_limits import Reason
from .._records.unread import Malformed
from .._scan.limit_use import Pair, limit_of
from .limits_plan import LimitsPlan
from .limits_wish import MEMORY, Wish
from .restarts import differs, old_user_managers, waits
from .systemd_view import Systemd, file_of, key_of, pair_of, read_systemd
from .unit_cgroups import plan_cgroup
from .unit_guards import guard_unit

Place = Tuple[str, str]
"""A file and a setting in it."""


def plan_units(plan: LimitsPlan, wishes: List[Wish], before: Systemd) -> None:
    """All wishes for units and managers."""
    if not wishes:
        return
    if not before.present:
        plan.not_applicable.append("limits of units: the host has no systemd")
        return
    old: Dict[Place, Optional[str]] = {}
    for wish in wishes:
        # Two entries may be for the two halves of one setting.
        old.setdefault(_place(wish, before), _plan_file(plan, wish, before))
    after = read_systemd(plan.files, before)
    for wish in wishes:
        place = _place(wish, after)
        changed = place in old and _plan_line(plan, wish, after, old.pop(place))
        if not wish.absent:
            _overridden(plan, wish, after)
            if changed:
                guard_unit(plan, wish, after)
        if wish.kind == "unit" and (changed or not wish.absent):
            plan_cgroup(plan, wish, after)
        if not changed and not wish.running and waits(wish, after):
            plan.waiting.append(after.name(wish))
    told = old_user_managers(wishes, after)
    if told:
        plan.warnings.append(told)


def _place(wish: Wish, systemd: Systemd) -> Place:
    return file_of(wish, systemd.units)[0], key_of(wish)


def _plan_file(plan: LimitsPlan, wish: Wish, before: Systemd) -> Optional[str]:
    """Put the wish into its file; what our file said before."""
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
    if settings.get(key) != old:
        plan.files.put(path, systemd_drop_in.render(section, settings) or None)
    return old


def _plan_line(plan: LimitsPlan, wish: Wish, after: Systemd, old: Optional[str]) -> bool:
    """Whether the wish changes its file."""
    path, section = file_of(wish, after.units)
    key = key_of(wish)
    new = systemd_drop_in.declared(plan.files.content(path) or b"", section).get(key)
    if new == old:
        return False
    if wish.kind == "unit":
        _exists(plan, wish, after)
    setting = "%s of %s" % (key, wish.target) if wish.kind == "unit" else key
    scope = "manager" if wish.kind == "manager" else "service"
    plan.line(scope, setting, path, old, new, after.name(wish) if _needs_restart(wish, after) else None)
    return True


def _needs_restart(wish: Wish, after: Systemd) -> bool:
    if wish.kind != "unit" or not after.runs(wish):
        return False
    if wish.item in MEMORY:
        # It was started before systemd kept account of its memory.
        return after.has_cgroups and not after.cgroups(wish)
    return not wish.running and differs(wish, after)


def _exists(plan: LimitsPlan, wish: Wish, before: Systemd) -> None:
    name = before.name(wish)
    if before.units.masked(name):
        plan.refuse(wish, Reason("%s: the unit is masked and never starts" % wish.what, True, {}))
    elif split(name)[2] != "slice" and before.units.fragment(name) is None and not before.runs(wish):
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


def _in_force(wish: Wish, before: Systemd, own: Optional[str]) -> Pair:
    """Of the unit's own setting, its processes, the manager's default and PID 1 the first that is known."""
    if not wish.is_limit or None not in (wish.soft, wish.hard):
        return UNLIMITED, UNLIMITED
    if own is not None:
        try:
            return pair_of(systemd_values.normalise(key_of(wish), own))
        except Malformed:
            pass
    declared = before.declared(wish)
    if declared:
        return pair_of(declared)
    files = before.grouped.readings.files
    processes = before.processes(wish) if wish.kind == "unit" else []
    for pid in [process.pid for process in processes[:1]] + [0, 1]:
        default = before.manager("system").get("DefaultLimit" + wish.item)
        if pid == 0 and default:
            return pair_of(default)
        found = limit_of(files, pid, wish.item) if pid else None
        if found:
            return found
    return UNLIMITED, UNLIMITED


def _overridden(plan: LimitsPlan, wish: Wish, after: Systemd) -> None:
    path, key = file_of(wish, after.units)[0], key_of(wish)
    found = after.declared(wish)
    if found and found["file"] != path:
        why = "%s: %s:%d is read after %s and sets %s=%s: ours would be without effect"
        text = why % (wish.what, found["file"], found["line"], path, key, found["raw"])
        plan.refuse(wish, Reason(text, True, {"file": found["file"], "line": found["line"]}))
