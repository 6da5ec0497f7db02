# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ledger of captured hosts, and of spoiled copies of them."""

from __future__ import annotations

import errno
import os

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._procfs.mountinfo import Mount
from ansible_collections.fleet.memory.plugins.module_utils._records.unread import DENIED, UNSUPPORTED, Unread
from ansible_collections.fleet.memory.plugins.module_utils._scan import files
from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Files, Readings, Space
from ansible_collections.fleet.memory.plugins.module_utils._scan.memory import scan_memory
from ansible_collections.fleet.memory.plugins.module_utils._scan.tmpfs import scan_tmpfs

from tests.support.trees import copy_of, host

CAPTURED = [
    "linux-5.10-debian-11",
    "linux-6.1-debian-12",
    "linux-6.12-debian-13",
    "linux-6.18-vm",
    "linux-6.18-podman",
    "linux-6.1-uml",
]


def sizes(result):
    return {entry["name"]: entry["bytes"] for entry in result["ledger"]["entries"]}


@pytest.mark.parametrize("tree", CAPTURED)
def test_it_closes_on_every_captured_host(tree, tmp_path):
    ledger = scan_memory(host(tree, tmp_path), 4096)["ledger"]
    assert ledger["closes"]
    assert 0 < ledger["residual_percent"] < 2
    assert ledger["suspects"] == [] or {suspect["name"] for suspect in ledger["suspects"]} == {"sysv_shm"}


def test_free_pages_of_each_cpu_are_what_large_hosts_miss(tmp_path):
    result = scan_memory(host("linux-6.18-vm", tmp_path), 4096)
    assert sizes(result)["free_per_cpu"] > 100 * 2**20
    assert result["ledger"]["residual_bytes"] < 20 * 2**20
    # The zones count in pages, whatever the size of one.
    assert sizes(scan_memory(host("linux-6.18-vm", tmp_path / "64k"), 65536))["free_per_cpu"] == (
        16 * sizes(result)["free_per_cpu"]
    )


def test_the_segments_of_a_captured_host(tmp_path):
    result = scan_memory(host("linux-6.18-vm", tmp_path), 4096)
    shared = result["shared_memory"]
    assert [(item["shmid"], item["key"], item["rss_bytes"], item["unattached"]) for item in shared["sysv"]] == [
        (1, "0x5052dead", 2**20, True),
        (2, "0x7000abcd", 2 * 2**20, False),
        (3, "0xdeadbeef", 0, True),
    ]
    assert (shared["sysv_count"], shared["sysv_bytes"], shared["tmpfs"]) == (3, 3 * 2**20, [])
    assert [suspect["place"] for suspect in result["ledger"]["suspects"]] == ["shmid 1, key 0x5052dead, uid 0"]
    assert result["address_translation"]["context_switches"] > 10**6


def test_zram_and_huge_pages_of_a_captured_guest(tmp_path):
    result = scan_memory(host("linux-6.12-debian-13", tmp_path), 4096)
    assert sizes(result)["hugetlb"] == 16 * 2**20
    assert sizes(result)["zram"] == sum(device["memory_used_bytes"] for device in result["swap"]["zram"]) > 0


def test_the_cache_of_zfs(tmp_path):
    root = copy_of("linux-6.18-vm", tmp_path)
    path = root / "proc/spl/kstat/zfs/arcstats"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"name type data\nsize 4 900\ncompressed_size 4 700\nabd_chunk_waste_size 4 11\n")
    before = scan_memory(host("linux-6.18-vm", tmp_path / "without"), 4096)
    result = scan_memory(Files(str(root)), 4096)
    assert (sizes(before)["zfs_arc"], sizes(result)["zfs_arc"]) == (0, 711)
    assert result["ledger"]["residual_bytes"] == before["ledger"]["residual_bytes"] - 711
    path.write_bytes(b"")
    result = scan_memory(Files(str(root)), 4096)
    assert sizes(result)["zfs_arc"] is None
    assert result["unread"] == {"/proc/spl/kstat/zfs/arcstats": "malformed"}


def test_a_gap_names_its_suspects(tmp_path):
    root = copy_of("linux-6.18-vm", tmp_path)
    path = root / "proc/meminfo"
    lines = [line for line in path.read_bytes().splitlines(True) if not line.startswith((b"MemFree", b"Balloon"))]
    path.write_bytes(b"".join(lines) + b"MemFree: 1000 kB\nBalloon: 5000 kB\n")
    for module in ("vmw_balloon", "loop"):
        (root / "sys/module" / module).mkdir()
    ledger = scan_memory(Files(str(root)), 4096)["ledger"]
    assert not ledger["closes"]
    found = {suspect["name"]: suspect for suspect in ledger["suspects"]}
    assert found["balloon"]["bytes"] == 5000 * 1024
    assert found["driver"]["place"] == "vmw_balloon"
    assert found["driver_pages"]["bytes"] == ledger["residual_bytes"]
    # Before 6.16 the balloon is known by its events.
    path.write_bytes(b"".join(lines) + b"MemFree: 1000 kB\n")
    vmstat = root / "proc/vmstat"
    kept = [line for line in vmstat.read_bytes().splitlines(True) if not line.startswith(b"balloon_")]
    vmstat.write_bytes(b"".join(kept) + b"balloon_inflate 70\nballoon_deflate 9\n")
    ledger = scan_memory(Files(str(root)), 4096)["ledger"]
    assert {suspect["name"]: suspect["bytes"] for suspect in ledger["suspects"]}["balloon"] == 61 * 4096


@pytest.mark.parametrize("error, count, reason", [(errno.EACCES, None, "denied"), (errno.ENOENT, 0, None)])
def test_segments_that_are_denied_are_not_none(error, count, reason, tmp_path, monkeypatch):
    root, real = host("linux-6.18-vm", tmp_path), files.read_all

    def read_all(name, dir_fd=None):
        if name.endswith("/proc/sysvipc/shm"):
            raise OSError(error, os.strerror(error))
        return real(name, dir_fd)

    monkeypatch.setattr(files, "read_all", read_all)
    result = scan_memory(root, 4096)
    assert result["shared_memory"]["sysv_count"] == count
    assert result["unread"].get("/proc/sysvipc/shm") == reason


class Rooms(Files):
    """Files in which each path has the room given: (device, size, used), or an error."""

    def __init__(self, rooms):
        super().__init__("/nowhere")
        self.rooms = rooms

    def space(self, path):
        room = self.rooms[path]
        if isinstance(room, str):
            raise Unread(path, room)
        return Space(*room)


def mount(place, device, fstype="tmpfs"):
    return Mount(place, "/", fstype, "x", (), (), device)


def test_each_tmpfs_once_where_it_can_be_seen():
    mounts = [
        mount("/dev", "0:6", "devtmpfs"),
        mount("/dev/shm", "0:23"),
        mount("/dev/shm", "0:27"),
        mount("/again", "0:27"),
        mount("/hidden/below", "0:40"),
        mount("/bound", "0:40"),
        mount("/uncapped", "0:50"),
        mount("/denied", "0:60"),
        mount("/data", "8:1", "ext4"),
    ]
    readings = Readings(
        Rooms(
            {
                "/dev": ("0:6", 100, 1),
                "/dev/shm": ("0:27", 200, 2),
                "/hidden/below": UNSUPPORTED,
                "/bound": ("0:40", 300, 3),
                "/uncapped": ("0:50", 0, 0),
                "/denied": DENIED,
            }
        )
    )
    assert [tuple(found.values()) for found in scan_tmpfs(readings, mounts)] == [
        ("/dev", 1, 100),
        ("/dev/shm", 2, 200),
        ("/bound", 3, 300),
        ("/uncapped", None, None),
    ]
    assert readings.unread == {"/denied": "denied"}


def test_space_of_a_folder(tmp_path):
    room, device = os.statvfs(tmp_path), os.stat(tmp_path).st_dev
    space = Files().space(str(tmp_path))
    assert space.device == "%d:%d" % (os.major(device), os.minor(device))
    assert space.size_bytes == room.f_blocks * room.f_frsize
    with pytest.raises(Unread, match="unsupported"):
        Files(str(tmp_path)).space("/gone")
