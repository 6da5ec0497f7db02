# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Watching a host: captured kernels whose counters go on, and what a real one can't be made to show at will."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._derive.faulting_processes import Faults
from ansible_collections.fleet.memory.plugins.module_utils._records.unread import Unread
from ansible_collections.fleet.memory.plugins.module_utils._scan import paging as scan
from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Files
from ansible_collections.fleet.memory.plugins.module_utils._scan.paging import Paging

from tests.support.hand_made import hand_made
from tests.support.return_doc import assert_documented
from tests.support.trees import copy_of

PAGE = os.sysconf("SC_PAGE_SIZE")

VMSTAT = "pgfault %d\npgmajfault %d\npswpin 0\npswpout 0\n"
STAT = "%d (%s) S 1 1 1 0 -1 0 %d 0 %d 0 0 0 0 0 20 0 2 0 %d 300000000 25 0\n"
PSI = "some avg10=0.00 avg60=0.00 avg300=0.00 total=%d\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=%d\n"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time: it stands still between samples, and nobody waits."""
    now = [1000.0]
    monkeypatch.setattr(scan.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(scan.time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    return now


def put(root: Path, path: str, content: str) -> None:
    hand_made(root, {path: content})


def process(
    root: Path, pid: int, minor: int, major: int, name: str = "app", start: int = 500, unit: str = "app.service"
) -> None:
    put(root, f"/proc/{pid}/stat", STAT % (pid, name, minor, major, start))
    put(root, f"/proc/{pid}/status", "Name:\tx\nUid:\t0\t0\t0\t0\n")
    put(root, f"/proc/{pid}/cgroup", f"0::/system.slice/{unit}\n")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    put(tmp_path, "/proc/vmstat", VMSTAT % (1000, 100))
    put(tmp_path, "/proc/stat", "cpu 1 2 3\nctxt 500\nbtime 1700000000\n")
    put(tmp_path, "/proc/pressure/memory", PSI % (0, 0))
    put(tmp_path, "/proc/self/mountinfo", "21 1 0:19 / /proc rw - proc proc rw\n")
    process(tmp_path, 1, 50, 5, "systemd", 1, "init.scope")
    return tmp_path


def bumped(text: str, names: str, step: int) -> str:
    lines = re.compile(rf"^(?P<name>{names}) (?P<total>\d+)$", re.MULTILINE)
    return lines.sub(lambda line: f"{line['name']} {int(line['total']) + step}", text)


@pytest.mark.parametrize(
    ("tree", "without"),
    [
        ("linux-5.10-debian-11", set()),
        ("linux-6.1-debian-12", set()),
        ("linux-6.12-debian-13", set()),
        ("linux-6.1-uml", {"thp_faults_per_second"}),
        ("linux-6.18-podman", set()),
    ],
)
def test_captured_kernels(tree: str, without: set[str], tmp_path: Path) -> None:
    """Every counter of reclaim by kind, of swap and of faults goes on by 10 a second."""
    host = copy_of(tree, tmp_path)
    vmstat = host / "proc/vmstat"
    paging = Paging(Files(str(host)))
    for _sample in range(3):
        moving = "pg(maj)?fault|pswp(in|out)|pgscan_(anon|file)|pgsteal_.*|workingset_refault_.*|allocstall_normal"
        vmstat.write_text(bumped(vmstat.read_text(), moving, 20))
        paging.sample_after(2)
    section = paging.section()
    assert_documented(section, "paging_info")
    means = {name: rate and rate["mean"] for name, rate in section["rates"].items()}
    if not (host / "proc/stat").exists():
        without = {*without, "context_switches_per_second"}
    assert {name for name, mean in means.items() if mean is None} == without
    assert {name: mean for name, mean in means.items() if mean} == {
        "major_faults_per_second": 10.0,
        "swap_in_bytes_per_second": 10.0 * PAGE,
        "swap_out_bytes_per_second": 10.0 * PAGE,
        "reclaim_scanned_pages_per_second": 20.0,
        "reclaim_stolen_pages_per_second": 20.0,
        "direct_reclaim_pages_per_second": 10.0,
        "direct_stalls_per_second": 10.0,
        "refaults_anon_per_second": 10.0,
        "refaults_file_per_second": 10.0,
    }
    assert (section["samples"], section["interval_seconds"]) == (3, 2.0)
    assert section["verdict"] == "consistent_major_faults"
    assert (section["pressure"] is None) == (tree == "linux-6.1-uml")


def test_who_faults_and_what_it_is_called(root: Path) -> None:
    process(root, 42, 10, 1, "a) S 1 (b", unit="db.service")
    process(root, 43, 10, 1, "ends")
    paging = Paging(Files(str(root)))
    process(root, 42, 30, 5, "a) S 1 (b", unit="db.service")
    process(root, 44, 8, 0, "\udcff{{ 7*7 }}", start=900)
    shutil.rmtree(root / "proc/43")
    put(root, "/proc/vmstat", VMSTAT % (1060, 104))
    put(root, "/proc/pressure/memory", PSI % (1_000_000, 400_000))
    paging.sample_after(2)
    section = paging.section(top=2)
    assert_documented(section, "paging_info")
    assert section["processes"] == [
        {
            "pid": 42,
            "start_ticks": 500,
            "command": "a) S 1 (b",
            "user": "root",
            "unit": "db.service",
            "minor_faults_per_second": 10.0,
            "major_faults_per_second": 2.0,
            "rss_bytes": 25 * PAGE,
        },
        {
            "pid": 44,
            "start_ticks": 900,
            "command": "\\xff{{ 7*7 }}",
            "user": "root",
            "unit": "app.service",
            "minor_faults_per_second": 4.0,
            "major_faults_per_second": 0.0,
            "rss_bytes": 25 * PAGE,
        },
    ]
    assert section["rates"]["minor_faults_per_second"]["mean"] == 28.0
    assert section["pressure"]["full_percent"]["mean"] == 20.0
    assert section["verdict"] == "severe_pressure"
    assert section["own_pid"] == os.getpid()
    assert section["coverage"] == {
        "processes": 3,
        "read": 3,
        "began": 1,
        "vanished": 1,
        "hidepid": False,
        "unread": {},
    }


def test_one_that_ends_before_it_is_asked_for_its_name_had_its_faults(root: Path) -> None:
    process(root, 42, 10, 1)
    paging = Paging(Files(str(root)))
    process(root, 42, 10, 2)
    paging.sample_after(1)
    original = scan.busiest

    def end_then_rank(*arguments):
        process(root, 42, 0, 0, "another", start=501)
        return original(*arguments)

    scan.busiest = end_then_rank
    try:
        (one,) = paging.section()["processes"]
    finally:
        scan.busiest = original
    assert (one["command"], one["start_ticks"], one["major_faults_per_second"]) == ("app", 500, 1.0)
    assert (one["user"], one["unit"]) == (None, None)


def test_a_malformed_process_is_counted_and_named_nowhere(root: Path) -> None:
    put(root, "/proc/66/stat", "66 (x) nonsense")
    paging = Paging(Files(str(root)))
    paging.sample_after(1)
    coverage = paging.section()["coverage"]
    assert (coverage["processes"], coverage["read"], coverage["unread"]) == (2, 1, {"malformed": 1})


def test_one_that_ends_while_it_is_read_is_no_gap(root: Path) -> None:
    (root / "proc/77").mkdir()
    paging = Paging(Files(str(root)))
    paging.sample_after(1)
    coverage = paging.section()["coverage"]
    assert (coverage["processes"], coverage["read"], coverage["unread"]) == (1, 1, {})


@pytest.mark.parametrize("content", ["", "nonsense\n", None])
def test_no_vmstat_no_rates_but_a_section(root: Path, content: str | None) -> None:
    if content is None:
        (root / "proc/vmstat").unlink()
    else:
        put(root, "/proc/vmstat", content)
    paging = Paging(Files(str(root)))
    paging.sample_after(1)
    section = paging.section()
    assert section["unread"] == {"/proc/vmstat": "malformed" if content is not None else "unsupported"}
    measured = [name for name, rate in section["rates"].items() if rate]
    assert measured == ["context_switches_per_second"]
    assert section["verdict"] is None and section["verdict_reason"].startswith("The major faults could not be measured")
    assert_documented(section, "paging_info")


def test_every_unknown_rate_has_its_reason(root: Path) -> None:
    (root / "proc/stat").unlink()
    (root / "proc/pressure/memory").unlink()
    paging = Paging(Files(str(root)))
    put(root, "/proc/vmstat", "pgfault 7\npgmajfault 100\npswpin 0\npswpout 0\n")
    paging.sample_after(1)
    section = paging.section()
    unread = section["unread"]
    assert unread["/proc/stat"] == "unsupported" and unread["/proc/pressure/memory"] == "unsupported"
    assert unread["rates.minor_faults_per_second"] == "malformed"
    assert unread["rates.oom_kills_per_second"] == "unsupported"
    unknown = {name for name, rate in section["rates"].items() if rate is None}
    assert {"rates." + name for name in unknown - {"context_switches_per_second"}} == {
        key for key in unread if key.startswith("rates.")
    }
    assert section["pressure"] is None


def test_pressure_that_goes_back_has_a_reason(root: Path) -> None:
    put(root, "/proc/pressure/memory", PSI % (9, 9))
    paging = Paging(Files(str(root)))
    put(root, "/proc/pressure/memory", PSI % (8, 9))
    paging.sample_after(1)
    section = paging.section()
    assert section["pressure"] is None and section["unread"]["/proc/pressure/memory"] == "malformed"


def test_it_waits_only_for_the_rest(root: Path, clock: list[float]) -> None:
    paging = Paging(Files(str(root)))
    clock[0] += 0.75
    paging.sample_after(1)
    assert clock[0] == 1001.0
    clock[0] += 5
    paging.sample_after(1)
    assert clock[0] == 1006.0
    section = paging.section()
    assert (section["samples"], section["interval_seconds"]) == (2, 3.0)


def test_without_proc_there_is_nothing_to_watch(tmp_path: Path) -> None:
    with pytest.raises(Unread):
        Paging(Files(str(tmp_path)))


def test_the_audit_itself_is_not_named() -> None:
    faults = Faults(1.0, 2, 3, b"python3", 4)
    other = (os.getpid() + 1, 7)
    assert scan._without_us({(os.getpid(), 7): faults, other: faults}) == {other: faults}
