# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each rule of the baseline on captured hosts: what passes and what fails differ in the one file that matters.

Nothing is made up but the kernel's files: scanner, packing and rules are the real ones. What makes a rule unknown is in
test_baseline.py, and what goes on while the host is scanned in test_paging_captured.py.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.fleet.memory.plugins.plugin_utils._policy import load

from tests.support.changed_host import ChangedHost
from tests.support.host_steps import (
    DROP_IN,
    HUGE_PAGES,
    IDLE_SWAPPER,
    KILLABLE_SSH,
    LIMITS_CONF,
    NO_KILL_COUNT,
    NO_PRESSURE,
    NO_SWAP,
    NO_ZRAM_SWAP,
    READ_ONLY_SYSCTLS,
    SSH_CGROUP,
    STRICT,
    SWAPPER,
    SYSCTL_CONF,
    THP,
    Step,
    address_space,
    change,
    counter,
    database_pss,
    first_version,
    five_minutes,
    kernel_log,
    left_behind,
    mappings,
    meminfo,
    programs,
    remove,
    service_of_carol,
    sshd,
    sysctl,
    sysctl_files,
    systemd,
    write,
)

RULES = {rule["id"]: rule for rule in load.load(["baseline"], [])}

DEBIAN, VM, PODMAN = "linux-6.12-debian-13", "linux-6.18-vm", "linux-6.18-podman"

CASES: dict[str, list[tuple[str, str, list[Step]]]] = {
    DEBIAN: [
        ("memory-available", "pass", [meminfo(MemAvailable=47456)]),
        ("memory-available", "fail", [meminfo(MemAvailable=47408)]),
        ("swap-in-under-pressure", "pass", [five_minutes(4.99)]),
        ("swap-in-under-pressure", "fail", [five_minutes(5.00)]),
        ("swap-in-under-pressure", "pass", [NO_PRESSURE, counter("pgmajfault", 6650)]),  # up for 666 seconds
        ("swap-in-under-pressure", "fail", [NO_PRESSURE, counter("pgmajfault", 6670)]),
        ("swap-in-under-pressure", "not_applicable", [five_minutes(5.00), NO_SWAP]),
        ("swap-absent", "pass", [meminfo(SwapTotal=23812)]),
        ("swap-absent", "fail", [NO_SWAP]),
        ("swappiness-range", "pass", [NO_ZRAM_SWAP, sysctl("vm.swappiness", 100)]),
        ("swappiness-range", "fail", [NO_ZRAM_SWAP, sysctl("vm.swappiness", 101)]),
        ("swappiness-range", "pass", [sysctl("vm.swappiness", 180)]),
        ("swappiness-range", "pass", [sysctl("vm.swappiness", 1)]),
        ("swappiness-range", "fail", [sysctl("vm.swappiness", 0)]),
        ("swappiness-range", "not_applicable", [sysctl("vm.swappiness", 0), NO_SWAP]),
        ("cgroup-swappiness", "pass", [first_version, write(f"{SSH_CGROUP}/memory.swappiness", 1)]),
        ("cgroup-swappiness", "fail", [first_version, write(f"{SSH_CGROUP}/memory.swappiness", 0)]),
        ("cgroup-swappiness", "pass", [first_version, NO_ZRAM_SWAP, write(f"{SSH_CGROUP}/memory.swappiness", 100)]),
        ("cgroup-swappiness", "fail", [first_version, NO_ZRAM_SWAP, write(f"{SSH_CGROUP}/memory.swappiness", 101)]),
        ("cgroup-swappiness", "not_applicable", [write(f"{SSH_CGROUP}/memory.swappiness", 0)]),
        ("overcommit-mode", "pass", [sysctl("vm.overcommit_memory", 2)]),
        ("overcommit-mode", "fail", [sysctl("vm.overcommit_memory", 1)]),
        ("overcommit-mode", "not_applicable", [sysctl("vm.overcommit_memory", 1), READ_ONLY_SYSCTLS]),
        ("commit-limit-near", "pass", [STRICT, meminfo(Committed_AS=316725)]),
        ("commit-limit-near", "fail", [STRICT, meminfo(Committed_AS=316761)]),
        ("commit-limit-near", "not_applicable", [meminfo(Committed_AS=316761)]),
        ("commit-high", "pass", [meminfo(Committed_AS=527898)]),
        ("commit-high", "fail", [meminfo(Committed_AS=527934)]),
        ("commit-high", "not_applicable", [meminfo(Committed_AS=527934), STRICT]),
        ("oom-kills", "pass", [counter("oom_kill", 0)]),
        ("oom-kills", "fail", [counter("oom_kill", 1)]),
        ("oom-kills", "pass", [NO_KILL_COUNT, kernel_log(lines=3)]),
        ("oom-kills", "fail", [NO_KILL_COUNT, kernel_log(lines=1000)]),
        ("oom-next-victim", "pass", [KILLABLE_SSH, write("/proc/353/oom_score", 867)]),  # worker@two has 868
        ("oom-next-victim", "fail", [KILLABLE_SSH, write("/proc/353/oom_score", 869)]),
        ("process-near-limit", "pass", [write(SWAPPER, 18872271)]),
        ("process-near-limit", "fail", [write(SWAPPER, 18874368)]),
        ("process-near-limit", "pass", [IDLE_SWAPPER, address_space(39772000)]),  # db has 35790848
        ("process-near-limit", "fail", [IDLE_SWAPPER, address_space(39767000)]),
        ("map-count-near-limit", "pass", [sysctl("vm.max_map_count", 15000), mappings(11999)]),
        ("map-count-near-limit", "fail", [sysctl("vm.max_map_count", 15000), mappings(12000)]),
        ("program-deleted", "pass", [programs, sshd("/usr/sbin/sshd")]),
        ("program-deleted", "fail", [programs, sshd("/usr/sbin/sshd (deleted)")]),
        ("cgroup-near-limit", "pass", [write(SWAPPER, 19920000)]),
        ("cgroup-near-limit", "fail", [write(SWAPPER, 19922944)]),
        ("cgroup-protection-over-ram", "pass", [write("/sys/fs/cgroup/app.slice/memory.min", 437350000)]),
        ("cgroup-protection-over-ram", "fail", [write("/sys/fs/cgroup/app.slice/memory.min", 437410000)]),
        ("hugetlb-unused", "pass", [write(HUGE_PAGES + "nr_hugepages", 13), write(HUGE_PAGES + "free_hugepages", 12)]),
        ("hugetlb-unused", "fail", [write(HUGE_PAGES + "nr_hugepages", 13), write(HUGE_PAGES + "free_hugepages", 13)]),
        ("ledger-residual", "pass", [meminfo(MemFree=182052)]),
        ("ledger-residual", "fail", [meminfo(MemFree=182000)]),
        ("pss-identity", "pass", [meminfo(Mapped=58603)]),
        ("pss-identity", "fail", [meminfo(Mapped=58604)]),
        ("pss-identity", "pass", [meminfo(Mapped=3000000), database_pss(2939000)]),
        ("pss-identity", "fail", [meminfo(Mapped=3000000), database_pss(2938600)]),
        ("thp-always", "pass", [write(THP, "always [madvise] never")]),
        ("thp-always", "fail", [write(THP, "[always] madvise never")]),
        ("sysctl-not-persistent", "pass", [sysctl_files, write(SYSCTL_CONF, "vm.swappiness = 17")]),
        ("sysctl-not-persistent", "fail", [sysctl_files, write(SYSCTL_CONF, "vm.swappiness = 10")]),
        ("service-limit-needs-restart", "pass", [systemd, change(DROP_IN, "MEMLOCK=16M", "MEMLOCK=16384K")]),
        ("service-limit-needs-restart", "fail", [systemd, change(DROP_IN, "MEMLOCK=16M", "MEMLOCK=16388K")]),
        ("service-limit-needs-restart", "not_applicable", [change(DROP_IN, "MEMLOCK=16M", "MEMLOCK=16388K")]),
        ("limits-conf-without-effect", "pass", [systemd, service_of_carol, write(LIMITS_CONF, "* soft nofile 2048")]),
        ("limits-conf-without-effect", "fail", [systemd, service_of_carol, write(LIMITS_CONF, "* soft nofile 2049")]),
        ("limits-conf-without-effect", "not_applicable", [service_of_carol, write(LIMITS_CONF, "* soft nofile 2049")]),
        ("login-limit-not-in-service", "pass", [change(LIMITS_CONF, "nofile 7000", "nofile 1000")]),  # db has 1000
        ("login-limit-not-in-service", "fail", [change(LIMITS_CONF, "nofile 7000", "nofile 1001")]),
        ("unreadable-data", "pass", [programs, sshd("/usr/sbin/sshd"), write("/proc/353/oom_score", 0)]),
        ("unreadable-data", "fail", [programs, sshd("/usr/sbin/sshd"), remove("/proc/353/oom_score")]),
    ],
    VM: [
        ("sysv-shm-unattached", "pass", [left_behind(252764160)]),
        ("sysv-shm-unattached", "fail", [left_behind(256901120)]),
    ],
    # What fails on a host is not the container's to answer for.
    PODMAN: [
        ("swap-absent", "not_applicable", []),
        ("swappiness-range", "not_applicable", [meminfo(SwapTotal=23812), sysctl("vm.swappiness", 0)]),
        ("overcommit-mode", "not_applicable", [sysctl("vm.overcommit_memory", 1)]),
        ("oom-kills", "pass", [counter("oom_kill", 1)]),
        ("ledger-residual", "not_applicable", [meminfo(MemFree=0)]),
        ("pss-identity", "not_applicable", [meminfo(Mapped=900000)]),
        ("thp-always", "not_applicable", [write(THP, "[always] madvise never")]),
        ("sysctl-not-persistent", "not_applicable", [sysctl_files, write(SYSCTL_CONF, "vm.swappiness = 10")]),
    ],
}

WATCHES = {"paging-pressure"}
"""Needs files that change while they are scanned: test_paging_captured.py."""


@pytest.mark.parametrize(
    ("tree", "rule", "verdict", "steps"), [(tree, *case) for tree, cases in CASES.items() for case in cases]
)
def test_verdict(tree: str, rule: str, verdict: str, steps: list[Step], tmp_path: Path) -> None:
    host = ChangedHost(tree, tmp_path)
    for step in steps:
        step(host)
    finding = host.finding(RULES[rule])
    assert finding["verdict"] == verdict, finding


@pytest.mark.parametrize("rule", sorted(RULES.keys() - WATCHES))
def test_every_rule_has_its_verdicts_in_the_table(rule: str) -> None:
    wanted = {"pass", "fail"} | ({"not_applicable"} if RULES[rule]["when"] else set())
    assert {verdict for cases in CASES.values() for name, verdict, _steps in cases if name == rule} == wanted
