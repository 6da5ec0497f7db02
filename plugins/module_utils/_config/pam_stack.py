# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/etc/pam.d/SERVICE: the modules that PAM runs for a service.

https://man7.org/linux/man-pages/man5/pam.conf.5.html

    session    required   pam_limits.so
    session    include    system-auth
    @include common-session
"""

from __future__ import annotations

import re
from typing import List, NamedTuple, Tuple

from .._records.text import text

# A module's name may be a path; the control may be a list in brackets, which holds spaces.
_RULE = re.compile(rb"^-?session[ \t]+(\[[^\]\n]*\]|[^ \t\[]+)[ \t]+([^ \t]+)(.*)$", re.IGNORECASE | re.DOTALL)
_INCLUDE_ALL = re.compile(rb"^@include[ \t]+([^ \t]+)", re.IGNORECASE)


class Rule(NamedTuple):
    """One line that matters when a session is opened. ``includes``: ``target`` is another file, not a module."""

    line: int
    includes: bool
    target: str
    arguments: Tuple[str, ...]


def parse(data: bytes) -> List[Rule]:
    """The session rules and the includes in the file's order. Never raises: lines of other kinds are left out."""
    rules: List[Rule] = []
    started, pending = 0, b""
    for number, raw in enumerate(data.split(b"\n"), 1):
        started = started if pending else number
        whole = pending + raw.split(b"#", 1)[0].rstrip()
        pending = b""
        if whole.endswith(b"\\"):
            pending = whole[:-1] + b" "
            continue
        line = whole.strip()
        found = _INCLUDE_ALL.match(line)
        if found:
            rules.append(Rule(started, True, text(found.group(1)), ()))
            continue
        found = _RULE.match(line)
        if found:
            control, target, arguments = found.groups()
            includes = control.lower() in (b"include", b"substack")
            rules.append(Rule(started, includes, text(target), tuple(text(word) for word in arguments.split())))
    return rules
