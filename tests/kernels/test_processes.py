# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes on a kernel of its own, against ps, the rollups there, and the identity of the sum of PSS."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kernels.conftest import Observed
from tests.kernels.guest import Guest

SLACK = 1024 * 1024
"""What a resting process may still change between two looks."""


def start_ticks(stat: str) -> int:
    return int(stat.rpartition(")")[2].split()[19])


def lines_in_bytes(text: str) -> dict[str, int]:
    """The ``Key: N kB`` lines."""
    fields = (line.split() for line in text.splitlines() if line.endswith(" kB"))
    return {field[0].rstrip(":"): int(field[1]) * 1024 for field in fields}


@pytest.fixture
def pairs(observed: Observed) -> list[tuple[dict[str, Any], dict[str, str]]]:
    """Our process and its files, for those that were there both times."""
    theirs = observed.witness["processes"]
    found = [
        (process, theirs[str(process["pid"])])
        for process in observed.snapshot["processes"]["processes"]
        if (theirs.get(str(process["pid"])) or {}).get("smaps_rollup")
    ]
    found = [(ours, files) for ours, files in found if start_ticks(files["stat"]) == ours["start_ticks"]]
    assert len(found) > 10
    return found


def rests(process: dict[str, Any]) -> bool:
    """Whether nothing that comes and goes, such as a login or udev's workers, shares its pages with it."""
    unit = process["unit"] or ""
    return unit.endswith(".service") and not unit.startswith(("ssh", "user", "systemd-udevd"))


def test_rollups(pairs: list[tuple[dict[str, Any], dict[str, str]]]) -> None:
    resting = [(ours, files) for ours, files in pairs if rests(ours)]
    assert len(resting) >= 8
    for ours, files in resting:
        rollup, status = (lines_in_bytes(files[name]) for name in ("smaps_rollup", "status"))
        theirs = {
            "rss_bytes": rollup["Rss"],
            "pss_bytes": rollup["Pss"],
            "pss_anon_bytes": rollup["Pss_Anon"],
            "pss_file_bytes": rollup["Pss_File"],
            "pss_shmem_bytes": rollup["Pss_Shmem"],
            "uss_bytes": rollup["Private_Clean"] + rollup["Private_Dirty"],
            "swap_bytes": status["VmSwap"],
            "swap_pss_bytes": rollup["SwapPss"],
            "locked_bytes": status["VmLck"],
            "page_tables_bytes": status["VmPTE"],
            "vsz_bytes": status["VmSize"],
            # The counters of status are approximate (in Linux 6.1 a fork may have no file pages); a peak is no smaller
            # than what is there now.
            "peak_rss_bytes": max(status["VmHWM"], rollup["Rss"]),
        }
        assert {key: ours[key] for key in theirs} == pytest.approx(theirs, abs=SLACK), ours["command"]


def test_ps(observed: Observed) -> None:
    shown = {int(line.split()[0]): line.split(None, 5) for line in observed.witness["ps"].splitlines()}
    processes = [ours for ours in observed.snapshot["processes"]["processes"] if ours["pid"] in shown]
    assert len(processes) > 10
    for ours in processes:
        _pid, ppid, user, vsz, unit, command = shown[ours["pid"]]
        assert (ours["ppid"], ours["user"], ours["command"]) == (int(ppid), user, command.strip())
        assert ours["vsz_bytes"] == pytest.approx(int(vsz) * 1024, abs=SLACK)
        assert (ours["unit"] or "-") == unit


def test_root_reads_everything(observed: Observed) -> None:
    coverage = observed.snapshot["processes"]["coverage"]
    assert coverage["complete"] and coverage["read"] == coverage["processes"]
    statuses = [files["status"] for files in observed.witness["processes"].values() if files["status"]]
    without_memory = [status for status in statuses if "VmSize" not in status]
    # Work queues' threads come and go.
    assert coverage["kernel_threads"] == pytest.approx(len(without_memory), abs=25)


def unexplained(snapshot: dict[str, Any]) -> float:
    """What lies between the sum of PSS and what the kernel has mapped, the larger of two figures, in percent."""
    meminfo, processes = snapshot["memory"]["meminfo"], snapshot["processes"]
    assert processes["totals"]["pss_bytes"] == sum(process["pss_bytes"] for process in processes["processes"])
    mapped = meminfo["AnonPages"] + meminfo["Mapped"]
    return max(abs(processes["totals"]["pss_bytes"] / mapped - 1) * 100, abs(processes["pss_check"]["gap_percent"]))


def test_the_sum_of_pss_is_what_the_kernel_has_mapped(guest: Guest, observed: Observed) -> None:
    """Seconds lie between the files here: what starts or ends in between spoils one look, but not three."""
    gap = unexplained(observed.snapshot)
    for _again in range(2):
        gap = gap if gap < 3 else unexplained(guest.module("snapshot", pss="all"))
    assert gap < 3


def test_a_user_is_told_what_was_denied(guest: Guest) -> None:
    processes = guest.module("process_memory_info", user="alice")
    coverage = processes["coverage"]
    assert not coverage["complete"] and coverage["unread"]["denied"] > 10
    assert processes["totals"]["pss_bytes"] is None
    # Not each of her own: ssh's processes have given up privileges, which makes them unreadable to her.
    assert any(process["pss_bytes"] for process in processes["processes"] if process["user"] == "alice")
    for process in processes["processes"]:
        if process["user"] != "alice":
            assert process["pss_bytes"] is None and process["unread"]["smaps_rollup"] == "denied"
