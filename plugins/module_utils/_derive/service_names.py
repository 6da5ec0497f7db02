# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which systemd unit and which container a process belongs to, told from the path of its cgroup.

systemd keeps the rules for its part of the tree at https://systemd.io/CGROUP_DELEGATION/; the container engines put
a 64-digit id into the name of the container's cgroup.
"""

from __future__ import annotations

import re
from typing import List, NamedTuple, Optional, Tuple

from .._procfs.cgroup import Membership

_UNIT = re.compile(r"^[^/]+\.(?:service|scope|socket|mount|swap)$")
_USER_MANAGER = re.compile(r"^user@\d+\.service$")
_CONTAINER_ID = re.compile(r"[-/:_]([0-9a-f]{64})(?:\.scope|\.service)?(?=/|$)")
# LXC and nspawn containers have names in place of ids.
_CONTAINER_NAME = re.compile(r"/(?:lxc/|lxc\.payload[./]|machine-|systemd-nspawn@)([^/]+?)(?:\.scope|\.service)?(?=/|$)")


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


def _units(path: str) -> Tuple[Optional[str], Optional[str]]:
    # Slices only lead to a unit; what a service makes below its own cgroup is its own affair.
    units = [part.lstrip("_") for part in path.split("/") if _UNIT.match(part)]
    if not units:
        return None, None
    if _USER_MANAGER.match(units[0]):
        return units[0], units[1] if len(units) > 1 else None
    return units[0], None


def _container(path: str) -> Optional[str]:
    found = _CONTAINER_ID.findall(path) or _CONTAINER_NAME.findall(path)
    return found[-1] if found else None  # of nested containers the innermost


def service_of(memberships: List[Membership]) -> Service:
    """The Service of a process from the lines of its /proc/PID/cgroup."""
    paths = {controller: item.path for item in memberships for controller in item.controllers or ("",)}
    unified = paths.get("")
    cgroup = paths.get("memory", unified)
    # Where v1 and v2 stand side by side, systemd's own hierarchy names the unit.
    unit, user_unit = _units(paths.get("name=systemd") or unified or cgroup or "")
    return Service(cgroup, unit, user_unit, _container(cgroup or ""))
