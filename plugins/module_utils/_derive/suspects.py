# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may hold the memory that no process shows: in shared memory, or in what the ledger can't explain."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from .ledger import CLOSES_WITHIN_PERCENT

WORTH_NAMING_PERCENT = 1.0
"""Of MemTotal: smaller files in shared memory are everyday."""

DRIVERS = {
    "vmw_balloon": "the hypervisor takes memory back through this balloon and MemTotal doesn't tell",
    "virtio_balloon": "the hypervisor may take memory back through this balloon while MemTotal stays",
    "hv_balloon": "the hypervisor may take memory back through this balloon while MemTotal stays",
    "xen_balloon": "the hypervisor may take memory back through this balloon while MemTotal stays",
    "nvidia": "a graphics driver, its pages are not counted by the kernel",
    "nouveau": "a graphics driver, its pages are not counted before Linux 6.19",
    "amdgpu": "a graphics driver, its pages are not counted before Linux 6.19",
    "i915": "a graphics driver, its pages are not counted before Linux 6.19",
    "xe": "a graphics driver, its pages are not counted before Linux 6.19",
    "zfs": "its slabs and buffers beside the ARC are counted in part only",
}
"""Modules that are known to take pages which no counter holds."""

Suspect = Dict[str, Any]


def suspects(
    ledger: Dict[str, Any],
    shared: Dict[str, Any],
    balloon: Optional[int],
    drivers: List[str],
    container: Optional[str],
) -> List[Suspect]:
    """``{name, place, bytes, counted_as, why}`` each, the largest of either kind first.

    ``counted_as`` is the ledger's entry that has the bytes, None where they lie in the residual; ``bytes`` is None
    where nobody counts them. ``drivers`` are the modules in use, among them those that are none of DRIVERS.
    """
    least = ledger["total_bytes"] * WORTH_NAMING_PERCENT / 100
    found = _in_shared_memory(shared, least)
    found.sort(key=lambda suspect: -suspect["bytes"])
    if not ledger["closes"]:
        found += _in_the_residual(ledger, balloon, drivers, container)
    return found


def _in_shared_memory(shared: Dict[str, Any], least: float) -> List[Suspect]:
    found = [
        _suspect("tmpfs", tmpfs["mount_point"], tmpfs["used_bytes"], "files in a tmpfs are RAM until they are deleted")
        for tmpfs in shared["tmpfs"]
        if (tmpfs["used_bytes"] or 0) >= least
    ]
    for segment in shared["sysv"]:
        # However small: nobody has it attached, and it stays until someone removes it (ipcrm).
        if segment["unattached"] and segment["rss_bytes"]:
            place = "shmid %d, key %s, uid %d" % (segment["shmid"], segment["key"], segment["uid"])
            found.append(_suspect("sysv_shm", place, segment["rss_bytes"], "no process has this segment attached"))
    if (shared["other_bytes"] or 0) >= least:
        why = "memfd and shared anonymous memory, or a tmpfs that can't be seen from here"
        found.append(_suspect("memfd", None, shared["other_bytes"], why))
    return found


def _suspect(name: str, place: Optional[str], size: Optional[int], why: str) -> Suspect:
    return {"name": name, "place": place, "bytes": size, "counted_as": "shared_memory", "why": why}


def _in_the_residual(
    ledger: Dict[str, Any], balloon: Optional[int], drivers: List[str], container: Optional[str]
) -> List[Suspect]:
    found = []
    if container is not None:
        why = "the container's manager may give it a /proc/meminfo of its own, whose parts don't belong together"
        found.append(_suspect("container", container, None, why))
    if ledger["residual_bytes"] < 0:
        why = "more is counted than there is: the file's parts were not read at one moment, or don't belong together"
        found.append(_suspect("counted_twice", None, -ledger["residual_bytes"], why))
    else:
        if balloon:
            why = "pages that a balloon driver has given back to the hypervisor, unless it took them off MemTotal"
            found.append(_suspect("balloon", None, balloon, why))
        unknown = sorted(entry["name"] for entry in ledger["entries"] if entry["bytes"] is None)
        if unknown:
            found.append(_suspect("uncounted", ", ".join(unknown), None, "this kernel doesn't count them"))
        found += [_suspect("driver", module, None, DRIVERS[module]) for module in drivers if module in DRIVERS]
        why = "pages that drivers and the kernel take one by one; up to %d %% of RAM is usual" % CLOSES_WITHIN_PERCENT
        found.append(_suspect("driver_pages", None, ledger["residual_bytes"], why))
    return [dict(suspect, counted_as=None) for suspect in found]
