# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/etc/group: the local groups.

https://man7.org/linux/man-pages/man5/group.5.html

    root:x:0:
    sudo:x:27:alice,bob
    alice:x:1000:
"""

from __future__ import annotations

import re
from typing import List, NamedTuple, Tuple

from .._records.text import text
from .._records.unread import Malformed

_LINE = re.compile(rb"^([^:\n+-][^:\n]*):[^:\n]*:(\d{1,10}):([^:\n]*)$", re.MULTILINE)


class Group(NamedTuple):
    """One group. ``members`` leaves out the users whose primary group it is."""

    name: str
    gid: int
    members: Tuple[str, ...]


def parse(data: bytes) -> List[Group]:
    """The groups in the file's order; lines of another form are left out. Raises Malformed when there is none."""
    groups = [
        Group(text(name), int(gid), tuple(text(member.strip()) for member in members.split(b",") if member.strip()))
        for name, gid, members in _LINE.findall(data)
    ]
    if not groups:
        raise Malformed("/etc/group has no group")
    return groups
