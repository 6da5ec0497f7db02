# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The limits that a login session starts from, before PAM changes them.

Those are the limits of the program that opens the session. Its own running process tells them best; else systemd's
configuration does; else they are PID 1's.
"""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional, Tuple

from .._config.systemd_values import INFINITY
from .._procfs.limits import UNLIMITED
from .pam_limits import Start, Value

_FD_SETSIZE = 1024

# systemd raises these two for itself and gives its services a built-in default in their place.
_NOT_PASSED_ON = ("NOFILE", "MEMLOCK")


def _value(raw: Any) -> Value:
    return UNLIMITED if raw == INFINITY else raw


def inherited(limits: Mapping[str, Tuple[Any, Any]], source: str) -> Dict[str, Start]:
    """The limits of a running process, as the start of a session that it opens."""
    return {name: Start(soft, hard, "inherited from %s" % source) for name, (soft, hard) in limits.items()}


def configured(
    pid_1: Mapping[str, Tuple[Any, Any]], manager: Dict[str, Dict[str, Any]], unit: Dict[str, Dict[str, Any]]
) -> Dict[str, Start]:
    """What systemd will give a service that doesn't run now, from the properties of its manager and its unit."""
    start = inherited(pid_1, "PID 1")
    for name in _NOT_PASSED_ON:
        start[name] = Start(None, None, "systemd's built-in default, which no file tells")
    for prefix, properties in (("DefaultLimit", manager), ("Limit", unit)):
        for key, decided in properties.items():
            if key.startswith(prefix):
                place = "%s:%s" % (decided["file"], decided["line"])
                start[key[len(prefix) :]] = Start(_value(decided["value"]), _value(decided["hard"]), place)
    return start


def reset(pid_1: Optional[Mapping[str, Tuple[Any, Any]]], capped: bool) -> Dict[str, Start]:
    """What pam_limits puts in place of the inherited limits with set_all: those of PID 1.

    ``capped``: it doesn't take over more open files than select(2) can handle, as Debian has it.
    """
    start = {
        name: Start(soft, hard, "limits of PID 1, put in place by pam_limits")
        for name, (soft, hard) in (pid_1 or {}).items()
    }
    nofile = start.get("NOFILE")
    if capped and nofile and (nofile.soft == UNLIMITED or int(nofile.soft or 0) > _FD_SETSIZE):
        source = nofile.source + " and capped at FD_SETSIZE"
        start["NOFILE"] = Start(_FD_SETSIZE, nofile.hard, source)
    return start
