# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans the limits of login sessions: lines of limits.d/90-fleet-memory.conf, and what wins over them."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

from .._config import limits_conf_own, passwd
from .._config.limit_value import UNLIMITED, above
from .._config.limits_conf import UNLIMITED as WORD
from .._config.limits_conf_own import OWN_FILE
from .._derive.guard_limits import Reason, guard_files, guard_giver, guard_tasks
from .._derive.pam_limits import Line
from .._records.unread import Unread
from .._scan.files import Files, Readings
from .._scan.limit_use import limit_of, may_raise, nr_open, tasks_of_users
from .._scan.pam import scan_pam
from .limits_plan import LimitsPlan
from .limits_wish import Wish
from .lock_out import guard_shells, users_of

_HALVES = ("soft", "hard")


def plan_pam(plan: LimitsPlan, wishes: List[Wish]) -> None:
    """All wishes for domains. Nothing is planned on a host without pam_limits' folder."""
    if not wishes:
        return
    try:
        plan.files.names("/etc/security")
    except Unread:
        plan.not_applicable.append("limits of logins: the host has no /etc/security, and so no pam_limits")
        return
    own = limits_conf_own.declared(plan.files.content(OWN_FILE) or b"")
    before = dict(own)
    for wish in wishes:
        for half in _HALVES:
            _apply(own, wish, half)
    content = limits_conf_own.render(own)
    if own != before:
        plan.files.put(OWN_FILE, content or None)
    for key in sorted(set(before) | set(own)):
        domain, item, half = key
        old, new = (None if each.get(key) is None else limits_conf_own.raw(item, each[key]) for each in (before, own))
        if old != new:
            plan.line("session", "%s %s %s" % (domain, half, item), OWN_FILE, old, new, None)
    _judge(plan, [wish for wish in wishes if not wish.absent], before)


def _apply(own: Dict[limits_conf_own.Key, limits_conf_own.Value], wish: Wish, half: str) -> None:
    value = getattr(wish, half)
    key = (wish.target, wish.item, half)
    if value is None:
        return
    if wish.absent:
        own.pop(key, None)
    else:
        own[key] = WORD if value == UNLIMITED and wish.item != "nice" else value


def _judge(plan: LimitsPlan, wishes: List[Wish], before: Dict[limits_conf_own.Key, limits_conf_own.Value]) -> None:
    pam, lines, services = scan_pam(Readings(plan.files))
    if services is not None and wishes and not any(service.found for service in services):
        plan.warnings.append("no PAM service of this host loads pam_limits.so: limits.d has no effect on any login")
    for wish in wishes:
        _overridden(plan, wish, pam, lines)
        given = {half: getattr(wish, half) for half in _HALVES if getattr(wish, half) is not None}
        known = {half: before.get((wish.target, wish.item, half)) for half in given}
        if any(known[half] != (WORD if value == UNLIMITED else value) for half, value in given.items()):
            _guard(plan, wish, list(given.values()))


def _overridden(plan: LimitsPlan, wish: Wish, pam: Dict[str, Any], lines: List[Line]) -> None:
    decided = {(each["domain"], each["item"], each["type"]): each for each in pam["winners"]}
    mine = {half: decided.get((wish.target, wish.item, half)) for half in _HALVES}
    for half in _HALVES:
        winner = mine[half]
        if getattr(wish, half) is not None and winner and winner["file"] != OWN_FILE:
            place = "%s:%d" % (winner["file"], winner["line"])
            why = "%s: %s is read after %s and sets %s to %s: ours would be without effect"
            text = why % (wish.what, place, OWN_FILE, half, limits_conf_own.raw(wish.item, winner["value"]))
            plan.refuse(wish, Reason(text, True, {"file": winner["file"], "line": winner["line"]}))
    _lowered(plan, wish, mine)
    for line in lines:
        entry = line.entry
        if entry.item is None and entry.domain == wish.target and entry.domain != "*":
            why = "%s: %s switches all limits off for %s" % (wish.what, line.place, wish.target)
            plan.refuse(wish, Reason(why, True, {"file": line.file, "line": entry.line}))
        elif entry.item == wish.item and _closer(entry.domain, wish.target) and line.file != OWN_FILE:
            text = "%s: for %s it is %s that decides (%s)" % (wish.what, entry.domain, line.place, entry.value)
            plan.warnings.append(text)


def _lowered(plan: LimitsPlan, wish: Wish, mine: Dict[str, Optional[Dict[str, Any]]]) -> None:
    """pam_limits lowers a soft limit that is above the hard one, without a word."""
    soft, hard = mine["soft"], mine["hard"]
    if not soft or not hard or wish.item == "nice":
        return
    numbers = [UNLIMITED if each["value"] == WORD else each["value"] for each in (soft, hard)]
    if above(numbers[0], numbers[1]):
        why = "%s: the soft limit of %s:%d is above the hard limit of %s:%d, and would be lowered to it. Give both"
        text = why % (wish.what, soft["file"], soft["line"], hard["file"], hard["line"])
        plan.refuse(wish, Reason(text, True, {"file": hard["file"], "line": hard["line"]}))


def _closer(one: str, other: str) -> bool:
    """Whether a line for ``one`` beats a line for ``other`` for those whom both mean."""
    return _rank(one) < _rank(other)


def _rank(domain: str) -> int:
    return {"*": 2, "@": 1, "%": 3}.get(domain[:1], 0)


def _guard(plan: LimitsPlan, wish: Wish, values: List[int]) -> None:
    files: Files = plan.files
    most = UNLIMITED if UNLIMITED in values else max(values)
    least = min((value for value in values if value != UNLIMITED), default=UNLIMITED)
    if wish.item == "nofile":
        plan.refuse(wish, guard_files(wish.what, most, nr_open(files)))
    _guard_giver(plan, wish, most)
    if wish.item == "nproc" and least != UNLIMITED:
        plan.refuse(wish, guard_tasks(wish.what, least, _tasks(files, wish.target)))
    if least != UNLIMITED:
        plan.refuse(wish, guard_shells(files, wish.target, wish.item.upper(), least, wish.what))


def _guard_giver(plan: LimitsPlan, wish: Wish, most: int) -> None:
    """pam_limits says nothing when the kernel doesn't let it raise a limit: the login gets another one."""
    giver = limit_of(plan.files, 1, wish.item.upper())
    if giver and may_raise(plan.files) is False:
        plan.refuse(wish, guard_giver(wish.what, most, giver[1]))


def _tasks(files: Files, domain: str) -> Dict[str, int]:
    """Root is among them only where it is named: the kernel lets it start what it likes."""
    users: Tuple[passwd.User, ...] = users_of(files, domain)
    counts = tasks_of_users(files)
    return {user.name: counts[user.uid] for user in users if user.uid in counts and (user.uid or domain == user.name)}
