# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a new login session of each user gets.

https://man7.org/linux/man-pages/man8/pam_limits.8.html

Users and groups are the local ones, of /etc/passwd and /etc/group.
"""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from .._config import group, login_defs, passwd
from .._derive import pam_limits, session_start
from .._procfs import limits
from .._records.unread import DENIED, MALFORMED, UNSUPPORTED, Malformed
from .files import Readings
from .if_present import parsed_if_present
from .pam import Service, read_lines
from .process_table import ProcessTable

_MOST_USERS = 20

_DAEMONS = ("ssh.service", "sshd.service")


def _whole_number(data: bytes) -> int:
    word = data.strip()
    if not word.isdigit() or len(word) > 20:
        raise Malformed("not a number")
    return int(word)


def _users(all_users: List[passwd.User], lines: List[pam_limits.Line], uid_range: Tuple[int, int]) -> List[passwd.User]:
    """root, the first ordinary users that log in, and everybody whom a line of limits.conf names."""
    named = {line.entry.domain for line in lines}
    people = [user for user in all_users if uid_range[0] <= user.uid <= uid_range[1] and user.logs_in]
    chosen = {user.name for user in [user for user in all_users if user.uid == 0][:1] + people[: _MOST_USERS - 1]}
    return [user for user in all_users if user.name in chosen or user.name in named]


def account_of(user: passwd.User, groups: Iterable[group.Group]) -> pam_limits.Account:
    """The user with all groups that /etc/group gives them."""
    own = [entry for entry in groups if entry.gid == user.gid or user.name in entry.members]
    gids = frozenset([user.gid, *(entry.gid for entry in own)])
    return pam_limits.Account(user.name, user.uid, user.gid, frozenset(entry.name for entry in own), gids)


def _service(services: Optional[List[Service]]) -> Optional[Service]:
    """The service whose sessions are told: sshd where it is installed, else login, else any that runs pam_limits."""
    by_name = {service.name: service for service in services or []}
    limiting = (service for service in services or [] if service.found)
    return by_name.get("sshd") or by_name.get("login") or next(limiting, None)


def _limits_of(pid: int, table: ProcessTable) -> Optional[Mapping[str, Tuple[Any, Any]]]:
    content = table.limits_of.get(pid)
    try:
        return None if content is None else limits.parse(content)
    except Malformed:
        return None


def _why_unknown(pid: int, table: ProcessTable) -> str:
    if pid in table.limits_of:
        return MALFORMED
    # A kernel that tells the limits of one process tells those of all: hidepid hides this one from us.
    return DENIED if table.limits_of else UNSUPPORTED


def _start(table: ProcessTable, systemd: Dict[str, Any]) -> Dict[str, pam_limits.Start]:
    """The limits of the program that opens the session."""
    for memberships, pids in table.memberships({}):
        # Exactly the daemon's own cgroup: what it started for a user has been moved to a session's.
        for daemon in _DAEMONS:
            if any(item.path.endswith("/system.slice/" + daemon) for item in memberships):
                found = _limits_of(pids[0], table)
                if found is not None:
                    return session_start.inherited(found, "%s (pid %d)" % (daemon, pids[0]))
    pid_1 = _limits_of(1, table)
    if pid_1 is None:
        return {}
    if not systemd["present"]:
        return session_start.inherited(pid_1, "PID 1")
    units = {unit["unit"]: unit["properties"] for unit in systemd["units"]}
    daemon = next((name for name in _DAEMONS if name in units), "")
    return session_start.configured(pid_1, systemd["manager"], units.get(daemon, {}))


def scan_sessions(
    readings: Readings,
    table: ProcessTable,
    pam: Tuple[Dict[str, Any], List[pam_limits.Line], Optional[List[Service]]],
    systemd: Dict[str, Any],
    names: Optional[Sequence[str]] = None,
) -> List[Dict[str, Any]]:
    """The contract's ``login_sessions``, for the users called ``names`` or, without these, for a choice of users."""
    described, lines, services = pam
    all_users = readings.parsed("/etc/passwd", passwd.parse) or []
    groups = readings.parsed("/etc/group", group.parse) or []
    uid_range = parsed_if_present(readings, "/etc/login.defs", login_defs.parse) or login_defs.DEFAULT
    nr_open = readings.parsed("/proc/sys/fs/nr_open", _whole_number)
    service = _service(services)
    limiting = service if service and service.found else None
    if limiting and limiting.conf:
        lines = read_lines(readings, [limiting.conf])[0]
    if names is None:
        users = _users(all_users, lines, uid_range)
    else:
        users = [user for user in all_users if user.name in names]
        absent = set(names) - {user.name for user in users}
        readings.unread.update(("/etc/passwd: %s" % name, UNSUPPORTED) for name in absent)
    start = _start(table, systemd)
    if not start:
        readings.unread.setdefault("/proc/1/limits", _why_unknown(1, table))
    root_exempt = described["root_exempt"]
    reset = None
    if limiting and (described["resets"] or limiting.set_all):
        # The distributions that exempt root also cap the number of open files here.
        reset = session_start.reset(_limits_of(1, table), capped=root_exempt)
    return [
        {
            "user": user.name,
            "uid": user.uid,
            "service": service.name if service else None,
            "limits": pam_limits.session_limits(
                lines if limiting else [], account_of(user, groups), start, reset, root_exempt, nr_open
            ),
        }
        for user in users
    ]
