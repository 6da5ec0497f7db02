# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shared memory by its owners, and the suspects."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._derive.shared_memory import LISTED, shared_memory
from ansible_collections.fleet.memory.plugins.module_utils._derive.suspects import suspects


def tmpfs(place, used, size=10**9):
    return {"mount_point": place, "used_bytes": used, "size_bytes": size}


def segment(shmid, rss, attached=1, size=4096):
    return {
        "shmid": shmid, "key": "0x%08x" % shmid, "uid": 33, "bytes": size, "rss_bytes": rss, "swap_bytes": 0,
        "attached": attached, "unattached": attached == 0,
    }  # fmt: skip


def test_the_rest_has_no_name():
    result = shared_memory(10000, [tmpfs("/a", 300), tmpfs("/b", 4000)], [segment(1, 20), segment(2, 500)], False)
    assert (result["tmpfs_bytes"], result["sysv_bytes"], result["other_bytes"]) == (4300, 520, 5180)
    assert (result["tmpfs_count"], result["sysv_count"], result["shmem_bytes"]) == (2, 2, 10000)
    assert [mount["mount_point"] for mount in result["tmpfs"]] == ["/b", "/a"]


@pytest.mark.parametrize(
    "shmem, used, sysv, elsewhere, other",
    [
        pytest.param(100, 101, [], False, 0, id="between two readings"),
        pytest.param(100, 101, [], True, None, id="part of it may be in swap"),
        pytest.param(100, None, [], False, None, id="a tmpfs without a cap"),
        pytest.param(100, 1, None, False, None, id="segments unread"),
        pytest.param(100, 1, [segment(1, None)], False, None, id="an old kernel"),
        pytest.param(None, 1, [], False, None, id="no Shmem"),
    ],
)
def test_what_is_unknown(shmem, used, sysv, elsewhere, other):
    assert shared_memory(shmem, [tmpfs("/a", used)], sysv, elsewhere)["other_bytes"] == other


def test_sums_go_over_all_and_the_lists_have_the_largest():
    mounts = [tmpfs("/%d" % number, number) for number in range(80)] + [tmpfs("/uncapped", None, None)]
    segments = [segment(number, 1, size=number) for number in range(80)]
    result = shared_memory(10000, mounts, segments, False)
    assert (result["tmpfs_count"], result["sysv_count"], result["sysv_bytes"]) == (81, 80, 80)
    assert [mount["used_bytes"] for mount in result["tmpfs"]] == list(range(79, 79 - LISTED, -1))
    assert [found["shmid"] for found in result["sysv"]] == list(range(79, 79 - LISTED, -1))


def books(residual=0, closes=True, **entries):
    listed = [{"name": name, "bytes": size, "source": "x"} for name, size in entries.items()]
    return {"total_bytes": 10000, "entries": listed, "residual_bytes": residual, "closes": closes}


QUIET = shared_memory(0, [], [], False)


def named(found):
    return [(suspect["name"], suspect["place"], suspect["bytes"], suspect["counted_as"]) for suspect in found]


def test_a_quiet_host_has_no_suspects():
    assert suspects(books(residual=290), QUIET, 5000, ["vmw_balloon"], "podman") == []


def test_in_shared_memory_from_one_percent_on_and_each_forgotten_segment():
    mounts = [tmpfs("/small", 99), tmpfs("/big", 100), tmpfs("/uncapped", None, None)]
    shared = shared_memory(5000, mounts, [segment(7, 3, attached=0), segment(8, 900), segment(9, 0, 0)], False)
    shared["other_bytes"] = 120
    assert named(suspects(books(), shared, None, [], None)) == [
        ("memfd", None, 120, "shared_memory"),
        ("tmpfs", "/big", 100, "shared_memory"),
        ("sysv_shm", "shmid 7, key 0x00000007, uid 33", 3, "shared_memory"),
    ]
    shared["other_bytes"] = 99
    assert "memfd" not in [suspect["name"] for suspect in suspects(books(), shared, None, [], None)]


def test_a_ledger_that_does_not_close_names_what_nobody_counts():
    open_books = books(residual=4000, closes=False, zram=None, percpu=None, free=5)
    found = suspects(open_books, QUIET, 700, ["ext4", "i915", "vmw_balloon"], "lxc")
    assert named(found) == [
        ("container", "lxc", None, None),
        ("balloon", None, 700, None),
        ("uncounted", "percpu, zram", None, None),
        ("driver", "i915", None, None),
        ("driver", "vmw_balloon", None, None),
        ("driver_pages", None, 4000, None),
    ]
    assert all(suspect["why"] for suspect in found)


def test_more_counted_than_there_is():
    found = suspects(books(residual=-4000, closes=False, percpu=None), QUIET, 700, ["i915"], None)
    assert named(found) == [("counted_twice", None, 4000, None)]
