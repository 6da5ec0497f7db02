# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ceiling that is said to bind first is the one that a growing process really hits, on this machine's kernel."""

from __future__ import annotations

import mmap
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._derive.selection import Selection
from ansible_collections.fleet.memory.plugins.module_utils._scan.cgroups import group_processes
from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Files
from ansible_collections.fleet.memory.plugins.module_utils._scan.limits import scan_limits
from ansible_collections.fleet.memory.plugins.module_utils._scan.process_memory import Wanted, scan_process_memory

MIB = 1 << 20
CGROUPS = {"v1": Path("/sys/fs/cgroup/memory"), "v2": Path("/sys/fs/cgroup")}
FILES = {"v1": ("memory.limit_in_bytes", "memory.usage_in_bytes"), "v2": ("memory.max", "memory.current")}

# Holds 16 MiB, then at each line of its input takes so many more MiB and says whether it got them.
GROWER = """
import mmap, sys
held = []
def take(mebibytes):
    held.append(mmap.mmap(-1, mebibytes << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))
    for page in range(0, len(held[-1]), mmap.PAGESIZE):
        held[-1][page] = 1
for line in sys.stdin:
    try:
        take(int(line))
        print("taken", flush=True)
    except (OSError, MemoryError):
        print("refused", flush=True)
"""


class Grower:
    def __init__(self, limits: dict[int, int], cgroup: Path | None = None, user: int | None = None) -> None:
        def limit() -> None:
            for number, value in limits.items():
                resource.setrlimit(number, (value, value))

        self.process = subprocess.Popen(
            [sys.executable, "-c", GROWER], stdin=-1, stdout=-1, text=True, preexec_fn=limit, user=user
        )
        if cgroup:
            (cgroup / "cgroup.procs").write_text(str(self.process.pid))
        assert self.take(16) == "taken"

    def __enter__(self) -> Grower:
        return self

    def __exit__(self, *_exception: Any) -> None:
        self.process.kill()
        self.process.communicate()

    def take(self, mebibytes: int) -> str:
        """``taken``, ``refused``, or nothing when it was killed for it."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write("%d\n" % mebibytes)
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def told(self) -> dict[str, Any]:
        selection = Selection(pids=frozenset({self.process.pid}))
        result = scan_process_memory(Files(), Wanted(selection=selection, pss="none", ceilings=True))[0]
        (process,) = result["processes"]
        assert result["ceilings_unread"] == {}
        return process


def version() -> str:
    root = CGROUPS["v1"] / "memory.limit_in_bytes"
    unified = CGROUPS["v2"] / "cgroup.subtree_control"
    if os.geteuid() == 0 and root.exists():
        return "v1"
    if os.geteuid() == 0 and unified.exists() and "memory" in unified.read_text():
        return "v2"
    pytest.skip("needs root and the memory controller of a cgroup hierarchy")


def set_limit(cgroup: Path, mebibytes: int) -> None:
    (cgroup / FILES[version()][0]).write_text(str(mebibytes * MIB))


@pytest.fixture
def nested() -> Iterator[tuple[Path, Path]]:
    """Two memory cgroups, one in the other, without swap, so that what doesn't fit is killed."""
    kind = version()
    outer = CGROUPS[kind] / ("fleet-memory-headroom-%d" % os.getpid())
    inner = outer / "inner"
    outer.mkdir()
    try:
        if kind == "v2":
            (outer / "cgroup.subtree_control").write_text("+memory")
        inner.mkdir()
        for cgroup in (outer, inner):
            swap = cgroup / ("memory.swappiness" if kind == "v1" else "memory.swap.max")
            if swap.exists():
                swap.write_text("0")
        yield outer, inner
    finally:
        if inner.exists():
            inner.rmdir()
        outer.rmdir()


def own_path(cgroup: Path) -> str:
    return "/" + str(cgroup.relative_to(CGROUPS[version()]))


def test_a_resource_limit_binds_below_the_cgroups(nested: tuple[Path, Path]) -> None:
    outer, inner = nested
    set_limit(outer, 200)
    set_limit(inner, 150)
    with Grower({resource.RLIMIT_DATA: 60 * MIB}, inner) as grower:
        first = grower.told()["binds_first"]
        assert (first["ceiling"], first["scope"], first["limit"]) == ("RLIMIT_DATA", None, 60 * MIB)
        left = first["headroom"] // MIB
        assert grower.take(left + 1) == "refused"
        assert grower.take(left - 1) == "taken"


@pytest.mark.parametrize(("outer_limit", "inner_limit", "binding"), [(40, 80, 0), (80, 40, 1)])
def test_the_tighter_cgroup_binds(nested: tuple[Path, Path], outer_limit: int, inner_limit: int, binding: int) -> None:
    set_limit(nested[0], outer_limit)
    set_limit(nested[1], inner_limit)
    with Grower({resource.RLIMIT_AS: 4096 * MIB}, nested[1]) as grower:
        told = grower.told()
        first = told["binds_first"]
        assert (first["ceiling"], first["scope"], first["limit"]) == ("memory.max", own_path(nested[binding]), 40 * MIB)
        # The use is what the kernel says less the page cache that it may drop; a grower reads no files.
        current = int((nested[binding] / FILES[version()][1]).read_text())
        assert current - MIB <= first["used"] <= current
        scopes = {(item["ceiling"], item["scope"]) for item in told["ceilings"]}
        assert {("memory.max", own_path(cgroup)) for cgroup in nested} <= scopes
        assert not any(item["shared"] for item in told["ceilings"] if item["scope"])
        left = first["headroom"] // MIB
        assert grower.take(left - 2) == "taken"
        assert grower.take(4) == ""
        assert grower.process.wait() == -signal.SIGKILL


def test_two_in_a_cgroup_share_its_headroom(nested: tuple[Path, Path]) -> None:
    set_limit(nested[0], 100)
    with Grower({}, nested[0]) as one, Grower({}, nested[1]) as other:
        shared = {
            item["scope"]: item["shared"]
            for grower in (one, other)
            for item in grower.told()["ceilings"]
            if item["ceiling"] == "memory.max"
        }
        assert shared == {own_path(nested[0]): True}


def test_page_cache_does_not_count(nested: tuple[Path, Path], tmp_path: Path) -> None:
    """A cgroup whose limit is full of a file that was read once can still grow."""
    set_limit(nested[1], 40)
    big = tmp_path / "big"
    # A file system in memory would be charged to whoever writes it.
    if b"tmpfs" in subprocess.run(["stat", "-fc", "%T", str(tmp_path)], capture_output=True, check=True).stdout:
        pytest.skip("%s is in memory" % tmp_path)
    big.write_bytes(b"\1" * (100 * MIB))
    with big.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    with Grower({}, nested[1]) as grower:
        reader = "echo $$ >%s/cgroup.procs; exec cat %s" % (nested[1], big)
        subprocess.run(["sh", "-c", reader], stdout=subprocess.DEVNULL, check=True)
        (cgroup,) = [item for item in group_processes(Files()).cgroups if item["path"] == own_path(nested[1])]
        assert cgroup["used_percent"] > 95
        assert grower.told()["binds_first"]["headroom"] > 12 * MIB
        assert cgroup["nearest_limit"]["used_percent"] < 80
        assert grower.take(12) == "taken"


def test_the_nearest_cgroups_are_named(nested: tuple[Path, Path]) -> None:
    outer, inner = nested
    set_limit(inner, 22)
    with Grower({}, inner):
        result = scan_limits(Files())
        (below,) = [item for item in result["cgroups"] if item["path"] == own_path(inner)]
        assert (below["nearest_limit"]["ceiling"], below["nearest_limit"]["scope"]) == ("memory.max", own_path(inner))
        assert below["nearest_limit"] in result["cgroup_nearest_limit"]
        assert below["stat"]["anon_bytes"] >= 16 * MIB
        (above,) = [item for item in result["cgroups"] if item["path"] == own_path(outer)]
        assert above["nearest_limit"] is None


def test_the_address_space(nested: tuple[Path, Path]) -> None:
    with Grower({resource.RLIMIT_AS: 200 * MIB}) as grower:
        told = grower.told()
        (listed,) = [item for item in told["ceilings"] if item["ceiling"] == "RLIMIT_AS"]
        assert told["nearest_limit"]["ceiling"] == told["binds_first"]["ceiling"] == "RLIMIT_AS"
        assert listed["used"] <= listed["peak"] <= 200 * MIB
        left = listed["headroom"] // MIB
        assert grower.take(left + 1) == "refused" and grower.take(left - 1) == "taken"


@pytest.mark.parametrize(("user", "enforced"), [(None, False), (65534, True)], ids=["root", "nobody"])
def test_locked_memory_only_without_the_capability(user: int | None, enforced: bool) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root, to be exempt and to become somebody else")
    python = sys.executable if user is None else "/usr/bin/python3"
    if not os.path.exists(python):
        pytest.skip("needs a Python for everybody")
    code = (
        "import ctypes, mmap, sys; m = mmap.mmap(-1, 1 << 20); a = ctypes.addressof(ctypes.c_char.from_buffer(m));"
        "print(ctypes.CDLL(None).mlock(ctypes.c_void_p(a), ctypes.c_size_t(1 << 20)), flush=True); sys.stdin.read()"
    )
    limit = 64 * 1024

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (limit, limit))

    with subprocess.Popen([python, "-c", code], stdin=-1, stdout=-1, text=True, preexec_fn=limited, user=user) as child:
        assert child.stdout
        refused = child.stdout.readline() == "-1\n"
        selection = Selection(pids=frozenset({child.pid}))
        result = scan_process_memory(Files(), Wanted(selection=selection, pss="none", ceilings=True))[0]
        child.kill()
    names = [item["ceiling"] for item in result["processes"][0]["ceilings"]]
    assert refused is enforced is ("RLIMIT_MEMLOCK" in names)


def test_the_mappings() -> None:
    limit = int(Path("/proc/sys/vm/max_map_count").read_text())
    if limit > 200_000:
        pytest.skip("vm.max_map_count is too large to come near it")
    # Neighbours that may be written and those that may not don't merge into one mapping.
    mapper = (
        "import mmap, sys\nheld = []\nfor number in range(int(%d * 0.9)):\n"
        " held.append(mmap.mmap(-1, 4096, prot=mmap.PROT_READ | (mmap.PROT_WRITE if number %% 2 else 0)))\n"
        "print('ready', flush=True)\nsys.stdin.read()" % limit
    )
    assert mmap.PAGESIZE == 4096
    with subprocess.Popen([sys.executable, "-c", mapper], stdin=-1, stdout=-1, text=True) as child:
        assert child.stdout and child.stdout.readline() == "ready\n"
        selection = Selection(pids=frozenset({child.pid}))
        (process,) = scan_process_memory(Files(), Wanted(selection=selection, pss="none"))[0]["processes"]
        with open("/proc/%d/maps" % child.pid, "rb") as maps:
            lines = len(maps.readlines())
        child.kill()
    nearest = process["nearest_limit"]
    assert (nearest["ceiling"], nearest["unit"], nearest["used"]) == ("vm.max_map_count", "mappings", lines)
    assert nearest["used_percent"] > 89
