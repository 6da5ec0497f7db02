# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said of processes that were not read, against psutil, which reads them all.

Groups of real processes: three large ones, and a parent with forks that share its memory.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
from ansible_collections.fleet.memory.plugins.module_utils._scan.container import is_whole_machine
from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Files
from ansible_collections.fleet.memory.plugins.module_utils._scan.process_memory import Wanted, scan_process_memory

from tests.support.live import through_ansible

MIB = 1 << 20
SLACK = MIB
"""Forks and sleepers hardly move; what they do is lazily counted per CPU."""

HOLDER = """
import mmap, os, signal, sys
kept = mmap.mmap(-1, int(sys.argv[1]) << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
for page in range(0, len(kept), 4096):
    kept[page] = 1
for fork in range(int(sys.argv[2])):
    if os.fork() == 0:
        while os.getppid() != 1:
            signal.sigtimedwait([signal.SIGUSR1], 0.5)
        os._exit(0)
print("ready", flush=True)
signal.pause()
"""

GROUPS = {"hog-large": (90, 0), "hog-middle": (60, 0), "hog-small": (30, 0), "hog-forks": (20, 30)}


@pytest.fixture(scope="module")
def hogs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        for name, (mebibytes, forks) in GROUPS.items():
            program = tmp_path_factory.mktemp("hogs") / name  # the kernel takes a process's name from its program's
            program.symlink_to(sys.executable)
            command = [str(program), "-c", HOLDER, str(mebibytes), str(forks)]
            process = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
            stack.callback(process.kill)
            assert process.stdout and process.stdout.readline() == "ready\n"
        yield


def scan(**wanted: Any) -> dict[str, Any]:
    return scan_process_memory(Files(), Wanted(group_by="command", **wanted))[0]


def truth() -> dict[str, int]:
    """The exact PSS of each group, by psutil."""
    sums = dict.fromkeys(GROUPS, 0)
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.name() in GROUPS:
                sums[process.name()] += process.memory_full_info().pss
    return sums


@pytest.mark.parametrize("wanted", [{"pss_precision_percent": 20.0}, {"pss": "none"}, {"pss_budget_seconds": 0.004}])
def test_the_bounds_enclose_what_psutil_says(hogs: None, wanted: dict[str, Any]) -> None:
    result = scan(**wanted)
    groups = {group["key"]: group for group in result["groups"]}
    for name, exact in truth().items():
        low, high = groups[name]["pss_low_bytes"], groups[name]["pss_high_bytes"]
        assert low - SLACK <= exact <= high + SLACK, name
        assert (groups[name]["pss_bytes"] is None) == (low != high)
    skipped = [process for process in result["processes"] if process["pss_bytes"] is None]
    assert skipped
    for process in skipped:
        assert process["unread"]["smaps_rollup"] in ("skipped_precision", "skipped_budget", "denied")
        assert process["pss_high_bytes"] <= process["rss_bytes"]


def test_the_default_reads_little_and_knows_nearly_all(hogs: None) -> None:
    if not is_whole_machine(Files()) or os.geteuid():
        pytest.skip("the total is known only where all processes of the kernel can be read")
    everything, default = scan(pss="all"), scan(pss_precision_percent=5.0)
    assert default["coverage"]["unread"].get("skipped_precision", 0) > 0
    if set(everything["coverage"]["unread"]) & {"denied"}:
        # What was denied can't be attributed either; the sum of all that can be still has to match.
        assert everything["pss_check"]["gap_percent"] == pytest.approx(0, abs=3)
    assert default["totals"]["pss_exact_percent"] >= 90
    assert abs(everything["pss_check"]["gap_percent"]) <= 3
    assert default["totals"]["pss_low_bytes"] <= everything["totals"]["pss_high_bytes"] + SLACK


def test_the_largest_are_those_that_psutil_finds(hogs: None) -> None:
    result = scan_process_memory(Files(), Wanted(top=3))[0]
    readable = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.AccessDenied, psutil.NoSuchProcess):
            readable.append((process.memory_full_info().pss, process.pid))
    largest = sorted(readable, reverse=True)[:3]
    assert [process["pid"] for process in result["processes"]] == [pid for _pss, pid in largest]
    assert all(process["pss_bytes"] is not None for process in result["processes"])
    assert result["top_exact"] or "denied" in result["coverage"]["unread"]
    assert result["coverage"]["unread"].get("skipped_precision", 0) > 0


def test_through_ansible(hogs: None) -> None:
    result = through_ansible("process_memory_info", "-a", "top=2 group_by=command pss_precision_percent=30")
    assert [process["pss_bytes"] is None for process in result["processes"]] == [False, False]
    assert result["totals"]["pss_low_bytes"] < result["totals"]["pss_high_bytes"]
