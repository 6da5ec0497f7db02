# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Dict, List

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._scan.cgroups import scan_cgroups
from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Readings
from ansible_collections.fleet.memory.plugins.module_utils._scan.process_table import ProcessTable

from tests.support.hand_made import hand_made

V2_MOUNT = "31 24 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
V1_MOUNT = "36 31 0:31 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
SYS = "/sys/fs/cgroup"
NO_LIMIT = "9223372036854771712\n"
PRESSURE = "some avg10=1.50 avg60=0.20 avg300=0.00 total=77\nfull avg10=0.50 avg60=0.10 avg300=0.00 total=7\n"
V2_STAT = "anon 30\nfile 9\nkernel 6\nsock 1\nshmem 4\ninactive_file 5\nslab 2\nworkingset_refault 12\npgmajfault 3\n"
V1_STAT = "cache 1\nrss 2\ntotal_cache 20\ntotal_rss 25\ntotal_swap 40\ntotal_inactive_file 15\ntotal_pgmajfault 4\n"


def v2(path: str, limit: str, current: str = "50\n", **other: str) -> Dict[str, str]:
    files = {"cgroup.procs": "", "memory.max": limit, "memory.current": current}
    files.update(("memory." + name.replace("_", "."), content) for name, content in other.items())
    return {"%s%s/%s" % (SYS, path, name): content for name, content in files.items()}


def v1(path: str, limit: str, hierarchy: str = "1\n") -> Dict[str, str]:
    files = {
        "cgroup.procs": "",
        "memory.limit_in_bytes": limit,
        "memory.soft_limit_in_bytes": NO_LIMIT,
        "memory.usage_in_bytes": "50\n",
        "memory.max_usage_in_bytes": "60\n",
        "memory.failcnt": "3\n",
        "memory.swappiness": "10\n",
        "memory.use_hierarchy": hierarchy,
        "memory.stat": V1_STAT,
        "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
    }
    return {"%s/memory%s/%s" % (SYS, path, name): content for name, content in files.items()}


def scan(root: Path, files: Dict[str, str], *memberships: bytes) -> Any:
    readings = Readings(hand_made(root, files))
    table = ProcessTable([(pid, None, content) for pid, content in enumerate(memberships, 1)])
    return {cgroup["path"]: cgroup for cgroup in scan_cgroups(readings, table)}, readings.unread


def test_v2_along_the_whole_chain(tmp_path: Path) -> None:
    files = {
        "/proc/self/mountinfo": V2_MOUNT,
        SYS + "/cgroup.procs": "",
        **v2("/a", "100\n", low="5\n", swap_max="max\n", high="90\n", events="max 4\noom_kill 1\n", oom_group="1\n"),
        SYS + "/a/memory.events.local": "max 3\noom_kill 0\n",
        **v2("/a", "100\n", swap_current="7\n", swap_peak="8\n", pressure=PRESSURE, stat=V2_STAT),
        **v2("/a/b", "max\n", current="25\n", peak="99\n"),
        **v2("/a/b/c", "400\n", current="20\n"),
        **v2("/unused", "7\n"),
    }
    cgroups, unread = scan(tmp_path, files, b"0::/a/b/c\n", b"0::/a/b/c\n", b"0::/a\n")
    assert list(cgroups) == ["/", "/a", "/a/b", "/a/b/c"]
    assert cgroups["/a"] == {
        "path": "/a",
        "version": "v2",
        "controller": "memory",
        "visible_root": False,
        "limits": {
            "max_bytes": 100,
            "high_bytes": 90,
            "low_bytes": 5,
            "min_bytes": None,
            "swap_max_bytes": None,
            "swap_high_bytes": None,
            "zswap_max_bytes": None,
        },
        "current_bytes": 50,
        "peak_bytes": None,
        "swap_current_bytes": 7,
        "swap_peak_bytes": 8,
        "oom_group": 1,
        "events": {"max": 4, "oom_kill": 1},
        "events_local": {"max": 3, "oom_kill": 0},
        "pressure": {
            "some": {"avg10": 1.5, "avg60": 0.2, "avg300": 0.0, "total_microseconds": 77},
            "full": {"avg10": 0.5, "avg60": 0.1, "avg300": 0.0, "total_microseconds": 7},
        },
        "stat": {
            "anon_bytes": 30,
            "anon_huge_bytes": None,
            "file_bytes": 9,
            "inactive_file_bytes": 5,
            "shmem_bytes": 4,
            "kernel_bytes": 6,
            "slab_bytes": 2,
            "sock_bytes": 1,
            "refaults_anon": None,
            "refaults_file": 12,
            "major_faults": 3,
        },
        "used_percent": 50.0,
        "effective_max_bytes": 100,
        "binding": "/a",
        "nearest_limit": {
            "ceiling": "memory.high",
            "scope": "/a",
            "limit": 90,
            "used": 45,
            "headroom": 45,
            "unit": "bytes",
            "used_percent": 50.0,
        },
    }
    assert (cgroups["/a/b"]["effective_max_bytes"], cgroups["/a/b"]["binding"]) == (100, "/a")
    assert (cgroups["/a/b"]["used_percent"], cgroups["/a/b"]["peak_bytes"]) == (None, 99)
    assert (cgroups["/a/b/c"]["binding"], cgroups["/a/b/c"]["used_percent"]) == ("/a", 5.0)
    # The root of v2 has no memory files of its own: that is no gap.
    assert (cgroups["/"]["current_bytes"], cgroups["/"]["visible_root"]) == (None, True)
    assert unread == {}


def test_v1_beside_v2(tmp_path: Path) -> None:
    files = {
        "/proc/self/mountinfo": V1_MOUNT + V2_MOUNT.replace(SYS, SYS + "/unified"),
        **v1("", NO_LIMIT),
        **v1("/a", "100\n"),
        **v1("/a/b", "9223372036854775807\n"),
    }
    cgroups, unread = scan(tmp_path, files, b"4:memory:/a/b\n0::/ignored\n")
    assert list(cgroups) == ["/", "/a", "/a/b"]
    assert cgroups["/a"]["limits"] == {
        "max_bytes": 100,
        "soft_limit_bytes": None,
        "memory_and_swap_max_bytes": None,
    }
    assert (cgroups["/a"]["failcnt"], cgroups["/a"]["swappiness"], cgroups["/a"]["peak_bytes"]) == (3, 10, 60)
    assert cgroups["/a"]["events"] == {"oom_kill_disable": 0, "under_oom": 0, "oom_kill": 2}
    assert not {"pressure", "events_local", "swap_peak_bytes"} & cgroups["/a"].keys()
    assert {key: value for key, value in cgroups["/a"]["stat"].items() if value is not None} == {
        "anon_bytes": 25,
        "file_bytes": 20,
        "inactive_file_bytes": 15,
        "swap_bytes": 40,
        "major_faults": 4,
    }
    # What was read from files once is no use: 50 less 15.
    nearest = cgroups["/a/b"]["nearest_limit"]
    assert (nearest["ceiling"], nearest["scope"], nearest["used"]) == ("memory.max", "/a", 35)
    assert (cgroups["/a/b"]["version"], cgroups["/a/b"]["binding"]) == ("v1", "/a")
    assert unread == {}


def test_v1_ancestor_that_does_not_count_its_children(tmp_path: Path) -> None:
    files = {"/proc/self/mountinfo": V1_MOUNT, **v1("", NO_LIMIT), **v1("/a", "100\n", "0\n"), **v1("/a/b", "300\n")}
    assert scan(tmp_path, files, b"4:memory:/a/b\n")[0]["/a/b"]["binding"] == "/a/b"


@pytest.mark.parametrize("root", ["/docker/abc", "/", "/../../x"])
def test_a_container_sees_its_own_root_only(tmp_path: Path, root: str) -> None:
    """Once with the host's paths, once in a cgroup namespace, once mounted from outside of it."""
    path = root if root == "/docker/abc" else "/"
    mount = V1_MOUNT.replace(" / ", " %s " % root, 1)
    cgroups, unread = scan(
        tmp_path,
        {"/proc/self/mountinfo": mount, **v1("", "100\n"), **v1("/x", "70\n")},
        b"4:memory:%s\n" % path.encode(),
        b"4:memory:%s/x\n" % path.rstrip("/").encode(),
        b"4:memory:/../outside\n",
    )
    assert list(cgroups) == [path, path.rstrip("/") + "/x"]
    assert [cgroup["visible_root"] for cgroup in cgroups.values()] == [True, False]
    assert cgroups[path]["limits"]["max_bytes"] == 100
    assert cgroups[path.rstrip("/") + "/x"]["binding"] == path.rstrip("/") + "/x"
    assert unread == {}


def test_a_cgroup_that_is_gone_is_left_out(tmp_path: Path) -> None:
    files = {"/proc/self/mountinfo": V2_MOUNT, SYS + "/cgroup.procs": "", **v2("/a", "100\n")}
    cgroups, unread = scan(tmp_path, files, b"0::/a/gone (deleted)\n")
    assert list(cgroups) == ["/", "/a"]
    assert unread == {}


def test_a_malformed_limit_makes_those_below_unknown(tmp_path: Path) -> None:
    files = {
        "/proc/self/mountinfo": V2_MOUNT,
        SYS + "/cgroup.procs": "",
        **v2("/a", "lots\n"),
        **v2("/a/b", "100\n"),
    }
    cgroups, unread = scan(tmp_path, files, b"0::/a/b\n")
    assert unread == {SYS + "/a/memory.max": "malformed"}
    assert (cgroups["/a/b"]["effective_max_bytes"], cgroups["/a/b"]["used_percent"]) == (None, 50.0)
    assert cgroups["/"]["binding"] is None


def test_names_that_are_no_text(tmp_path: Path) -> None:
    name = os.fsdecode(b"/caf\xff")
    files = {
        "/proc/self/mountinfo": V2_MOUNT,
        SYS + "/cgroup.procs": "",
        **v2(name, "100\n"),
        **v2(name + "/b", "max\n"),
    }
    cgroups, unread = scan(tmp_path, files, b"0::/caf\xff/b\n")
    assert list(cgroups) == ["/", "/caf\\xff", "/caf\\xff/b"]
    assert cgroups["/caf\\xff/b"]["binding"] == "/caf\\xff"
    assert unread == {}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"/proc/self/mountinfo": "1 1 0:1 / / rw - tmpfs t rw\n"}, ["the memory hierarchy of cgroup v2"]),
        ({}, ["/proc/self/mountinfo"]),
    ],
)
def test_without_a_mount_there_are_no_cgroups_and_it_is_told(
    tmp_path: Path, files: Dict[str, str], expected: List[str]
) -> None:
    cgroups, unread = scan(tmp_path, files, b"0::/a\n")
    assert cgroups == {}
    assert unread == dict.fromkeys(expected, "unsupported")


def test_memory_and_swap_of_v1_together(tmp_path: Path) -> None:
    files = {
        "/proc/self/mountinfo": V1_MOUNT,
        **v1("", NO_LIMIT),
        **v1("/a", "100\n"),
        SYS + "/memory/a/memory.memsw.limit_in_bytes": "120\n",
        SYS + "/memory/a/memory.memsw.usage_in_bytes": "110\n",
        SYS + "/memory/a/memory.memsw.max_usage_in_bytes": "119\n",
    }
    nearest = scan(tmp_path, files, b"4:memory:/a\n")[0]["/a"]["nearest_limit"]
    assert (nearest["ceiling"], nearest["limit"], nearest["used"]) == ("memory.memsw.limit_in_bytes", 120, 95)


def test_without_psi_there_is_no_gap(tmp_path: Path) -> None:
    """Such kernels have the file, and it can't be opened. A folder stands in for it: another error, the same reason."""
    files = {"/proc/self/mountinfo": V2_MOUNT, **v2("/a", "100\n"), SYS + "/a/memory.pressure/x": ""}
    cgroups, unread = scan(tmp_path, files, b"0::/a\n")
    assert (cgroups["/a"]["pressure"], unread) == (None, {})
