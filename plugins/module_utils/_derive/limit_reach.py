# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the limits that files declare are those that a service runs with, and if not, why not.

https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html#Process%20Properties

limits.conf reaches a service only through a PAM session, which few units open (PAMName=).
"""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from .._config.systemd_values import INFINITY
from .._procfs.limits import UNLIMITED

IN_FORCE, NEEDS_RESTART, NEVER_REACHES = "in_force", "needs_restart", "never_reaches"
UNIT_OVERRIDES, SET_AT_RUNTIME = "unit_overrides", "set_at_runtime"

Limits = Mapping[str, Tuple[Any, Any]]
Declared = Optional[Dict[str, Any]]


class Service(NamedTuple):
    """A running service.

    ``processes``: how many it has; ``limits``: those of the ones that could be read, its main process first;
    ``login``: what limits.conf says for its user, as from ``pam_limits.session_limits``; ``uses_pam``: its unit opens
    a PAM session that applies this.
    """

    unit: str
    processes: int
    limits: Sequence[Limits]
    properties: Mapping[str, Dict[str, Any]]
    login: Mapping[str, Dict[str, Any]]
    uses_pam: bool


class Manager(NamedTuple):
    """systemd's own part.

    ``properties``: of system.conf; ``hard``: the hard limits of PID 1, where it can't give a service more than it has
    itself, as in a container without CAP_SYS_RESOURCE, else nothing; ``nr_open``: fs.nr_open.
    """

    properties: Mapping[str, Dict[str, Any]]
    hard: Mapping[str, Any]
    nr_open: Optional[int]


def reach(service: Service, manager: Manager) -> List[Dict[str, Any]]:
    """The contract's entries of one service: one for each limit that something declares.

    That a service has what the manager or limits.conf say in general is left out: it would be said of every service.
    """
    entries = []
    for item, (soft, hard) in sorted(service.limits[0].items()):
        unit = _declared(service.properties.get("Limit" + item), item, manager.nr_open)
        default = _declared(manager.properties.get("DefaultLimit" + item), item, manager.nr_open)
        login = service.login.get(item)
        if unit is None and default is None and login is None:
            continue
        mixed = any(limits.get(item) != (soft, hard) for limits in service.limits)
        running = {"soft": soft, "hard": hard, "mixed": mixed}
        most = manager.hard.get(item, UNLIMITED)
        verdict, why = _judge(running, (unit, default, login), service.uses_pam, most)
        if verdict == IN_FORCE and unit is None and not service.uses_pam:
            continue
        entries.append(
            {
                "unit": service.unit,
                "pids_count": service.processes,
                "item": item,
                "running": running,
                "unit_declares": unit,
                "default_declares": default,
                "login_limits": login,
                "verdict": verdict,
                "why": why,
            }
        )
    return entries


def _declared(decided: Declared, item: str, nr_open: Optional[int]) -> Declared:
    if decided is None:
        return None
    # systemd takes as many open files as the kernel allows for "infinity".
    most = nr_open if item == "NOFILE" and nr_open is not None else UNLIMITED
    soft, hard = (most if value == INFINITY else value for value in (decided["value"], decided["hard"]))
    return {"soft": soft, "hard": hard, "file": decided["file"], "line": decided["line"]}


def _agree(running: Dict[str, Any], wanted: Dict[str, Any], halves: Sequence[str] = ("soft", "hard")) -> bool:
    return all(wanted[half] is None or wanted[half] == running[half] for half in halves)


def _told(limit: Dict[str, Any]) -> str:
    return ":".join("-" if limit[half] is None else str(limit[half]) for half in ("soft", "hard"))


def _judge(
    running: Dict[str, Any], declarations: Tuple[Declared, Declared, Declared], uses_pam: bool, most: Any
) -> Tuple[str, str]:
    unit, default, login = declarations
    if login and uses_pam:
        return _compare(running, login, "limits.conf, which the unit's PAM session applies,", most)
    declared, who = (unit, "the unit") if unit else (default, "system.conf")
    if declared:
        verdict, why = _compare(running, declared, who, most)
        if verdict != IN_FORCE or not login or _agree(running, login):
            return verdict, why
        if unit:
            return UNIT_OVERRIDES, "%s; limits.conf says %s, for login sessions only" % (why, _told(login))
    elif login and _agree(running, login):
        return IN_FORCE, "it runs with %s, as limits.conf says" % _told(running)
    return NEVER_REACHES, "it runs with %s; limits.conf says %s, which reaches no service without PAMName=" % (
        _told(running),
        _told(login or {"soft": None, "hard": None}),
    )


def _capped(declared: Dict[str, Any], most: Any) -> Dict[str, Any]:
    def cap(value: Any) -> Any:
        return value if value is None else most if value == UNLIMITED else min(value, most)

    return declared if most == UNLIMITED else {half: cap(declared[half]) for half in ("soft", "hard")}


def _compare(running: Dict[str, Any], declared: Dict[str, Any], who: str, most: Any) -> Tuple[str, str]:
    if _agree(running, declared):
        return IN_FORCE, "it runs with %s, as %s says" % (_told(running), who)
    why = "%s says %s, it runs with %s" % (who, _told(declared), _told(running))
    if _agree(running, _capped(declared, most)):
        return IN_FORCE, why + ": PID 1 has no more to give"
    # A process may move its soft limit as it likes, and many raise it to the hard limit.
    if _agree(running, declared, ("hard",)):
        return SET_AT_RUNTIME, why + ": the process changed its own soft limit"
    return NEEDS_RESTART, why + ": it was started, or its limits were set, before that was said or in spite of it"
