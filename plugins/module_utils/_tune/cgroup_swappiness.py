# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans memory.swappiness of the cgroups of version 1, each of which has its own since it was made.

https://docs.kernel.org/admin-guide/cgroup-v1/memory.html
"""

from __future__ import annotations

from typing import Iterator, Tuple

from .._records.unread import Unread
from .._scan.cgroups import hierarchies
from .._scan.files import Files
from .plan import Host, LiveValue, Plan

_NAME = "memory.swappiness"


def plan_cgroups(host: Host, plan: Plan, wanted: int) -> None:
    """Live only: nothing gives a cgroup a value when it is made but the cgroup that it is made in."""
    hierarchy = hierarchies(list(host.mounts)).get("v1")
    if hierarchy is None:
        plan.warnings.append("cgroup_swappiness: the memory controller of this host is not that of cgroup v1")
        return
    top = hierarchy.mount_point + "/" + _NAME
    for path, value in _values(host.files, hierarchy.mount_point):
        # That of the root is vm.swappiness itself.
        if path != top and value != str(wanted):
            plan.live.append(LiveValue("memory.swappiness", path, value, str(wanted)))


def _values(files: Files, folder: str) -> Iterator[Tuple[str, str]]:
    try:
        yield folder + "/" + _NAME, files.read(folder + "/" + _NAME).decode("ascii", "replace").strip()
        names = files.names(folder)
    except Unread:
        return
    for name in names:
        yield from _values(files, "%s/%s" % (folder, name))
