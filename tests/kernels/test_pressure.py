# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real swapping on a kernel of its own: what the modules say of a unit that goes round in more than its limit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.kernels.conftest import Observed
from tests.kernels.guest import Guest

MIB = 2**20
UNIT = "swapper.service"
CGROUP = f"/system.slice/{UNIT}"
COUNTERS = {
    "major_faults_per_second": ("pgmajfault", 1),
    "swap_in_bytes_per_second": ("pswpin", 4096),
    "swap_out_bytes_per_second": ("pswpout", 4096),
}
"""Each rate's counter in /proc/vmstat, and what one of it is."""


def counters(guest: Guest) -> dict[str, int]:
    return {name: int(count) for name, count in map(str.split, guest.run("cat /proc/vmstat").splitlines())}


@pytest.fixture(scope="module")
def swapper(guest: Guest, observed: Observed) -> Iterator[int]:
    """The pid of a process that swaps all the time. The guest at rest was observed before."""
    guest.run(f"systemctl start {UNIT}")
    pid = int(guest.run(f"systemctl show --value -p MainPID {UNIT}"))
    guest.run(f"until grep -qE '^VmSwap:\\s+[0-9]{{5}} ' /proc/{pid}/status; do sleep 0.2; done")
    yield pid
    guest.run(f"systemctl stop {UNIT}")


@pytest.mark.usefixtures("observed")
def test_a_guest_that_rests_is_quiet(guest: Guest) -> None:
    """Python's files are in the cache by then: reading them in is a major fault, too."""
    paging = guest.module("paging_info", samples=3)
    assert paging["verdict"] == "quiet", paging["verdict_reason"]
    assert paging["rates"]["swap_out_bytes_per_second"]["max"] == 0


def test_rates(guest: Guest, swapper: int) -> None:
    before = counters(guest)
    paging = guest.module("paging_info", samples=3)
    after = counters(guest)
    rates = paging["rates"]
    seconds = paging["interval_seconds"] * paging["samples"]
    moved = {rate: (after[name] - before[name]) * size for rate, (name, size) in COUNTERS.items()}
    for rate, total in moved.items():
        # An emulated CPU that stands still for a second gives a sample in which nothing moved.
        assert 0 <= rates[rate]["min"] <= rates[rate]["mean"] <= rates[rate]["max"]
        assert rates[rate]["mean"] > 0, rate
        # The counters were read some time before and after the samples, in which things went on in the same way.
        assert total / 10 < rates[rate]["mean"] * seconds <= total, rate
        # How many pages a fault brings changes with the load; which unit a counter has does not.
        share = rates[rate]["mean"] / rates["major_faults_per_second"]["mean"]
        assert 1 / 3 < share / (total / moved["major_faults_per_second"]) < 3, rate
    assert rates["refaults_anon_per_second"] is None or rates["refaults_anon_per_second"]["mean"] > 0
    assert rates["reclaim_stolen_pages_per_second"]["mean"] > 0
    first = paging["processes"][0]
    assert (first["pid"], first["unit"]) == (swapper, UNIT)
    assert first["major_faults_per_second"] <= rates["major_faults_per_second"]["max"]
    assert paging["pressure"]["some_percent"]["mean"] > 1
    assert paging["verdict"] in ("consistent_major_faults", "severe_pressure")
    assert paging["verdict"] == "severe_pressure" or rates["major_faults_per_second"]["mean"] < 1000


def test_the_limit_of_the_unit_is_named(guest: Guest, swapper: int) -> None:
    (process,) = guest.module("process_memory_info", pids=[swapper], ceilings=True)["processes"]
    nearest = process["nearest_limit"]
    assert (nearest["ceiling"], nearest["scope"], nearest["limit"]) == ("memory.max", CGROUP, 40 * MIB)
    assert nearest["used_percent"] > 90
    assert process["binds_first"]["ceiling"] == "memory.max" and process["binds_first"]["scope"] == CGROUP
    assert process["ceilings"][0]["scope"] == CGROUP
    assert process["swap_bytes"] > 30 * MIB and process["rss_bytes"] < 60 * MIB
    assert process["major_faults"] > 1000


def test_its_cgroup_waits_for_memory(guest: Guest, swapper: int) -> None:
    limits = guest.module("memory_limits_info")
    cgroup = next(each for each in limits["cgroups"] if each["path"] == CGROUP)
    assert cgroup["nearest_limit"]["ceiling"] == "memory.max" and cgroup["nearest_limit"]["scope"] == CGROUP
    assert limits["cgroup_nearest_limit"][0]["scope"] == CGROUP
    assert cgroup["pressure"]["some"]["total_microseconds"] > 100_000
    assert cgroup["events"]["max"] > 10
    # Debian 11's kernel doesn't account for swap unless it is told to.
    accounted = guest.run(f"test ! -e /sys/fs/cgroup{CGROUP}/memory.swap.current || echo yes")
    if accounted:
        assert cgroup["swap_current_bytes"] > 30 * MIB
    else:
        assert cgroup["swap_current_bytes"] is None


def test_the_smaller_limit_above_is_named(observed: Observed) -> None:
    """A service whose slice allows less than the service's own limit."""
    processes: list[dict[str, Any]] = observed.snapshot["processes"]["processes"]
    (database,) = [process for process in processes if process["unit"] == "database.service"]
    expected = ("memory.max", "/app.slice/app-database.slice", 90 * MIB)
    for limit in database["nearest_limit"], database["binds_first"]:
        assert (limit["ceiling"], limit["scope"], limit["limit"]) == expected
