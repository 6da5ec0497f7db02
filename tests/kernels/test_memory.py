# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host's figures on a kernel of its own, against free, sysctl, swapon and the kernel's files."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kernels.conftest import KERNELS, Observed
from tests.kernels.guest import Guest

MIB = 2**20
DRIFT = 24 * MIB
"""What the module's own process, and ssh's, take and give back between two looks."""


@pytest.fixture
def memory(observed: Observed) -> dict[str, Any]:
    return observed.snapshot["memory"]


def test_it_is_the_suites_own_kernel(guest: Guest, memory: dict[str, Any], observed: Observed) -> None:
    _system, _node, release, version, machine = observed.witness["uname"]
    assert memory["kernel"] == {"release": release, "version": version, "machine": machine}
    assert release.startswith(KERNELS[guest.suite] + ".")
    assert (memory["cgroup_version"], memory["container"], memory["sysctl_writable"]) == ("v2", None, True)
    assert memory["boot_id"] == observed.witness["files"]["/proc/sys/kernel/random/boot_id"].strip()


def test_free(memory: dict[str, Any], observed: Observed) -> None:
    ram, swap = (line.split() for line in observed.witness["free"].splitlines()[1:3])
    total, used, available = int(ram[1]), int(ram[2]), int(ram[6])
    assert memory["meminfo"]["MemTotal"] == total
    assert memory["available_bytes"] == pytest.approx(available, abs=DRIFT)
    if total - available == used:  # procps 3 reckons what is used in another way
        assert memory["used_bytes"] == pytest.approx(used, abs=DRIFT)
    assert memory["used_bytes"] == total - memory["available_bytes"]
    assert (memory["swap"]["total_bytes"], memory["swap"]["used_bytes"]) == (int(swap[1]), int(swap[2]))


def test_every_key_of_meminfo_and_vmstat(memory: dict[str, Any], observed: Observed) -> None:
    for key, path, separator in (("meminfo", "/proc/meminfo", ":"), ("vmstat", "/proc/vmstat", " ")):
        assert set(memory[key]) == {line.split(separator)[0] for line in observed.witness["files"][path].splitlines()}


def test_sysctl(memory: dict[str, Any], observed: Observed) -> None:
    shown = dict(line.split(" = ", 1) for line in observed.witness["sysctl"].splitlines() if " = " in line)
    known = {name: str(value) for name, value in memory["sysctl"].items() if value is not None}
    assert known == {name: " ".join(shown[name].split()) for name in known}
    assert known["vm.swappiness"] == "17"


def test_swap(memory: dict[str, Any], observed: Observed) -> None:
    ((name, kind, size, _used, priority),) = map(str.split, observed.witness["swapon"].splitlines())
    (device,) = memory["swap"]["devices"]
    assert (device["path"], device["kind"], device["size_bytes"]) == (name, kind, int(size))
    assert device["priority"] == int(priority)


def test_huge_pages_and_same_page_merging(memory: dict[str, Any], observed: Observed) -> None:
    files = observed.witness["files"]
    for name in "enabled", "defrag", "shmem_enabled":
        chosen = files[f"/sys/kernel/mm/transparent_hugepage/{name}"].split("[")[1].split("]")[0]
        assert memory["transparent_hugepage"][name] == chosen
    assert memory["ksm"]["run"] == int(files["/sys/kernel/mm/ksm/run"])
    pools = {pool["size_bytes"]: pool["total"] for pool in memory["hugepages"]}
    assert pools == {
        int(path.split("hugepages-")[1].split("kB")[0]) * 1024: int(content)
        for path, content in files.items()
        if path.endswith("/nr_hugepages")
    }
    assert pools[2 * MIB] == 4


def test_pressure(memory: dict[str, Any], observed: Observed) -> None:
    stalled = {
        line.split()[0]: int(line.rpartition("total=")[2])
        for line in observed.witness["files"]["/proc/pressure/memory"].splitlines()
    }
    assert {kind: memory["pressure"][kind]["total_microseconds"] for kind in stalled} == pytest.approx(
        stalled, abs=2_000_000
    )


def test_what_is_unread_is_not_there(guest: Guest, observed: Observed) -> None:
    unread = {**observed.snapshot["memory"]["unread"], **observed.snapshot["limits"]["unread"]}
    assert set(unread.values()) <= {"unsupported"}
    for path in unread:
        guest.run(f"! test -e '{path}'")
