# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.fleet.memory.plugins.module_utils._derive.headroom import ceilings_of, nearest_limit

USE = {"vsz_bytes": 900, "data_bytes": 50, "stack_bytes": 70, "locked_bytes": 64, "map_count": None}


def test_the_soft_limit_counts_and_unlimited_is_no_ceiling() -> None:
    limits = {"AS": ("unlimited", "unlimited"), "STACK": (80, 160), "MEMLOCK": (1, 2), "NOFILE": (5, 6)}
    assert ceilings_of(limits) == [("RLIMIT_STACK", 80, "stack_bytes"), ("RLIMIT_MEMLOCK", 1, "locked_bytes")]


def test_the_fullest_is_nearest() -> None:
    ceilings = [
        ("RLIMIT_STACK", 80, "stack_bytes"),
        ("RLIMIT_AS", 1000, "vsz_bytes"),
        ("RLIMIT_DATA", 51, "data_bytes"),
    ]
    assert nearest_limit(ceilings, USE) == {
        "ceiling": "RLIMIT_DATA",
        "limit": 51,
        "used": 50,
        "unit": "bytes",
        "used_percent": 98.04,
    }


def test_unknown_use_and_a_limit_of_zero_are_left_out() -> None:
    assert nearest_limit([("vm.max_map_count", 10, "map_count"), ("RLIMIT_MEMLOCK", 0, "locked_bytes")], USE) is None


def test_maps_are_counted_not_measured() -> None:
    nearest = nearest_limit([("vm.max_map_count", 100, "map_count")], {**USE, "map_count": 99})
    assert nearest == {
        "ceiling": "vm.max_map_count",
        "limit": 100,
        "used": 99,
        "unit": "mappings",
        "used_percent": 99.0,
    }
