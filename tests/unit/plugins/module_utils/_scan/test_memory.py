# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scan of a whole host, on captured hosts and on spoiled copies of them."""

from __future__ import annotations

import errno
import json
import os

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._scan import container, files, memory
from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Files, Readings

from tests.support.trees import copy_of, host

TREES = ["linux-6.18-vm", "linux-6.18-podman", "linux-6.1-uml", "linux-4.18-handmade", "linux-2.6.32-handmade"]
KEYS = {
    "meminfo", "available_bytes", "available_source", "available_percent", "used_bytes", "used_percent", "swap",
    "commit", "sysctl", "transparent_hugepage", "ksm", "hugepages", "numa", "vmstat", "pressure", "cgroup_version",
    "boot_id", "kernel", "uptime_seconds", "page_size_bytes", "container", "sysctl_writable", "unread",
    "sysctl_sources", "ledger", "shared_memory", "reserved_unused", "address_translation",
}  # fmt: skip


@pytest.mark.parametrize("tree", TREES)
def test_every_host_has_the_same_sections_and_they_survive_json(tree, tmp_path):
    result = memory.scan_memory(host(tree, tmp_path), 4096)
    assert set(result) == KEYS
    assert json.loads(json.dumps(result)) == result


@pytest.mark.parametrize("tree", TREES)
def test_documented(tree, tmp_path):
    pytest.importorskip("yaml")
    from tests.support.return_doc import assert_documented

    assert_documented(memory.scan_memory(host(tree, tmp_path), 4096), "memory_info")


def test_a_current_kernel_with_swap(tmp_path):
    result = memory.scan_memory(host("linux-6.18-vm", tmp_path), 4096)
    assert result["unread"] == {}
    assert result["swap"]["devices"] == [
        {"path": "/var/tmp/swap file", "kind": "file", "size_bytes": 8188 * 1024, "used_bytes": 0, "priority": -2},
        {"path": "/dev/zram0", "kind": "zram", "size_bytes": 32764 * 1024, "used_bytes": 0, "priority": 100},
    ]
    assert result["swap"]["total_bytes"] == (8188 + 32764) * 1024
    assert result["swap"]["used_percent"] == 0.0
    assert result["swap"]["zram"] == [
        {
            "name": "zram0",
            "disksize_bytes": 33554432,
            "original_bytes": 4096,
            "compressed_bytes": 73,
            "memory_used_bytes": 12288,
            "algorithm": "lzo-rle",
        }
    ]
    assert result["swap"]["zswap"] == {
        "enabled": False, "max_pool_percent": 20, "compressor": "lzo", "pool_bytes": 0, "stored_bytes": 0,
    }  # fmt: skip
    assert result["sysctl"]["vm.swappiness"] == 60
    assert result["sysctl"]["vm.lowmem_reserve_ratio"] == "256 256 32 0 0"
    assert result["transparent_hugepage"]["enabled"] == "madvise"
    assert [pool["size_bytes"] for pool in result["hugepages"]] == [2097152, 1073741824]
    assert result["numa"][0]["node"] == 0 and result["numa"][0]["meminfo"]["MemTotal"] > 2**30
    assert result["pressure"]["full"]["total_microseconds"] == 0
    assert (result["cgroup_version"], result["container"], result["sysctl_writable"]) == ("hybrid", None, True)
    assert result["available_source"] == "kernel"


def test_the_estimate_agrees_with_the_kernel_on_captured_hosts(tmp_path):
    for tree in ("linux-6.18-vm", "linux-6.1-uml"):
        root = copy_of(tree, tmp_path)
        path = root / "proc/meminfo"
        path.write_bytes(path.read_bytes().replace(b"MemAvailable:", b"Renamed:"))
        result = memory.scan_memory(Files(str(root)), 4096)
        assert result["available_source"] == "estimate"
        assert result["available_bytes"] == pytest.approx(result["meminfo"]["Renamed"], abs=512 * 1024)


def test_a_container(tmp_path):
    result = memory.scan_memory(host("linux-6.18-podman", tmp_path), 4096)
    assert (result["container"], result["sysctl_writable"], result["cgroup_version"]) == ("podman", False, "v1")
    assert result["swap"]["used_percent"] is None and result["swap"]["devices"] == []


def test_a_kernel_without_the_optional_features(tmp_path):
    result = memory.scan_memory(host("linux-6.1-uml", tmp_path), 4096)
    for feature in ("pressure", "ksm", "transparent_hugepage"):
        assert result[feature] is None
    assert result["hugepages"] == [] and result["numa"] == []
    assert result["cgroup_version"] is None
    assert result["swap"]["zswap"]["enabled"] is False
    assert result["sysctl"]["vm.nr_hugepages"] is None
    assert "vm.zone_reclaim_mode" not in result["sysctl"]
    assert set(result["unread"].values()) == {"unsupported"}
    assert set(result["unread"]) == {
        "/proc/pressure/memory",
        "/proc/stat",
        "/proc/sys/vm/nr_hugepages",
        "/proc/sys/vm/nr_overcommit_hugepages",
        "/sys/block",
        "/sys/devices/system/node",
        "/sys/kernel/mm/hugepages",
        "/sys/kernel/mm/ksm/run",
        "/sys/kernel/mm/transparent_hugepage/enabled",
    }


def test_before_3_14_what_is_available_is_estimated(tmp_path):
    result = memory.scan_memory(host("linux-2.6.32-handmade", tmp_path), 4096)
    reserve = min(994 + 126, 3840) * 4 + 8323 * 4
    low = (105 + 6936) * 4
    expected = 120408 - reserve + (252120 + 194904 - low) + (82736 - low)
    assert (result["available_bytes"], result["available_source"]) == (expected * 1024, "estimate")
    assert result["used_bytes"] == (1020348 - expected) * 1024
    assert result["swap"]["used_percent"] == 0.45
    assert result["swap"]["zswap"] is None


def test_an_estimate_that_lacks_a_part_is_unknown(tmp_path):
    root = copy_of("linux-2.6.32-handmade", tmp_path)
    (root / "proc/zoneinfo").unlink()
    result = memory.scan_memory(Files(str(root)), 4096)
    assert result["available_bytes"] is None and result["used_percent"] is None and result["available_source"] is None
    assert result["unread"]["/proc/zoneinfo"] == "unsupported"

    root = copy_of("linux-4.18-handmade", tmp_path)
    path = root / "proc/meminfo"
    path.write_bytes(path.read_bytes().replace(b"MemAvailable:", b"Renamed:"))
    (root / "proc/zoneinfo").write_bytes(b"Node 0, zone DMA\n low 1\n high 2\n managed 3\n")
    result = memory.scan_memory(Files(str(root)), 4096)
    assert result["available_bytes"] is None
    assert result["unread"]["/proc/meminfo"] == "unsupported"


def test_a_parameter_of_one_distribution(tmp_path):
    result = memory.scan_memory(host("linux-4.18-handmade", tmp_path), 4096)
    assert result["sysctl"]["vm.force_cgroup_v2_swappiness"] == 0
    assert result["cgroup_version"] == "v1"
    assert result["used_bytes"] == (3825508 - 2893104) * 1024
    assert result["commit"]["committed_percent"] == 110.0


@pytest.mark.parametrize("content, reason", [(b"", "malformed"), (b"\xff\xfe", "malformed"), (None, "unsupported")])
def test_without_meminfo_nothing_is_made_up(content, reason, tmp_path):
    root = copy_of("linux-6.18-vm", tmp_path)
    path = root / "proc/meminfo"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    result = memory.scan_memory(Files(str(root)), 4096)
    assert result["meminfo"] == {} and result["unread"] == {"/proc/meminfo": reason}
    for key in ("available_bytes", "available_percent", "used_bytes", "used_percent", "available_source"):
        assert result[key] is None
    assert result["swap"]["total_bytes"] is None and result["swap"]["used_percent"] is None
    assert set(result["commit"].values()) == {None}


@pytest.mark.parametrize(
    "path, section, error, reason",
    [
        ("/proc/pressure/memory", "pressure", errno.EOPNOTSUPP, "unsupported"),
        ("/sys/kernel/mm/ksm/run", "ksm", errno.EACCES, "denied"),
        ("/sys/kernel/mm/transparent_hugepage/enabled", "transparent_hugepage", errno.EPERM, "denied"),
        ("/proc/self/mountinfo", "sysctl_writable", errno.EINVAL, "unsupported"),
        ("/proc/sys/kernel/random/boot_id", "boot_id", errno.ENOENT, "unsupported"),
        ("/proc/uptime", "uptime_seconds", errno.EACCES, "denied"),
    ],
)
def test_a_file_that_fails_is_null_with_its_reason(path, section, error, reason, tmp_path, monkeypatch):
    """EOPNOTSUPP is what /proc/pressure answers to a read when the kernel was booted with psi=0."""
    root, real = host("linux-6.18-vm", tmp_path), files.read_all

    def read_all(name, dir_fd=None):
        if name == root.root + path:
            raise OSError(error, os.strerror(error))
        return real(name, dir_fd)

    monkeypatch.setattr(files, "read_all", read_all)
    result = memory.scan_memory(root, 4096)
    assert result[section] is None
    assert result["unread"] == {path: reason}


def test_a_parameter_of_some_kernels_that_is_denied_is_no_absent_one(tmp_path, monkeypatch):
    root, real = host("linux-6.18-vm", tmp_path), files.read_all

    def read_all(name, dir_fd=None):
        if name.endswith("/zone_reclaim_mode"):
            raise PermissionError(errno.EACCES, "denied")
        return real(name, dir_fd)

    monkeypatch.setattr(files, "read_all", read_all)
    result = memory.scan_memory(root, 4096)
    assert result["sysctl"]["vm.zone_reclaim_mode"] is None
    assert result["unread"] == {"/proc/sys/vm/zone_reclaim_mode": "denied"}


def test_figures_that_idle_hosts_have_at_zero(tmp_path):
    root = copy_of("linux-6.18-vm", tmp_path)
    (root / "sys/kernel/mm/ksm/pages_sharing").write_bytes(b"5\n")
    (root / "sys/kernel/mm/ksm/pages_shared").write_bytes(b"3\n")
    (root / "sys/module/zswap/parameters/enabled").write_bytes(b"Y\n")
    for place, name in enumerate(["nr", "free", "resv", "surplus", "nr_overcommit"], start=11):
        path = root / ("sys/kernel/mm/hugepages/hugepages-2048kB/%s_hugepages" % name)
        path.write_bytes(b"%d\n" % place)
    (root / "proc/meminfo").write_bytes(
        b"MemTotal: 100 kB\nMemAvailable: 75 kB\nSwapTotal: 100 kB\nSwapFree: 70 kB\nZswap: 7 kB\nZswapped: 21 kB\n"
    )
    result = memory.scan_memory(Files(str(root)), 65536)
    assert (result["ksm"]["pages_shared"], result["ksm"]["saved_bytes"]) == (3, 5 * 65536)
    zswap = result["swap"]["zswap"]
    assert (zswap["enabled"], zswap["pool_bytes"], zswap["stored_bytes"]) == (True, 7 * 1024, 21 * 1024)
    assert result["hugepages"][0] == {
        "size_bytes": 2097152, "total": 11, "free": 12, "reserved": 13, "surplus": 14, "overcommit": 15,
    }  # fmt: skip
    assert (result["swap"]["used_bytes"], result["swap"]["used_percent"]) == (30 * 1024, 30.0)
    assert (result["used_percent"], result["available_percent"]) == (25.0, 75.0)


def test_each_file_is_read_once(tmp_path, monkeypatch):
    root, real, seen = host("linux-6.18-vm", tmp_path), files.read_all, []
    monkeypatch.setattr(files, "read_all", lambda name, dir_fd=None: seen.append(name) or real(name, dir_fd))
    memory.scan_memory(root, 4096)
    assert len(seen) == len(set(seen)) > 80


def test_files_truncated_to_nothing_are_malformed_and_null(tmp_path):
    root = copy_of("linux-6.18-vm", tmp_path)
    paths = [path for path in root.rglob("*") if path.is_file() and path.name != "namespaces"]
    for path in paths:
        path.write_bytes(b"")
    result = memory.scan_memory(Files(str(root)), 4096)
    assert set(result["unread"].values()) == {"malformed"}
    assert result["pressure"] is None and result["ksm"] is None and result["transparent_hugepage"] is None
    assert set(result["sysctl"].values()) == {None}
    assert result["numa"] == [{"node": 0, "meminfo": None}]


class TestContainer:
    INITIAL = ("pid:[4026531836]", "uts:[4026531838]")
    OTHER = ("pid:[4026532252]", "uts:[4026532250]")

    def scan(self, tmp_path, namespaces=OTHER, **marks):
        for path, content in marks.items():
            target = tmp_path / path.replace("__", "/").replace("_dot_", ".")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        folder = tmp_path / "proc/self/ns"
        folder.mkdir(parents=True)
        for target in namespaces:
            os.symlink(target, str(folder / target.partition(":")[0]))
        readings = Readings(Files(str(tmp_path)))
        return container.scan_container(readings), readings.unread

    @pytest.mark.parametrize(
        "marks, name",
        [
            ({"run__systemd__container": b"systemd-nspawn\n", "_dot_dockerenv": b""}, "systemd-nspawn"),
            ({"run___dot_containerenv": b"", "_dot_dockerenv": b""}, "podman"),
            ({"_dot_dockerenv": b""}, "docker"),
            ({"proc__1__environ": b"container=lxc\0TERM=linux\0"}, "lxc"),
            ({"run__systemd__container": b"", "_dot_dockerenv": b""}, "docker"),
            ({"proc__1__environ": b"TERM=linux\0"}, None),
        ],
    )
    def test_marks(self, marks, name, tmp_path):
        assert self.scan(tmp_path, **marks) == (name, {})

    def test_a_machine_made_from_an_image_is_no_container(self, tmp_path):
        assert self.scan(tmp_path, self.INITIAL, _dot_dockerenv=b"") == (None, {})

    def test_a_container_that_shares_one_namespace_is_one(self, tmp_path):
        assert self.scan(tmp_path, (self.INITIAL[0], self.OTHER[1]), _dot_dockerenv=b"") == ("docker", {})

    def test_a_mark_that_only_root_may_read_is_one(self, tmp_path, monkeypatch):
        def read_all(name, dir_fd=None):
            denied = name.endswith("/run/.containerenv")
            raise OSError(errno.EACCES if denied else errno.ENOENT, "cannot read")

        monkeypatch.setattr(files, "read_all", read_all)
        assert self.scan(tmp_path) == ("podman", {})

    def test_without_any_mark_it_says_what_it_could_not_read(self, tmp_path):
        assert self.scan(tmp_path) == (None, {"/proc/1/environ": "unsupported"})
