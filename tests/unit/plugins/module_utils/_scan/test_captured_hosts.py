# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts captured with their processes and cgroups: the same services under three kernels with cgroup v2.

What is expected was compared on those hosts with free, ps, prlimit, systemctl show, sessions over ssh and the kernel's
files.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple, Optional

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._scan.limits import scan_limits
from ansible_collections.fleet.memory.plugins.module_utils._scan.memory import scan_memory
from ansible_collections.fleet.memory.plugins.module_utils._scan.process_memory import Wanted, scan_process_memory

from tests.support.trees import host

MIB = 2**20
DB, TWO = "/app.slice/app-db.slice/db.service", "/app.slice/worker@two.service"
SWAPPER, OOM = "/system.slice/swapper.service", "/system.slice/oom.service"


class Kernel(NamedTuple):
    """Where the three hosts differ; sizes in bytes."""

    tree: str
    release: str
    total: int
    used: int
    zram: tuple[str, int, int]
    stalled_microseconds: int
    quarter_of_memory: int
    db: tuple[int, int, int, int]
    """Rss, Pss, Pss_Anon and Pss_File of db.service."""
    db_current: int
    swapped: int
    swapper_peak: Optional[int]
    worker_peak_rss: int
    """VmHWM, or the exact RSS where that is above it: three times as much on 5.10."""
    zombie: int
    carol_nofile: tuple[int, int]
    units_in: str


KERNELS = [
    Kernel(
        tree="linux-6.12-debian-13",
        release="6.12.118+deb13-cloud-amd64",
        total=485949440,
        used=142127104,
        zram=("lz4", 2772992, 1007672),
        stalled_microseconds=139287,
        quarter_of_memory=121487360,
        db=(29769728, 24649728, 23805952, 843776),
        db_current=28798976,
        swapped=24010752,
        swapper_peak=20 * MIB,
        worker_peak_rss=1851392,
        zombie=503,
        carol_nofile=(2048, 100000),
        units_in="/usr/lib",
    ),
    Kernel(
        tree="linux-6.1-debian-12",
        release="6.1.0-56-cloud-amd64",
        total=491548672,
        used=130125824,
        zram=("lzo-rle", 24092672, 858033),
        stalled_microseconds=117915,
        quarter_of_memory=122884096,
        db=(28983296, 24436736, 23662592, 774144),
        db_current=29786112,
        swapped=23891968,
        swapper_peak=20 * MIB,
        worker_peak_rss=1720320,
        zombie=372,
        carol_nofile=(1024, 1048576),
        units_in="/usr/lib",
    ),
    Kernel(
        tree="linux-5.10-debian-11",
        release="5.10.0-46-cloud-amd64",
        total=498552832,
        used=132194304,
        zram=("lzo-rle", 23879680, 806894),
        stalled_microseconds=705824,
        quarter_of_memory=124637184,
        db=(28721152, 24216576, 23449600, 766976),
        db_current=28790784,
        swapped=23695360,
        swapper_peak=None,
        worker_peak_rss=1794048,
        zombie=321,
        carol_nofile=(1024, 1048576),
        units_in="/lib",
    ),
]
each_kernel = pytest.mark.parametrize("kernel", KERNELS, ids=lambda kernel: kernel.tree)


@each_kernel
def test_memory(kernel: Kernel, tmp_path: Path) -> None:
    memory = scan_memory(host(kernel.tree, tmp_path), 4096)
    assert memory["unread"] == {"/sys/module/zswap/parameters/enabled": "unsupported"}
    assert (memory["kernel"]["release"], memory["cgroup_version"]) == (kernel.release, "v2")
    assert (memory["container"], memory["sysctl_writable"]) == (None, True)
    assert (memory["meminfo"]["MemTotal"], memory["used_bytes"]) == (kernel.total, kernel.used)
    assert [(area["kind"], area["path"], area["priority"]) for area in memory["swap"]["devices"]] == [
        ("file", "/swapfile", 5),
        ("zram", "/dev/zram0", 100),
        ("file", "/var/tmp/odd swap", -2),
    ]
    (zram,) = memory["swap"]["zram"]
    assert (zram["algorithm"], zram["original_bytes"], zram["compressed_bytes"]) == kernel.zram
    assert memory["pressure"]["some"]["total_microseconds"] == kernel.stalled_microseconds
    assert (memory["ksm"]["pages_shared"], memory["ksm"]["saved_bytes"]) == (8, 2040 * 4096)
    assert [memory["hugepages"][0][key] for key in ("size_bytes", "total", "free", "reserved")] == [2 * MIB, 8, 7, 1]
    assert (memory["sysctl"]["vm.swappiness"], memory["vmstat"]["oom_kill"]) == (17, 1)


@each_kernel
def test_cgroups(kernel: Kernel, tmp_path: Path) -> None:
    found = {cgroup["path"]: cgroup for cgroup in scan_limits(host(kernel.tree, tmp_path))["cgroups"]}
    assert {cgroup["version"] for cgroup in found.values()} == {"v2"}
    # The unit's own 120 MiB never count: the slice around it has 90, the one around that 200.
    db = found[DB]
    assert (db["limits"]["max_bytes"], db["limits"]["high_bytes"], db["limits"]["min_bytes"]) == (
        120 * MIB,
        100 * MIB,
        4 * MIB,
    )
    assert (db["effective_max_bytes"], db["binding"]) == (90 * MIB, "/app.slice/app-db.slice")
    assert found["/app.slice/app-db.slice"]["limits"]["swap_max_bytes"] == 50 * MIB
    assert db["current_bytes"] == kernel.db_current
    assert (found[TWO]["limits"]["max_bytes"], found[TWO]["binding"]) == (kernel.quarter_of_memory, TWO)
    assert found[SWAPPER]["peak_bytes"] == kernel.swapper_peak
    assert found[SWAPPER]["used_percent"] > 99
    assert (found[OOM]["events"]["oom_kill"], found[OOM]["limits"]["swap_max_bytes"]) == (1, 0)
    assert found["/system.slice"]["events"]["oom_kill"] == 1 and found["/app.slice"]["events"]["oom_kill"] == 0
    assert found["/"]["visible_root"] and found["/"]["effective_max_bytes"] is None


@each_kernel
def test_units_and_processes_limits(kernel: Kernel, tmp_path: Path) -> None:
    limits = scan_limits(host(kernel.tree, tmp_path))
    units = {unit["unit"]: unit for unit in limits["systemd"]["units"]}
    db, two = units["db.service"]["properties"], units["worker@two.service"]["properties"]
    drop_in = "/etc/systemd/system/db.service.d/10-memory.conf"
    assert [(db[name]["value"], db[name]["file"]) for name in ("MemoryMax", "LimitMEMLOCK")] == [
        (120 * MIB, drop_in),
        (16 * MIB, drop_in),
    ]
    assert (db["LimitNOFILE"]["value"], db["LimitNOFILE"]["hard"]) == (1000, 5000)
    assert units["worker@two.service"]["file"] == "/etc/systemd/system/worker@.service"
    assert (two["MemoryMax"]["value"], two["MemoryLow"]["value"], two["LimitNOFILE"]["value"]) == (
        "25%",
        8 * MIB,
        "infinity",
    )
    # systemctl set-property, one for good and one until the next boot.
    cron = {name: (decided["value"], decided["file"]) for name, decided in units["cron.service"]["properties"].items()}
    assert cron["MemoryMax"] == (88 * MIB, "/etc/systemd/system.control/cron.service.d/50-MemoryMax.conf")
    assert cron["MemoryHigh"] == (77 * MIB, "/run/systemd/system.control/cron.service.d/50-MemoryHigh.conf")
    assert units["dbus.service"]["file"] == kernel.units_in + "/systemd/system/dbus.service"
    real = {pid: entry["limits"] for entry in limits["process_limits"] for pid in entry["pids"]}
    # The manager's defaults hold for a service that sets nothing; the kernel's own hold for kthreadd.
    assert real[kernel.zombie]["NOFILE"] == {"soft": 2048, "hard": 100000}
    assert real[kernel.zombie]["MEMLOCK"] == {"soft": 4 * MIB, "hard": 4 * MIB}
    assert real[2]["NOFILE"] == {"soft": 1024, "hard": 4096}


@each_kernel
def test_sessions(kernel: Kernel, tmp_path: Path) -> None:
    limits = scan_limits(host(kernel.tree, tmp_path))
    sessions = {session["user"]: session["limits"] for session in limits["login_sessions"]}

    def pair(user: str, name: str) -> tuple[Any, Any]:
        return sessions[user][name]["soft"], sessions[user][name]["hard"]

    assert limits["unread"] == {}
    assert (pair("root", "NOFILE"), pair("alice", "NOFILE")) == ((7000, 7000), (1500, 3000))
    assert (pair("alice", "STACK"), pair("alice", "MEMLOCK")) == (("unlimited", "unlimited"), (2 * MIB, 4 * MIB))
    assert (pair("carol", "AS"), pair("carol", "NPROC")) == ((4096000000, 4096000000), (300, 300))
    # From the daemon on Debian 13, from PID 1 before, where pam_limits caps it at FD_SETSIZE.
    assert pair("carol", "NOFILE") == kernel.carol_nofile


@each_kernel
def test_processes(kernel: Kernel, tmp_path: Path) -> None:
    result, _raw = scan_process_memory(host(kernel.tree, tmp_path), Wanted(pss="all", group_by="unit"))
    # No links were captured, so which program runs is all that is missing.
    assert {name for process in result["processes"] for name in process["unread"]} == {"exe"}
    assert (result["coverage"]["processes"], result["coverage"]["kernel_threads"]) == (9, 1)
    by_unit = {process["unit"]: process for process in result["processes"] if process["state"] != "Z"}
    db, huge = by_unit["db.service"], by_unit["hugeuser.service"]
    assert (db["rss_bytes"], db["pss_bytes"], db["pss_anon_bytes"], db["pss_file_bytes"]) == kernel.db
    assert db["cgroup"] == DB
    swapper = by_unit["swapper.service"]
    assert (swapper["swap_bytes"], swapper["swap_pss_bytes"]) == (kernel.swapped, kernel.swapped)
    assert huge["hugetlb_bytes"] == 2 * MIB and huge["rss_bytes"] < 9 * MIB
    assert by_unit["worker@two.service"]["peak_rss_bytes"] == kernel.worker_peak_rss
    assert all(process["peak_rss_bytes"] >= process["rss_bytes"] for process in result["processes"])
    (zombie,) = [process for process in result["processes"] if process["state"] == "Z"]
    assert (zombie["pid"], zombie["unit"], zombie["pss_bytes"]) == (kernel.zombie, "zombie.service", 0)
    assert {group["key"]: group["count"] for group in result["groups"]}["zombie.service"] == 2
