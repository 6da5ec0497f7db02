# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host that swaps: twice as much memory as fits is in use all the time."""

from __future__ import annotations

import os
from typing import Any

import pytest

from .conftest import kept, vmstat

pytestmark = pytest.mark.usefixtures("swap")
PAGE = os.sysconf("SC_PAGE_SIZE")
MIB = 2**20


@pytest.fixture(scope="module")
def paging() -> dict[str, Any]:
    return kept("thrashing-answers")["paging"]


def test_the_verdict_is_pressure(paging: dict[str, Any]) -> None:
    assert paging["verdict"] in ("severe_pressure", "consistent_major_faults"), paging["verdict_reason"]
    assert paging["rates"]["major_faults_per_second"]["mean"] > 10


def test_the_process_that_faults_most_is_named_first(paging: dict[str, Any]) -> None:
    first = paging["processes"][0]
    assert (first["command"], first["unit"], first["user"]) == ("thrashing", "press.service", "root")
    assert first["major_faults_per_second"] > 0.5 * paging["rates"]["major_faults_per_second"]["mean"]
    # The rest of its 128 MiB is in swap.
    assert 16 * MIB < first["rss_bytes"] < 64 * MIB


@pytest.mark.parametrize(
    ("rate", "counter", "unit"),
    [
        ("major_faults_per_second", "pgmajfault", 1),
        ("swap_in_bytes_per_second", "pswpin", PAGE),
        ("swap_out_bytes_per_second", "pswpout", PAGE),
    ],
)
def test_no_more_than_the_kernel_counted(paging: dict[str, Any], rate: str, counter: str, unit: int) -> None:
    """The kernel's counters before and after, which are those of the whole machine, hold what the module saw."""
    before, after = (
        vmstat(text)[counter] * unit for text in (kept("thrashing")["vmstat_before"], kept("machine-answers")["vmstat"])
    )
    seen = paging["rates"][rate]["mean"] * paging["samples"] * paging["interval_seconds"]
    assert 0 < seen <= (after - before) * 1.001


def test_the_audit_found_it(detected: dict[str, Any]) -> None:
    finding = detected["thrashing"]["paging-pressure"]
    assert finding["verdict"] == "fail"
    assert "thrashing" in [process["command"] for process in finding["actual"]["faulting"]]


def test_the_machine_knows_which_process_it_is(detected: dict[str, Any]) -> None:
    finding = detected["machine"]["paging-pressure"]
    assert finding["verdict"] == "fail"
    assert {"command": "thrashing", "pid": kept("thrashing")["pid"]} in finding["actual"]["faulting"]


def test_it_is_gone_with_the_pressure(relieved: dict[str, Any]) -> None:
    assert relieved["thrashing"]["paging-pressure"]["verdict"] == "pass"
    assert relieved["machine"]["paging-pressure"]["verdict"] == "pass"
