# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/proc/PID/cgroup: the cgroup of a process in each hierarchy.

https://man7.org/linux/man-pages/man7/cgroups.7.html ("/proc/pid/cgroup")

    9:name=systemd:/system.slice/ssh.service
    4:memory:/system.slice/ssh.service
    0::/system.slice/ssh.service
"""

from __future__ import annotations

import re
from typing import Dict, List, NamedTuple, Optional, Tuple

from .._records.text import text
from .._records.unread import Malformed

# The kernel forbids a newline in a cgroup's name, so a name can't forge a line. It may hold colons.
_LINE = re.compile(rb"^(\d{1,10}):([^:\n]*):(/[^\n]*)$", re.MULTILINE)


class Membership(NamedTuple):
    """One hierarchy's line. ``controllers`` is empty for cgroup v2, ``("name=systemd",)`` for a named v1 hierarchy.

    ``path`` starts at the root of the reader's cgroup namespace; the kernel adds `` (deleted)`` on v2 when the cgroup
    was removed under a process that hasn't been reaped.
    """

    hierarchy: int
    controllers: Tuple[str, ...]
    path: str


def _lines(data: bytes) -> List[Tuple[bytes, bytes, bytes]]:
    lines = _LINE.findall(data)
    if not lines:
        raise Malformed("/proc/PID/cgroup names no hierarchy")
    return lines


def parse(data: bytes) -> List[Membership]:
    """The memberships in the file's order. Raises Malformed when there is none."""
    return [
        Membership(int(hierarchy), tuple(text(controllers).split(",")) if controllers else (), text(path))
        for hierarchy, controllers, path in _lines(data)
    ]


def paths_by_controller(memberships: List[Membership]) -> Dict[str, str]:
    """The path for each v1 controller or named hierarchy, and for ``""``, which is cgroup v2."""
    return {controller: item.path for item in memberships for controller in item.controllers or ("",)}


def memory_path(data: bytes) -> Tuple[str, Optional[bytes]]:
    """``(version, path)`` of the hierarchy that accounts for the process's memory.

    That is the v1 hierarchy with the controller ``memory``, else v2, else ``("", None)``: a v1 host without the memory
    controller. The path is raw, to open files with. Raises Malformed.
    """
    unified = None
    for _hierarchy, controllers, path in _lines(data):
        if b"memory" in controllers.split(b","):
            return "v1", path
        if not controllers:
            unified = path
    return ("v2", unified) if unified is not None else ("", None)
