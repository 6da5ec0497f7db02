# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes from a folder that looks like /proc: what a real one can't be made to show at will."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Files
from ansible_collections.fleet.memory.plugins.module_utils._scan.process_memory import Wanted, scan_process_memory
from ansible_collections.fleet.memory.plugins.module_utils._scan.processes import scan_processes

STAT = "%d (%s) %s 1 1 1 0 -1 %d 11 12 13 14 0 0 0 0 20 0 2 0 500 300000000 25 18446744073709551615\n"
STATUS = """Name:\tx
Uid:\t0\t0\t0\t0
VmPeak:\t  300 kB
VmSize:\t  200 kB
VmLck:\t    0 kB
VmHWM:\t  110 kB
VmRSS:\t  %d kB
VmData:\t   50 kB
VmStk:\t  132 kB
VmPTE:\t   48 kB
VmSwap:\t    0 kB
Threads:\t2
"""
ROLLUP = (
    "0-1 ---p 00000000 00:00 0 [rollup]\nRss: %d kB\nPss: %d kB\nPrivate_Clean: 1 kB\nPrivate_Dirty: 2 kB\nSwap: 0 kB\n"
)
LIMITS = (
    "Limit  Soft Limit  Hard Limit  Units\nMax stack size            8388608              unlimited            bytes\n"
)


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    proc = tmp_path / "proc"
    (proc / "sys/vm").mkdir(parents=True)
    (proc / "stat").write_text("cpu 1 2 3\nbtime 1700000000\n")
    (proc / "sys/vm/max_map_count").write_text("1000\n")
    return proc


def add(proc: Path, pid: int, name: str = "app", rss: int = 100, **files: str | None) -> Path:
    folder = proc / str(pid)
    folder.mkdir()
    content: dict[str, str | None] = {
        "stat": STAT % (pid, name, "S", 0),
        "status": STATUS % rss,
        "limits": LIMITS,
        "cgroup": "0::/system.slice/app.service\n",
        "oom_score": "666\n",
        "oom_score_adj": "-5\n",
        "maps": "a mapping\n" * 900,
        "smaps_rollup": ROLLUP % (rss + 1, rss // 2),
        **files,
    }
    for file, data in content.items():
        if data is not None:
            (folder / file).write_bytes(data.encode("utf-8", "surrogateescape"))
    os.symlink("/opt/app (deleted)", folder / "exe")
    return folder


def scan(proc: Path, **wanted) -> dict:
    return scan_process_memory(Files(str(proc.parent)), Wanted(pss="all", **wanted))[0]


def test_one_process_in_full(proc: Path) -> None:
    add(proc, 42)
    result = scan(proc, group_by="unit")
    (process,) = result["processes"]
    assert process == {
        **process,
        "pid": 42,
        "ppid": 1,
        "command": "app",
        "executable": "/opt/app",
        "executable_deleted": True,
        "user": "root",
        "started_at": "2023-11-14T22:13:25Z",
        "vsz_bytes": 200 * 1024,
        "rss_bytes": 101 * 1024,
        "rss_exact": True,
        "pss_bytes": 50 * 1024,
        "uss_bytes": 3 * 1024,
        "pss_anon_bytes": None,
        "minor_faults": 11,
        "children_minor_faults": 12,
        "major_faults": 13,
        "children_major_faults": 14,
        "oom_score_adj": -5,
        "unit": "app.service",
        "map_count": 900,
        "unread": {},
    }
    assert process["nearest_limit"] == {
        "ceiling": "vm.max_map_count",
        "scope": None,
        "limit": 1000,
        "used": 900,
        "headroom": 100,
        "unit": "mappings",
        "used_percent": 90.0,
    }
    assert result["groups"][0]["key"] == "app.service"
    assert result["coverage"]["complete"]


@pytest.mark.parametrize(
    "peak_line, peak",
    [("VmHWM:\t  110 kB\n", 110), ("VmHWM:\t  100 kB\n", 101), ("", None)],
    ids=["above", "below what is held now", "unknown"],
)
def test_the_peak_is_no_less_than_the_exact_rss(proc: Path, peak_line: str, peak: int | None) -> None:
    """Seen on Linux 5.10: a VmHWM of 560 kB beside a rollup with an Rss of 1752 kB."""
    add(proc, 42, status=(STATUS % 100).replace("VmHWM:\t  110 kB\n", peak_line))
    (process,) = scan(proc)["processes"]
    assert process["peak_rss_bytes"] == (peak and peak * 1024)


@pytest.mark.parametrize("name", ["a) R 1 (b", "x\nVmRSS: 1 kB", "\udcff\udcfe", "{{ 7*7 }}", "<script>", ""])
def test_hostile_names_are_only_names(proc: Path, name: str) -> None:
    add(proc, 42, name)
    (process,) = scan(proc)["processes"]
    assert process["rss_bytes"] == 101 * 1024 and process["ppid"] == 1
    assert process["command"].encode("utf-8") == name.replace("\udcff\udcfe", "\\xff\\xfe").encode()


def test_kernel_threads_are_counted_and_zombies_hold_nothing(proc: Path) -> None:
    add(proc, 2, stat=STAT % (2, "kthreadd", "S", 0x200000))
    zombie = STATUS.partition("VmPeak")[0] % ()
    add(proc, 3, stat=STAT % (3, "gone", "Z", 0), status=zombie + "Threads:\t1\n", smaps_rollup=None)
    result = scan(proc)
    assert result["coverage"]["kernel_threads"] == 1
    (process,) = result["processes"]
    assert (process["rss_bytes"], process["pss_bytes"], process["swap_bytes"]) == (0, 0, 0)
    assert result["totals"]["pss_bytes"] == 0 and result["coverage"]["complete"]


def test_a_process_that_ends_meanwhile_is_counted_as_vanished(proc: Path) -> None:
    add(proc, 5)
    add(proc, 6, stat=None)  # its folder is there, its files are gone
    add(proc, 7, status=STATUS.partition("VmPeak")[0] % ())  # exiting: no memory left, not yet a zombie
    result = scan(proc)
    assert [process["pid"] for process in result["processes"]] == [5]
    assert result["coverage"]["vanished"] == 2
    assert result["coverage"]["complete"]


def test_a_pid_given_away_between_the_two_passes_is_not_mixed_up(proc: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = add(proc, 5)
    original = scan_processes

    def scan_then_replace(*args):
        seen = original(*args)
        (folder / "stat").write_text((STAT % (5, "other", "S", 0)).replace(" 500 ", " 501 "))
        return seen

    monkeypatch.setattr(
        "ansible_collections.fleet.memory.plugins.module_utils._scan.process_memory.scan_processes", scan_then_replace
    )
    result = scan(proc)
    assert result["processes"] == [] and result["coverage"]["vanished"] == 1


def test_what_is_malformed_or_missing_is_unknown_with_its_reason(proc: Path) -> None:
    add(proc, 5, smaps_rollup="nonsense\nRss: many kB\n", limits="", cgroup="", oom_score="x")
    add(proc, 6, smaps_rollup=None, maps=None)
    result = scan(proc)
    first, second = sorted(result["processes"], key=lambda process: process["pid"])
    assert first["unread"] == {
        "smaps_rollup": "malformed",
        "limits": "malformed",
        "cgroup": "malformed",
        "oom_score": "malformed",
    }
    assert (first["pss_bytes"], first["rss_bytes"], first["rss_exact"]) == (None, 100 * 1024, False)
    assert (first["cgroup"], first["unit"], first["nearest_limit"], first["oom_score"]) == (None, None, None, None)
    assert second["unread"] == {"maps": "unsupported", "smaps": "unsupported"}
    assert result["totals"]["pss_bytes"] is None
    assert (result["totals"]["pss_low_bytes"], result["totals"]["pss_high_bytes"]) == (0, 200 * 1024)
    assert result["coverage"]["unread"] == {"malformed": 1, "unsupported": 1}
    assert not result["coverage"]["complete"] and result["coverage"]["read"] == 0


def test_without_smaps_rollup_smaps_are_summed(proc: Path) -> None:
    mapping = "00400000-0048a000 r-xp 00000000 fd:03 960637 /bin/app\nRss: 60 kB\nPss: 30 kB\nPrivate_Clean: 1 kB\n"
    add(proc, 5, smaps_rollup=None, smaps=(mapping + "Private_Dirty: 2 kB\n") * 2)
    (process,) = scan(proc)["processes"]
    assert (process["rss_bytes"], process["pss_bytes"], process["uss_bytes"]) == (120 * 1024, 60 * 1024, 6 * 1024)


def test_a_status_that_cannot_be_read_does_not_fail_the_host(proc: Path) -> None:
    add(proc, 5)
    add(proc, 6, status="")
    coverage = scan(proc)["coverage"]
    assert (coverage["processes"], coverage["read"], coverage["complete"]) == (2, 1, False)
    assert coverage["examples"] == [{"pid": 6, "command": None, "file": "status", "reason": "malformed"}]


def test_the_budget_skips_the_smallest(proc: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for pid, rss in ((5, 100), (6, 300), (7, 200)):
        add(proc, pid, rss=rss)
    clock = iter([0.0, 0.0, 1.0, 3.0])
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    result = scan_process_memory(Files(str(proc.parent)), Wanted())[0]
    assert [(p["pid"], p["pss_bytes"]) for p in result["processes"]] == [(6, 153600), (7, 102400), (5, None)]
    assert result["processes"][2]["unread"] == {"smaps_rollup": "skipped_budget"}


def test_pss_none_reads_no_rollup(proc: Path) -> None:
    add(proc, 5)
    result = scan_process_memory(Files(str(proc.parent)), Wanted(pss="none"))[0]
    assert result["processes"][0]["rss_exact"] is False
    assert result["coverage"]["unread"] == {"skipped_budget": 1}


def test_top_cuts_the_list_only(proc: Path) -> None:
    for pid in (5, 6, 7):
        add(proc, pid, rss=pid * 100)
    result = scan(proc, top=1, sort_by="rss_bytes", group_by="command")
    assert [process["pid"] for process in result["processes"]] == [7]
    assert result["totals"]["count"] == result["selected"]["count"] == result["groups"][0]["count"] == 3
