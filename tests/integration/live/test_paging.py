# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""paging_info on this machine, at rest and under real pressure, against vmstat and the kernel's own counters."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Files
from ansible_collections.fleet.memory.plugins.module_utils._scan.paging import Paging

from tests.support.live import ansible, program, through_ansible
from tests.support.return_doc import assert_documented

MIB = 2**20
LIMIT = 64 * MIB
TOUCHED = 128 * MIB
DRIFT = 2000
"""Context switches, or bytes, a second: half a page of swap."""

THRASHER = (
    """
import mmap, sys
kept = mmap.mmap(-1, %d, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
print("ready", flush=True)
sys.stdin.readline()
while True:
    for page in range(0, len(kept), mmap.PAGESIZE):
        kept[page] = 1
"""
    % TOUCHED
)

MINOR_FAULTER = """
import mmap
print("ready", flush=True)
while True:
    kept = mmap.mmap(-1, 1 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    for page in range(0, len(kept), mmap.PAGESIZE):
        kept[page] = 1
    kept.close()
"""


def in_process(samples: int = 5, interval: float = 1.0) -> dict:
    paging = Paging(Files())
    for _sample in range(samples):
        paging.sample_after(interval)
    return paging.section()


@pytest.fixture
def swap(tmp_path: Path) -> Iterator[Path]:
    """A swap file that is as large as what the thrasher touches; gone afterwards."""
    if os.geteuid() != 0:
        pytest.skip("only root can add swap")
    path = tmp_path / "swap"
    path.touch(0o600)
    blocks = "count=%d" % (TOUCHED // MIB)
    subprocess.run([program("dd"), "if=/dev/zero", f"of={path}", "bs=1M", blocks], check=True, capture_output=True)
    subprocess.run([program("mkswap"), str(path)], check=True, capture_output=True)
    added = subprocess.run([program("swapon"), str(path)], check=False, capture_output=True, text=True)
    if added.returncode:
        pytest.skip("no swap file can be used here: " + added.stderr.strip())
    try:
        yield path
    finally:
        subprocess.run([program("swapoff"), str(path)], check=True)
        path.unlink()


@pytest.fixture
def limited() -> Iterator[Path]:
    """A memory cgroup of its own with LIMIT, v1 or v2; gone afterwards."""
    v1, v2 = Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup")
    if (v1 / "tasks").exists():
        parent, limit = v1, "memory.limit_in_bytes"
    elif "memory" in _words(v2 / "cgroup.subtree_control"):
        parent, limit = v2, "memory.max"
    else:
        pytest.skip("there is no memory cgroup to limit a process with")
    group = parent / ("paging-test-%d" % os.getpid())
    try:
        group.mkdir()
    except OSError as error:
        pytest.skip("no memory cgroup can be made here: %s" % error)
    try:
        (group / limit).write_text(str(LIMIT))
        yield group
    finally:
        for pid in _words(group / "cgroup.procs"):
            os.kill(int(pid), signal.SIGKILL)
        for _try in range(50):
            try:
                group.rmdir()
                break
            except OSError:
                time.sleep(0.1)
        assert not group.exists()


def _words(path: Path) -> list[str]:
    try:
        return path.read_text().split()
    except OSError:
        return []


@pytest.fixture
def thrasher(swap: Path, limited: Path) -> Iterator[int]:
    """The pid of a process that touches twice what its cgroup allows, again and again, and has begun to."""
    with subprocess.Popen(
        [sys.executable, "-c", THRASHER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdin and process.stdout and process.stdout.readline() == "ready\n"
            (limited / "cgroup.procs").write_text(str(process.pid))
            process.stdin.write("go\n")
            process.stdin.flush()
            time.sleep(1.5)
            assert process.poll() is None
            yield process.pid
            assert process.poll() is None
        finally:
            process.kill()


def counters() -> dict[str, int]:
    return {key: int(value) for key, value in map(str.split, Path("/proc/vmstat").read_text().splitlines())}


@pytest.mark.parametrize("reading", ["in process", "through ansible"])
def test_real_pressure(thrasher: int, limited: Path, reading: str) -> None:
    before = counters()
    result = in_process() if reading == "in process" else through_ansible("paging_info")
    after = counters()
    assert_documented(result, "paging_info")
    rates = result["rates"]
    assert result["verdict"] in ("severe_pressure", "consistent_major_faults"), result["verdict_reason"]
    major = rates["major_faults_per_second"]
    # No least rate in each sample: on a busy disk one fault may wait for all of a second.
    assert 10 < major["mean"] <= major["max"] and major["min"] <= major["mean"]
    assert (result["verdict"] == "severe_pressure") == (
        major["mean"] >= 1000 or bool(result["pressure"] and result["pressure"]["full_percent"]["mean"] >= 10)
    )
    first = result["processes"][0]
    assert first["pid"] == thrasher
    assert first["major_faults_per_second"] > 0.5 * major["mean"]
    # Above the limit by what it had before it was put into the cgroup, which the one it came from pays for.
    assert LIMIT / 2 < first["rss_bytes"] < LIMIT + 24 * MIB
    assert (first["command"], first["user"]) == (Path(f"/proc/{thrasher}/comm").read_text().strip(), "root")
    # The witness watched a little longer: the module's start is in its time and not in ours.
    seconds = result["samples"] * result["interval_seconds"]
    for name, key, unit in (
        ("major_faults_per_second", "pgmajfault", 1),
        ("swap_in_bytes_per_second", "pswpin", os.sysconf("SC_PAGE_SIZE")),
        ("swap_out_bytes_per_second", "pswpout", os.sysconf("SC_PAGE_SIZE")),
        ("page_in_bytes_per_second", "pgpgin", 1024),
    ):
        assert 0 < rates[name]["mean"] * seconds <= (after[key] - before[key]) * unit * 1.001, name
    if rates["reclaim_scanned_pages_per_second"] and "pgscan_anon" in after:
        assert rates["reclaim_scanned_pages_per_second"]["mean"] > 0
        assert rates["reclaim_stolen_pages_per_second"]["mean"] > 0


def test_vmstat_sees_the_same(thrasher: int) -> None:
    """vmstat 1, at the same time."""
    for last_try in (False, False, True):
        # Five samples of a second each, but up to half a second apart: on a busy disk that may be much.
        theirs, ours = _both()
        if last_try or all(theirs[name] == pytest.approx(ours[name], rel=0.25, abs=DRIFT) for name in ours):
            break
    assert theirs == pytest.approx(ours, rel=0.25, abs=DRIFT)


def _both() -> tuple[dict[str, float], dict[str, float]]:
    """The mean rates that vmstat and we have of the same five seconds."""
    with subprocess.Popen([program("vmstat"), "-n", "1", "6"], stdout=subprocess.PIPE, text=True) as witness:
        rates = in_process()["rates"]
        assert witness.stdout
        _groups, names, _since_boot, *lines = [line.split() for line in witness.stdout.read().splitlines()]
    columns = dict(zip(names, zip(*[[int(value) for value in line] for line in lines], strict=True), strict=True))
    theirs = {
        name: unit * sum(columns[column]) / len(lines)
        for name, column, unit in (
            ("swap_in_bytes_per_second", "si", 1024),
            ("swap_out_bytes_per_second", "so", 1024),
            ("page_in_bytes_per_second", "bi", 1024),
            ("page_out_bytes_per_second", "bo", 1024),
            ("context_switches_per_second", "cs", 1),
        )
    }
    return theirs, {name: rates[name]["mean"] for name in theirs}


def test_minor_faults_are_found_and_are_no_pressure() -> None:
    with subprocess.Popen([sys.executable, "-c", MINOR_FAULTER], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout and process.stdout.readline() == "ready\n"
            result = in_process(samples=3, interval=0.5)
        finally:
            process.kill()
    (ours,) = [one for one in result["processes"] if one["pid"] == process.pid]
    assert ours["minor_faults_per_second"] > 1000
    assert ours["major_faults_per_second"] < 10
    assert result["rates"]["minor_faults_per_second"]["mean"] > 0.9 * ours["minor_faults_per_second"]
    major = result["rates"]["major_faults_per_second"]["mean"]
    assert result["verdict"] == "quiet" or major >= 1  # what others on this machine do


def test_the_result_is_what_is_documented_and_check_mode_reads_the_same() -> None:
    quick = ("-a", "samples=2 interval_ms=100 top=3")
    usual, checked = through_ansible("paging_info", *quick), through_ansible("paging_info", *quick, "--check")
    for result in (usual, checked):
        assert_documented(result, "paging_info")
        assert result["changed"] is False
        assert result["samples"] == 2 and result["interval_seconds"] == pytest.approx(0.1, abs=0.08)
        assert len(result["processes"]) <= 3
        assert result["coverage"]["processes"] >= result["coverage"]["read"] > 0
    assert usual.keys() == checked.keys() and usual["rates"].keys() == checked["rates"].keys()


def test_a_wrong_option_gets_a_clear_answer() -> None:
    command = ansible("paging_info", "-a", "interval_ms=10")
    answer = subprocess.run(command, check=False, capture_output=True, text=True).stdout
    assert "interval_ms: expected 50 to 60000, not 10" in answer


def test_an_ordinary_user_gets_the_same_rates() -> None:
    if os.geteuid() != 0:
        pytest.skip("this run has no privilege to give up")
    code = (
        "import json, sys; sys.path[:] = json.loads(sys.argv[1])\n"
        "from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Files\n"
        "from ansible_collections.fleet.memory.plugins.module_utils._scan.paging import Paging\n"
        "import os; os.setgid(65534); os.setuid(65534)\n"
        "paging = Paging(Files()); paging.sample_after(0.2); print(json.dumps(paging.section()))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code, json.dumps(sys.path)], check=True, capture_output=True, text=True
    ).stdout
    theirs, ours = json.loads(answer), in_process(samples=1, interval=0.2)
    assert {name for name, rate in theirs["rates"].items() if rate} == {
        name for name, rate in ours["rates"].items() if rate
    }
    if not theirs["coverage"]["hidepid"]:
        assert theirs["coverage"]["read"] == pytest.approx(ours["coverage"]["read"], abs=20)


def test_watching_is_cheap() -> None:
    processes = sum(name.isdigit() for name in os.listdir("/proc"))
    costs = []
    for _round in range(5):
        start = time.process_time()
        in_process(samples=1, interval=0.0)
        costs.append(time.process_time() - start)
    assert min(costs) < 0.005 + processes * 0.00015
