# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether those whom a limit is for could still log in: their shells are started under it."""

from __future__ import annotations

from typing import Optional, Sequence, Tuple

from .._config import group, passwd
from .._config.limits_conf import id_range
from .._derive.guard_limits import Reason
from .._scan.files import Files, Readings
from .._scan.shell_trial import shell_starts

TRIED = ("AS", "DATA", "FSIZE", "MEMLOCK", "NOFILE", "STACK")
"""Limits without which a program may not start. NPROC is judged by counting, for root isn't bound by it."""

_MOST_SHELLS = 4


def users_of(files: Files, domain: str) -> Tuple[passwd.User, ...]:
    """The local users whom a domain of limits.conf means."""
    users = Readings(files).parsed("/etc/passwd", passwd.parse) or []
    if domain == "*":
        return tuple(users)
    span = id_range(domain)
    if domain.startswith("@"):
        if span is None:
            groups = Readings(files).parsed("/etc/group", group.parse) or []
            return tuple(user for user in users if user.name == domain[1:] or _member(groups, user, domain[1:]))
        return tuple(user for user in users if span.low <= user.gid and (span.high is None or user.gid <= span.high))
    if span is not None:
        return tuple(user for user in users if span.low <= user.uid and (span.high is None or user.uid <= span.high))
    return tuple(user for user in users if user.name == domain)


def _member(groups: Sequence[group.Group], user: passwd.User, name: str) -> bool:
    return any(each.name == name and (each.gid == user.gid or user.name in each.members) for each in groups)


def guard_shells(files: Files, domain: str, name: str, value: int, what: str) -> Optional[Reason]:
    """``value``: the lowest of the halves, since the soft one bounds a login already."""
    if name not in TRIED:
        return None
    shells = sorted({user.shell or "/bin/sh" for user in users_of(files, domain) if user.logs_in})
    for shell in (shells or ["/bin/sh"])[:_MOST_SHELLS]:
        if shell_starts(shell) and not shell_starts(shell, name, value):
            why = "%s: with %d the shell %s doesn't start, as was tried, so that nobody could log in"
            return Reason(why % (what, value, shell), True, {"wanted": value, "shell": shell})
    return None
