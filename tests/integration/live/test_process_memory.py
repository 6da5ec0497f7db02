# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Our figures of live processes against those of ps, smem, psutil and the kernel's longer files."""

from __future__ import annotations

import json
import mmap
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import psutil
import pytest
from ansible_collections.fleet.memory.plugins.module_utils._derive.selection import Selection
from ansible_collections.fleet.memory.plugins.module_utils._procfs import smaps
from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Files
from ansible_collections.fleet.memory.plugins.module_utils._scan.process_memory import Wanted, scan_process_memory

MIB = 1 << 20
SLACK = 256 * 1024
"""What a process that does nothing may still change between two looks: counters kept per CPU are written back."""

HOLDER = """
import mmap, signal, sys
kept = mmap.mmap(-1, 24 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
for page in range(0, len(kept), 4096):
    kept[page] = 1
print("ready", flush=True)
signal.pause()
"""


@pytest.fixture(scope="module")
def holder() -> Iterator[psutil.Process]:
    """A process that holds 24 MiB and sleeps."""
    with subprocess.Popen([sys.executable, "-c", HOLDER], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stdout.readline() == "ready\n"
        yield psutil.Process(process.pid)
        process.kill()


def scan(**selection) -> dict:
    return scan_process_memory(Files(), Wanted(selection=Selection(**selection), pss="all"))[0]


def ours(pid: int) -> dict:
    (process,) = scan(pids=frozenset({pid}))["processes"]
    return process


def test_against_psutil(holder: psutil.Process) -> None:
    mine, theirs = ours(holder.pid), holder.memory_full_info()
    assert abs(mine["pss_bytes"] - theirs.pss) <= SLACK
    assert abs(mine["uss_bytes"] - theirs.uss) <= SLACK
    assert abs(mine["rss_bytes"] - theirs.rss) <= SLACK
    assert mine["vsz_bytes"] == theirs.vms
    assert mine["swap_bytes"] == theirs.swap
    assert mine["ppid"] == os.getpid()
    assert mine["executable"] == holder.exe()
    assert mine["user"] == holder.username()
    assert mine["threads"] == holder.num_threads()
    assert mine["uss_bytes"] > 24 * MIB


def test_against_ps(holder: psutil.Process) -> None:
    columns = "pid=,rss=,vsz=,min_flt=,maj_flt=,stat=,comm="
    line = subprocess.run(["ps", "-o", columns, "-p", str(holder.pid)], capture_output=True, text=True, check=True)
    pid, rss, vsz, minor, major, state, command = line.stdout.split(None, 6)
    mine = ours(holder.pid)
    assert mine["pid"] == int(pid)
    assert abs(mine["rss_bytes"] - int(rss) * 1024) <= SLACK
    assert mine["vsz_bytes"] == int(vsz) * 1024
    assert (mine["minor_faults"], mine["major_faults"]) == (int(minor), int(major))
    assert mine["state"] == state[0]
    assert mine["command"] == command.strip()


def test_against_smem(holder: psutil.Process) -> None:
    if not shutil.which("smem"):
        pytest.skip("smem is not installed: no second opinion on PSS and USS")
    rows = subprocess.run(
        ["smem", "-H", "-c", "pid pss uss rss"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    pss, uss, rss = next([int(n) * 1024 for n in row.split()[1:]] for row in rows if int(row.split()[0]) == holder.pid)
    mine = ours(holder.pid)
    # smem itself is a Python process that maps what the holder maps, so shared pages are shared among one more.
    assert abs(mine["pss_bytes"] - pss) <= 2 * MIB
    assert abs(mine["uss_bytes"] - uss) <= 2 * MIB
    assert abs(mine["rss_bytes"] - rss) <= SLACK


def test_the_rollup_is_the_sum_of_smaps(holder: psutil.Process) -> None:
    with open(f"/proc/{holder.pid}/smaps", "rb") as file:
        summed = smaps.parse(file.read())
    mine = ours(holder.pid)
    # The kernel rounds each mapping down to a kB, and a PSS per mapping loses up to that much.
    assert abs(mine["pss_bytes"] - summed.pss_bytes) <= SLACK
    assert mine["rss_bytes"] == summed.rss_bytes
    assert mine["uss_bytes"] == summed.uss_bytes


def test_ten_processes_that_share_a_mebibyte_hold_a_tenth_of_it_each() -> None:
    # Nothing touched between the fork and the look: the children differ from the parent in the mapping alone.
    kept = mmap.mmap(-1, MIB, flags=mmap.MAP_SHARED | mmap.MAP_ANONYMOUS)
    children = []
    try:
        for _child in range(10):
            child = os.fork()
            if child == 0:
                for page in range(0, MIB, mmap.PAGESIZE):
                    kept[page]
                while True:
                    time.sleep(60)
            children.append(child)
        for page in range(0, MIB, mmap.PAGESIZE):
            kept[page] = 1
        time.sleep(1)
        # The parent unmaps its own view, so ten processes are left.
        kept.close()
        processes = scan(pids=frozenset(children))["processes"]
    finally:
        for child in children:
            os.kill(child, 9)
            os.waitpid(child, 0)
    assert len(processes) == 10
    for process in processes:
        # One more MiB of PSS in all, 102.4 KiB each. pss_shmem is only that mapping: nothing else is shared memory.
        assert process["pss_shmem_bytes"] == pytest.approx(MIB / 10, abs=2048)
        assert process["rss_shmem_bytes"] >= MIB
    assert sum(process["pss_shmem_bytes"] for process in processes) == pytest.approx(MIB, abs=20480)


def test_every_process_that_psutil_sees_is_seen() -> None:
    before = set(psutil.pids())
    result = scan()
    after = set(psutil.pids())
    ours_ = {process["pid"] for process in result["processes"]}
    stable = {pid for pid in before & after if psutil.pid_exists(pid) and psutil.Process(pid).memory_info().vms}
    assert stable <= ours_
    for process in result["processes"]:
        if process["pss_bytes"] is not None:
            assert (
                process["uss_bytes"] <= process["pss_bytes"] + 4096
                and process["pss_bytes"] <= process["rss_bytes"] + 4096
            )
    assert result["totals"]["pss_low_bytes"] <= result["totals"]["rss_bytes"]


def test_a_real_process_with_a_hostile_name() -> None:
    # Through a file descriptor of its own /proc/self/comm a process can call itself almost anything.
    code = (
        r"import signal; open('/proc/self/comm', 'wb').write(b'a) R 1 (\xff\n');"
        "print('ready', flush=True); signal.pause()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stdout.readline() == "ready\n"
        mine = ours(process.pid)
        process.kill()
    assert mine["command"] == "a) R 1 (\\xff\n"
    assert mine["ppid"] == os.getpid()


def as_nobody(work: Callable[[], object]) -> dict:
    """The JSON of what ``work`` returns when an ordinary user does it: a child that gives its rights away."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            os.write(writing, json.dumps(work()).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return json.loads(answer)


def test_an_ordinary_user_is_denied_and_told_so() -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root, to become another user")
    result = as_nobody(scan)
    assert result["coverage"]["unread"]["denied"] >= 1 and not result["coverage"]["complete"]
    foreign = next(process for process in result["processes"] if process["uid"] == 0 and process["state"] != "Z")
    assert foreign["pss_bytes"] is None and foreign["unread"]["smaps_rollup"] == "denied"
    assert foreign["rss_bytes"] is not None and foreign["rss_exact"] is False
