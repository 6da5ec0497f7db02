# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ceilings of services in nested cgroups, under resource limits and in swap, captured under three kernels.

``capped`` has an address space smaller than its cgroup, ``boxed`` a cgroup smaller than its resource limits,
``swapped`` has been pushed into swap by memory.high, and ``database`` lies in a slice that is tighter than its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple, Optional

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._derive.rankings import near_cgroup_limits
from ansible_collections.fleet.memory.plugins.module_utils._scan.process_memory import Wanted, scan_process_memory

from tests.support.trees import host

MIB = 2**20
APP, DATABASE = "/app.slice", "/app.slice/app-database.slice"
SWAPPED = "/system.slice/swapped.service"


class Kernel(NamedTuple):
    """Where the three hosts differ; sizes in bytes."""

    tree: str
    address_space: int
    """VmSize of capped.service; it was never larger."""
    database: tuple[int, int]
    """memory.current and inactive_file of its slice."""
    swap: tuple[int, Optional[int]]
    """memory.swap.current and memory.swap.peak of swapped.service."""
    kernel_bytes: Optional[int]
    refaults_anon: int
    stalled_microseconds: int


KERNELS = [
    Kernel("linux-6.12-debian-13-ceilings", 37076992, (28811264, 372736), (26775552, 26775552), 221184, 84, 250222),
    Kernel("linux-6.1-debian-12-ceilings", 35352576, (29511680, 5341184), (26701824, None), 200704, 75, 473013),
    Kernel("linux-5.10-debian-11-ceilings", 33845248, (28663808, 4460544), (26935296, None), None, 33, 564861),
]
each_kernel = pytest.mark.parametrize("kernel", KERNELS, ids=lambda kernel: kernel.tree)


def scan(kernel: Kernel, tmp_path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    result, grouped = scan_process_memory(host(kernel.tree, tmp_path), Wanted(pss="none", ceilings=True))
    assert result["ceilings_unread"] == {}
    by_unit = {process["unit"].partition(".")[0]: process for process in result["processes"]}
    return by_unit, {cgroup["path"]: cgroup for cgroup in grouped.cgroups}


@each_kernel
def test_which_binds_first(kernel: Kernel, tmp_path: Path) -> None:
    by_unit, _cgroups = scan(kernel, tmp_path)
    assert {
        unit: (process["binds_first"]["ceiling"], process["binds_first"]["scope"], process["binds_first"]["limit"])
        for unit, process in by_unit.items()
    } == {
        "capped": ("RLIMIT_AS", None, 50 * MIB),
        "boxed": ("memory.max", "/app.slice/boxed.service", 40 * MIB),
        "swapped": ("memory.max", SWAPPED, 30 * MIB),
        "database": ("memory.max", DATABASE, 90 * MIB),
    }
    # The widest of the three around the database is the fullest: all of app.slice is in it.
    assert (by_unit["database"]["nearest_limit"]["scope"], by_unit["database"]["nearest_limit"]["limit"]) == (
        APP,
        200 * MIB,
    )


@each_kernel
def test_all_ceilings(kernel: Kernel, tmp_path: Path) -> None:
    by_unit, _cgroups = scan(kernel, tmp_path)
    listed = {(item["ceiling"], item["scope"]): item for item in by_unit["database"]["ceilings"]}
    # No RLIMIT_MEMLOCK: it is 16 MiB, and root may pass over it. No memory.high: nothing fails there.
    assert set(listed) == {
        ("memory.max", APP),
        ("memory.max", DATABASE),
        ("memory.max", DATABASE + "/database.service"),
        ("memory.swap.max", DATABASE),
        ("RLIMIT_STACK", None),
    }
    current, cache = kernel.database
    assert listed["memory.max", DATABASE]["used"] == current - cache
    assert listed["memory.max", APP]["shared"] and not listed["memory.max", DATABASE]["shared"]
    capped = {item["ceiling"]: item for item in by_unit["capped"]["ceilings"]}
    assert capped["RLIMIT_AS"]["used"] == capped["RLIMIT_AS"]["peak"] == kernel.address_space
    swapped = {item["ceiling"]: item for item in by_unit["swapped"]["ceilings"]}
    assert (swapped["memory.swap.max"]["used"], swapped["memory.swap.max"]["peak"]) == kernel.swap
    assert swapped["memory.swap.max"]["limit"] == 60 * MIB


@each_kernel
def test_what_the_cgroups_tell(kernel: Kernel, tmp_path: Path) -> None:
    _by_unit, cgroups = scan(kernel, tmp_path)
    swapped = cgroups[SWAPPED]
    assert (swapped["swap_current_bytes"], swapped["swap_peak_bytes"]) == kernel.swap
    assert (swapped["stat"]["kernel_bytes"], swapped["stat"]["refaults_anon"]) == (
        kernel.kernel_bytes,
        kernel.refaults_anon,
    )
    assert swapped["pressure"]["some"]["total_microseconds"] == kernel.stalled_microseconds
    assert swapped["events_local"]["high"] == swapped["events"]["high"] > 50
    assert cgroups["/system.slice"]["events"]["high"] == swapped["events"]["high"]
    assert cgroups["/system.slice"]["events_local"]["high"] == 0
    assert (swapped["nearest_limit"]["ceiling"], swapped["nearest_limit"]["limit"]) == ("memory.high", 29 * MIB)
    first, second = near_cgroup_limits(list(cgroups.values()))[:2]
    assert (first["scope"], first["ceiling"], second["scope"]) == (SWAPPED, "memory.high", "/app.slice/boxed.service")
