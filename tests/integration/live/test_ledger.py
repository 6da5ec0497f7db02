# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ledger on this machine, while its memory goes to one place after another. Witnesses: free, df, ipcs, /proc."""

from __future__ import annotations

import ctypes
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Files
from ansible_collections.fleet.memory.plugins.module_utils._scan.memory import scan_memory

from tests.support.live import in_a_quiet_moment, run

MIB = 2**20
DRIFT = 48 * MIB
"""What other programs may take or give back between two readings."""

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can do this")


def sizes(memory: dict) -> dict:
    return {entry["name"]: entry["bytes"] for entry in memory["ledger"]["entries"]}


def assert_closed(memory: dict) -> None:
    assert memory["ledger"]["closes"], memory["ledger"]
    assert abs(memory["ledger"]["residual_percent"]) < 3


def suspects(memory: dict, name: str) -> list[dict]:
    return [suspect for suspect in memory["ledger"]["suspects"] if suspect["name"] == name]


@pytest.fixture(autouse=True)
def own_view() -> None:
    if scan_memory(Files())["container"]:
        pytest.skip("a container may have a /proc/meminfo of its own")


def test_free() -> None:
    """free's columns are sums of entries: free, shared, and buff/cache with the slab that can be reclaimed."""

    def check() -> None:
        # total used free shared buff/cache available
        ram = [int(word) for word in run("free", "-b").splitlines()[1].split()[1:]]
        memory = scan_memory(Files())
        found = sizes(memory)
        assert memory["ledger"]["total_bytes"] == ram[0]
        assert found["free"] == pytest.approx(ram[2], abs=DRIFT)
        assert found["shared_memory"] == pytest.approx(ram[3], abs=DRIFT)
        cache = sum(found[name] for name in ("buffers", "file_cache", "shared_memory", "slab_reclaimable"))
        assert cache == pytest.approx(ram[4], abs=DRIFT)
        assert_closed(memory)

    in_a_quiet_moment(check)


def test_context_switches_count_on() -> None:
    def now() -> int:
        found = re.search(r"^ctxt (\d+)$", Path("/proc/stat").read_text(), re.MULTILINE)
        assert found
        return int(found.group(1))

    before = now()
    assert before <= scan_memory(Files())["address_translation"]["context_switches"] <= now()


def test_tmpfs_as_df_sees_it() -> None:
    lines = [line.split(None, 4) for line in run("df", "--output=fstype,size,used,pcent,target", "-B1").splitlines()]
    witness = {line[4]: (int(line[1]), int(line[2])) for line in lines if line[0] in ("tmpfs", "devtmpfs")}
    shared = scan_memory(Files())["shared_memory"]
    found = {item["mount_point"]: (item["size_bytes"], item["used_bytes"]) for item in shared["tmpfs"]}
    assert found
    assert {place: size for place, (size, _used) in found.items() if place in witness} == {
        place: size for place, (size, _used) in witness.items() if place in found
    }
    # df leaves out what it takes for a duplicate, and a tmpfs of no size.
    assert set(witness) <= set(found)


@needs_root
def test_files_in_tmpfs(tmp_path: Path) -> None:
    try:
        run("mount", "-t", "tmpfs", "-o", "size=1g", "ledger", str(tmp_path))
    except subprocess.CalledProcessError as error:
        pytest.skip("nothing can be mounted here: " + error.stderr.strip())
    try:
        with (tmp_path / "file").open("wb") as file:
            for _piece in range(500):
                file.write(b"x" * MIB)
        memory = scan_memory(Files())
    finally:
        run("umount", str(tmp_path))
    assert_closed(memory)
    (found,) = [item for item in memory["shared_memory"]["tmpfs"] if item["mount_point"] == str(tmp_path)]
    assert (found["used_bytes"], found["size_bytes"]) == (500 * MIB, 1024 * MIB)
    if memory["ledger"]["total_bytes"] <= 100 * 500 * MIB:
        assert str(tmp_path) in [suspect["place"] for suspect in suspects(memory, "tmpfs")]


def test_memfd_is_the_rest_without_a_name() -> None:
    def check() -> None:
        before = scan_memory(Files())["shared_memory"]["other_bytes"]
        descriptor = os.memfd_create("ledger")
        try:
            for _piece in range(300):
                os.write(descriptor, b"x" * MIB)
            memory = scan_memory(Files())
        finally:
            os.close(descriptor)
        assert_closed(memory)
        assert memory["shared_memory"]["other_bytes"] - before == pytest.approx(300 * MIB, abs=DRIFT)

    in_a_quiet_moment(check)


@pytest.fixture
def forgotten_segment() -> Iterator[int]:
    """The id of a System V segment of 64 MiB, in RAM, that no process has attached."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.shmat.restype = ctypes.c_void_p
    segment = libc.shmget(0, ctypes.c_size_t(64 * MIB), 0o1600)
    if segment < 0:
        pytest.skip("no System V shared memory here: " + os.strerror(ctypes.get_errno()))
    address = libc.shmat(segment, None, 0)
    ctypes.memset(address, 1, 64 * MIB)
    libc.shmdt(ctypes.c_void_p(address))
    try:
        yield segment
    finally:
        libc.shmctl(segment, 0, None)


def test_segments_as_ipcs_sees_them(forgotten_segment: int) -> None:
    memory = scan_memory(Files())
    witness = {
        int(line.split()[1]): (line.split()[0], int(line.split()[4]), int(line.split()[5]))
        for line in run("ipcs", "-m").splitlines()
        if line.startswith("0x")
    }
    shared = memory["shared_memory"]
    assert {item["shmid"]: (item["key"], item["bytes"], item["attached"]) for item in shared["sysv"]} == witness
    status = run("ipcs", "-m", "-u")
    (segments, resident) = [re.search(r"%s +(\d+)" % what, status) for what in ("segments allocated", "pages resident")]
    assert segments and resident
    assert shared["sysv_count"] == int(segments.group(1))
    assert shared["sysv_bytes"] == int(resident.group(1)) * memory["page_size_bytes"]
    (suspect,) = [item for item in suspects(memory, "sysv_shm") if "shmid %d," % forgotten_segment in item["place"]]
    assert (suspect["bytes"], suspect["counted_as"]) == (64 * MIB, "shared_memory")
    assert_closed(memory)


@needs_root
def test_free_huge_pages() -> None:
    path = Path("/proc/sys/vm/nr_hugepages")
    before = path.read_text()
    try:
        path.write_text(str(int(before) + 50))
        got = int(path.read_text()) - int(before)
        memory = scan_memory(Files())
    except OSError as error:
        pytest.skip("no huge pages can be reserved here: %s" % error)
    finally:
        path.write_text(before)
    if not got:
        pytest.skip("no huge page could be had")
    assert_closed(memory)
    assert sizes(memory)["hugetlb"] == memory["meminfo"]["Hugetlb"]
    assert memory["address_translation"]["hugetlb_bytes"] >= got * memory["meminfo"]["Hugepagesize"]
    assert memory["reserved_unused"]["hugetlb_free_bytes"] >= got * memory["meminfo"]["Hugepagesize"]


def test_a_large_page_cache(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with path.open("wb") as file:
        for _piece in range(700):
            file.write(b"x" * MIB)
    path.read_bytes()
    memory = scan_memory(Files())
    assert_closed(memory)
    assert sizes(memory)["file_cache"] > 600 * MIB


def test_anonymous_memory_and_what_each_cpu_keeps_when_it_is_given_back() -> None:
    taken = bytearray(1)
    for _round in range(3):
        taken = bytearray(800 * MIB)
        memory = scan_memory(Files())
        assert_closed(memory)
        assert sizes(memory)["anonymous"] > 800 * MIB
        del taken
        assert_closed(scan_memory(Files()))


@needs_root
def test_pages_in_swap_and_in_memory_are_counted_once(tmp_path: Path) -> None:
    """A process over its cgroup's limit swaps, and reads back: its pages are then mapped and in the swap cache."""
    controller = Path("/sys/fs/cgroup/memory")
    if not (controller / "memory.limit_in_bytes").exists():
        pytest.skip("no memory controller of cgroup v1 here")
    swap, group = tmp_path / "swap", controller / "fleet-memory-ledger"
    with swap.open("wb") as file:
        for _piece in range(512):
            file.write(bytes(MIB))
    swap.chmod(0o600)
    run("mkswap", str(swap))
    try:
        run("swapon", str(swap))
    except subprocess.CalledProcessError as error:
        pytest.skip("no swap file can be used here: " + error.stderr.strip())
    group.mkdir()
    code = (
        "import sys; b = bytearray(300 << 20)\n"
        "for i in range(0, len(b), 4096): b[i] = 1 + i % 251\n"
        "s = sum(b[i] for i in range(0, len(b), 4096)); print(s, flush=True); sys.stdin.read()\n"
    )
    command = 'echo $$ > %s/cgroup.procs && exec python3 -c "$0"' % group
    process = None
    try:
        (group / "memory.limit_in_bytes").write_text(str(150 * MIB))
        process = subprocess.Popen(["sh", "-c", command, code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert process.stdout and process.stdout.readline()
        (group / "memory.limit_in_bytes").write_text(str(500 * MIB))
        memory = scan_memory(Files())
        assert memory["swap"]["used_bytes"] > 50 * MIB
        assert_closed(memory)
        assert memory["meminfo"]["SwapCached"] > 32 * MIB
        assert 0 <= sizes(memory)["swap_cache"] <= memory["meminfo"]["SwapCached"]
        assert memory["ledger"]["residual_bytes"] > -4 * MIB
    finally:
        if process:
            process.communicate()
        run("swapoff", str(swap))
        group.rmdir()
