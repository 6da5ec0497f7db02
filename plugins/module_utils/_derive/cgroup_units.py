# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every unit of the system's manager on the way to a process, told from its cgroups.

https://systemd.io/CGROUP_DELEGATION/
"""

from __future__ import annotations

from typing import List

from .._config.unit_name import SECTIONS, split
from .._procfs.cgroup import Membership, paths_by_controller


def manager_path(memberships: List[Membership]) -> str:
    """The path by which systemd knows a process: in its own v1 hierarchy where there is one, else in v2."""
    paths = paths_by_controller(memberships)
    return paths.get("name=systemd") or paths.get("") or "/"


def manager_root(pid_1: List[Membership]) -> str:
    """The cgroup below which this system's units lie; not ``/`` in a container that sees the host's paths."""
    path = manager_path(pid_1)
    return path[: -len("/init.scope")] if path.endswith("/init.scope") else path.rstrip("/")


def units_of(path: str, root: str) -> List[str]:
    """The slices from ``root`` down, then the unit that ``path`` lies in.

    Empty outside systemd's tree. The units of a container on the host are the container's: they lie below something
    that is no slice, so they aren't taken for the host's.
    """
    units: List[str] = []
    if not path.startswith(root + "/"):
        return units
    for part in path[len(root) + 1 :].split("/"):
        # systemd puts an underscore before a name that could be taken for one of the kernel's files.
        name = part[1:] if part.startswith("_") else part
        kind = split(name)[2]
        if kind not in SECTIONS:
            break
        units.append(name)
        if kind != "slice":
            break
    return units
