# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which systemd unit and which container a process belongs to, told from the path of its cgroup.

systemd keeps the rules for its part of the tree at https://systemd.io/CGROUP_DELEGATION/; the container engines put
a 64-digit id into the name of the container's cgroup.
"""

from __future__ import annotations

import re
from typing import List, NamedTuple, Optional

from .._procfs.cgroup import Membership, paths_by_controller
from .cgroup_units import manager_path, units_of

_CONTAINER_ID = re.compile(r"[-/:_]([0-9a-f]{64})(?:\.scope|\.service)?(?=/|$)")
# LXC and nspawn containers have names in place of ids.
_CONTAINER_NAME = re.compile(
    r"/(?:lxc/|lxc\.payload[./]|machine-|systemd-nspawn@)([^/]+?)(?:\.scope|\.service)?(?=/|$)"
)


class Service(NamedTuple):
    """None where the path says nothing about it."""

    cgroup: Optional[str]
    """Path in the hierarchy that accounts for memory."""
    unit: Optional[str]
    """Unit of the system's manager, like ``ssh.service`` or ``session-3.scope``."""
    user_unit: Optional[str]
    """Unit of a user's own manager, below ``user@UID.service``."""
    container: Optional[str]
    """The container's id (64 hex digits) or, for LXC and nspawn, its name."""


def _unit(path: str, root: str) -> Optional[str]:
    """The unit below the manager at ``root``; slices only lead to one."""
    units = units_of(path, root)
    return units[-1] if units and not units[-1].endswith(".slice") else None


def _container(path: str) -> Optional[str]:
    found = _CONTAINER_ID.findall(path) or _CONTAINER_NAME.findall(path)
    return found[-1] if found else None  # of nested containers the innermost


def service_of(memberships: List[Membership], root: str) -> Service:
    """The Service of a process from the lines of its /proc/PID/cgroup.

    ``root`` is where the system's manager has its tree, from ``cgroup_units.manager_root``.
    """
    paths = paths_by_controller(memberships)
    cgroup = paths.get("memory", paths.get(""))
    path = manager_path(memberships)
    unit = _unit(path, root)
    user_unit = None
    if unit and unit.startswith("user@"):
        user_unit = _unit(path, path.partition(unit)[0] + unit)
    return Service(cgroup, unit, user_unit, _container(path[len(root) :]))
