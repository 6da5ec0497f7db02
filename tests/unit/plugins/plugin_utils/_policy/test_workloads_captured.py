# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each rule of the policies for workloads on a captured host whose files are changed, and which is then really scanned.

A case puts the service on the host, if it is to run there, and sets one thing to either side of the rule's threshold.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.plugin_utils._policy import load

from tests.support.changed_host import ChangedHost
from tests.support.host_steps import Step, sysctl_files, write
from tests.support.services import (
    CHILD,
    ELASTICSEARCH,
    HUGE_PAGES,
    KAFKA,
    KUBELET,
    MAIN,
    MEMORY_IN_V1,
    MONGODB,
    MYSQL,
    NO_SWAP,
    NO_ZRAM,
    ONLY_ZRAM,
    POSTGRESQL,
    REDIS,
    UNITS,
    all_of,
    in_zram,
    keys,
    limit,
    maps,
    on_zram,
    oom_score_adj,
    own_swappiness,
    page_tables,
    pods_max,
    process,
    swapped_out,
    sysctl,
    thp,
    zswap,
)

POLICIES = ("postgresql", "mysql", "redis", "elasticsearch", "mongodb", "kafka", "kubernetes_node", "desktop_zram")

RULES = {rule["id"]: rule for rule in load.load(POLICIES, [])}

Case = tuple[str, str, list[Step]]


def sides(rule: str, service: Step, passes: list[Step], fails: list[Step]) -> list[Case]:
    """With each of ``passes`` it passes, with each of ``fails`` it fails; the host as it was captured is not meant."""
    return [
        *[(rule, "pass", [service, step]) for step in passes],
        *[(rule, "fail", [service, step]) for step in fails],
        (rule, "not_applicable", []),
    ]


def at_least(rule: str, service: Step, item: str, least: int, pid: int = MAIN) -> list[Case]:
    enough = [limit(item, "unlimited", pid), limit(item, least, pid)]
    return sides(rule, service, enough, [limit(item, least - 1, pid)])


def unlimited(rule: str, service: Step, item: str) -> list[Case]:
    return sides(rule, service, [limit(item, "unlimited")], [limit(item, 1 << 40)])


def parameter(rule: str, service: Step, name: str, passes: list[int], fails: list[int]) -> list[Case]:
    return sides(rule, service, [sysctl(name, value) for value in passes], [sysctl(name, value) for value in fails])


def swappiness(rule: str, service: Step) -> list[Case]:
    return [
        *parameter(rule, service, "vm.swappiness", [0, 1], [2]),
        (rule, "pass", [service, NO_SWAP]),
        (rule, "pass", [service, ONLY_ZRAM]),
    ]


def on_captured_zram(rule: str, passes: list[Step], fails: list[Step]) -> list[Case]:
    """The captured host swaps to zram; without it the rule isn't meant for it."""
    return [
        *[(rule, "pass", [step]) for step in passes],
        *[(rule, "fail", [step]) for step in fails],
        (rule, "not_applicable", [NO_ZRAM]),
        (rule, "not_applicable", [NO_SWAP]),
    ]


CASES: list[Case] = [
    *parameter("postgresql-overcommit", POSTGRESQL, "vm.overcommit_memory", [2], [0, 1]),
    *sides("postgresql-oom-protected", POSTGRESQL, [oom_score_adj(MAIN, -900)], [oom_score_adj(MAIN, -899)]),
    *sides("postgresql-backends-killable", POSTGRESQL, [oom_score_adj(CHILD, 0)], [oom_score_adj(CHILD, -1)]),
    *sides("postgresql-transparent-huge-pages", POSTGRESQL, [thp("madvise"), thp("never")], [thp("always")]),
    *sides("postgresql-page-tables", POSTGRESQL, [page_tables(5000, 5000)], [page_tables(5000, 5100)]),
    *at_least("postgresql-open-files", POSTGRESQL, "NOFILE", 1000, CHILD),
    *at_least("postgresql-stack", POSTGRESQL, "STACK", 3 << 20, CHILD),
    *at_least("mysql-open-files", MYSQL, "NOFILE", 8161),
    *swappiness("mysql-swappiness", MYSQL),
    ("mysql-swappiness", "pass", [MYSQL, sysctl("vm.swappiness", 60), own_swappiness(1)]),
    ("mysql-swappiness", "fail", [MYSQL, sysctl("vm.swappiness", 1), own_swappiness(2)]),
    *sides("mysql-swapped-out", MYSQL, [swapped_out(65536)], [swapped_out(65537)]),
    *sides("mysql-large-pages", MYSQL, [limit("MEMLOCK", "unlimited")], [limit("MEMLOCK", 65536)]),
    ("mysql-large-pages", "pass", [MYSQL, keys(f"/proc/{MAIN}/smaps_rollup", Private_Hugetlb=2048)]),
    ("mysql-large-pages", "not_applicable", [MYSQL, write(HUGE_PAGES, 0)]),
    *parameter("redis-overcommit", REDIS, "vm.overcommit_memory", [1], [0, 2]),
    *sides(
        "redis-transparent-huge-pages",
        all_of(REDIS, keys(f"/proc/{MAIN}/smaps_rollup", AnonHugePages=2048)),
        [thp("madvise"), thp("never")],
        [thp("always")],
    ),
    ("redis-transparent-huge-pages", "pass", [REDIS, thp("always")]),
    *sides(
        "redis-swap-space",
        all_of(REDIS, keys("/proc/meminfo", MemTotal=100000)),
        [keys("/proc/meminfo", SwapTotal=100000)],
        [keys("/proc/meminfo", SwapTotal=99990)],
    ),
    *sides("redis-swapped-out", REDIS, [swapped_out(1024)], [swapped_out(1025)]),
    *at_least("redis-open-files", REDIS, "NOFILE", 10032),
    *parameter("elasticsearch-map-count-required", ELASTICSEARCH, "vm.max_map_count", [262144], [262143]),
    *parameter("elasticsearch-map-count", ELASTICSEARCH, "vm.max_map_count", [1048576], [1048575]),
    *swappiness("elasticsearch-swap", ELASTICSEARCH),
    ("elasticsearch-swap", "pass", [ELASTICSEARCH, keys(f"/proc/{MAIN}/status", VmLck=30000)]),
    ("elasticsearch-swap", "fail", [ELASTICSEARCH, keys(f"/proc/{MAIN}/status", VmLck=29990)]),
    *at_least("elasticsearch-open-files", ELASTICSEARCH, "NOFILE", 65535),
    *at_least("elasticsearch-threads", ELASTICSEARCH, "NPROC", 4096),
    *unlimited("elasticsearch-address-space", ELASTICSEARCH, "AS"),
    *unlimited("elasticsearch-file-size", ELASTICSEARCH, "FSIZE"),
    *at_least("mongodb-open-files", MONGODB, "NOFILE", 64000),
    *at_least("mongodb-threads", MONGODB, "NPROC", 64000),
    *unlimited("mongodb-address-space", MONGODB, "AS"),
    *unlimited("mongodb-locked-memory", MONGODB, "MEMLOCK"),
    *parameter("mongodb-map-count", MONGODB, "vm.max_map_count", [131060], [131059]),
    *swappiness("mongodb-swappiness", MONGODB),
    *sides("mongodb-transparent-huge-pages", MONGODB, [thp("always")], [thp("madvise"), thp("never")]),
    *parameter("mongodb-overcommit", MONGODB, "vm.overcommit_memory", [1], [0, 2]),
    *parameter("mongodb-zone-reclaim", MONGODB, "vm.zone_reclaim_mode", [0], [1]),
    *at_least("kafka-open-files", KAFKA, "NOFILE", 100000),
    *sides("kafka-map-count", all_of(KAFKA, sysctl("vm.max_map_count", 1000)), [maps(799)], [maps(800)]),
    *swappiness("kafka-swappiness", KAFKA),
    *sides("kubernetes-swap", KUBELET, [NO_SWAP], [keys("/proc/meminfo", SwapTotal=4)]),
    *parameter("kubernetes-overcommit", KUBELET, "vm.overcommit_memory", [1], [0, 2]),
    *parameter("kubernetes-panic-on-oom", KUBELET, "vm.panic_on_oom", [0], [1]),
    *sides("kubernetes-cgroup-version", KUBELET, [all_of()], [MEMORY_IN_V1]),
    *sides("kubernetes-kubelet-oom-score", KUBELET, [oom_score_adj(MAIN, -999)], [oom_score_adj(MAIN, -998)]),
    *sides(
        "kubernetes-reserved-memory", KUBELET, [pods_max(950000 * 1024)], [pods_max(950100 * 1024), pods_max("max")]
    ),
    *sides(
        "kubernetes-eviction-near",
        KUBELET,
        [keys("/proc/meminfo", MemAvailable=102401)],
        [keys("/proc/meminfo", MemAvailable=102400)],
    ),
    *on_captured_zram(
        "zram-swappiness", [sysctl("vm.swappiness", 100), sysctl("vm.swappiness", 200)], [sysctl("vm.swappiness", 99)]
    ),
    *on_captured_zram("zram-page-cluster", [sysctl("vm.page-cluster", 0)], [sysctl("vm.page-cluster", 1)]),
    *on_captured_zram("zram-size", [on_zram(size=2 * 474560)], [on_zram(size=2 * 474560 + 100)]),
    ("zram-compression", "pass", [in_zram(64 << 20, 32 << 20)]),
    ("zram-compression", "fail", [in_zram(64 << 20, (32 << 20) + 8192)]),
    ("zram-compression", "not_applicable", [in_zram((64 << 20) - 4096, 64 << 20)]),
    ("zram-compression", "not_applicable", [lambda host: host.remove("/sys/block/zram0")]),
    *on_captured_zram("zram-priority", [on_zram(priority=6)], [on_zram(priority=5)]),
    *on_captured_zram("zram-zswap", [zswap("N")], [zswap("Y")]),
]


def judged(rule: str, steps: list[Step], tmp_path: Path) -> tuple[dict[str, Any], ChangedHost]:
    host = ChangedHost("linux-6.12-debian-13", tmp_path)
    all_of(sysctl_files, *steps)(host)
    return host.finding(RULES[rule]), host


@pytest.mark.parametrize(("rule", "verdict", "steps"), CASES)
def test_verdict(rule: str, verdict: str, steps: list[Step], tmp_path: Path) -> None:
    finding, _host = judged(rule, steps, tmp_path)
    assert finding["verdict"] == verdict, finding
    assert bool(finding["message"]) == (verdict != "pass")
    assert "{" not in finding["message"]


JVM = "/usr/lib/jvm/java-21/bin/java"


@pytest.mark.parametrize(
    ("rule", "name", "cgroup", "exe", "verdict"),
    [
        ("postgresql-open-files", "postmaster", "/system.slice/postgresql.service", "/bin/postgres", "fail"),
        ("postgresql-open-files", "pg_exporter", "/system.slice/exporter.service", "/bin/exporter", "not_applicable"),
        ("mysql-open-files", "mysqld", "/system.slice/mysql.service", "/usr/sbin/mysqld", "fail"),
        ("redis-open-files", "valkey-server", "/system.slice/docker-4711.scope", "/usr/bin/valkey-server", "fail"),
        ("mongodb-open-files", "mongos", "/system.slice/mongos.service", "/usr/bin/mongos", "fail"),
        ("elasticsearch-open-files", "java", "/system.slice/opensearch.service", JVM, "fail"),
        ("elasticsearch-open-files", "java", "/docker-4711.scope", "/usr/share/opensearch/jdk/bin/java", "fail"),
        ("elasticsearch-open-files", "java", "/docker-4711.scope", JVM, "not_applicable"),
        ("kafka-open-files", "java", "/system.slice/system-kafka.slice/kafka@2.service", JVM, "fail"),
        ("kafka-open-files", "java", "/system.slice/confluent-server.service", JVM, "fail"),
        ("kafka-open-files", "java", "/system.slice/kafka-ui.service", JVM, "not_applicable"),
    ],
)
def test_a_service_is_known_by_its_names(
    rule: str, name: str, cgroup: str, exe: str, verdict: str, tmp_path: Path
) -> None:
    finding, _host = judged(rule, [process(MAIN, name, cgroup, exe), limit("NOFILE", 512)], tmp_path)
    assert finding["verdict"] == verdict, finding


CLUSTER = f"{UNITS}/postgresql@17-main.service.d"


@pytest.mark.parametrize(
    ("rule", "file", "line"),
    [
        ("postgresql-overcommit", "/etc/sysctl.d/90-vm.overcommit_memory.conf", "vm.overcommit_memory = 0"),
        ("postgresql-oom-protected", f"{CLUSTER}/OOMScoreAdjust.conf", "OOMScoreAdjust=-899"),
        ("postgresql-stack", f"{CLUSTER}/LimitSTACK.conf", "LimitSTACK=3145727"),
        ("mysql-swappiness", "/etc/sysctl.d/90-vm.swappiness.conf", "vm.swappiness = 2"),
        ("mysql-large-pages", f"{UNITS}/mariadb.service.d/LimitMEMLOCK.conf", "LimitMEMLOCK=65536"),
        ("redis-open-files", f"{UNITS}/redis-server.service.d/LimitNOFILE.conf", "LimitNOFILE=10031"),
        ("elasticsearch-threads", f"{UNITS}/elasticsearch.service.d/LimitNPROC.conf", "LimitNPROC=4095"),
        ("mongodb-zone-reclaim", "/etc/sysctl.d/90-vm.zone_reclaim_mode.conf", "vm.zone_reclaim_mode = 1"),
        ("kafka-map-count", "/etc/sysctl.d/90-vm.max_map_count.conf", "vm.max_map_count = 1000"),
        ("zram-page-cluster", "/etc/sysctl.d/90-vm.page-cluster.conf", "vm.page-cluster = 1"),
    ],
)
def test_a_failure_names_the_line_to_change(rule: str, file: str, line: str, tmp_path: Path) -> None:
    steps = next(steps for name, verdict, steps in CASES if (name, verdict) == (rule, "fail"))
    finding, host = judged(rule, steps, tmp_path)
    assert finding["location"]["file"] == file
    assert host.at(file).read_text().splitlines()[finding["location"]["line"] - 1] == line


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_passes_fails_and_is_not_meant_in_the_table(rule: str) -> None:
    assert {verdict for name, verdict, _steps in CASES if name == rule} == {"pass", "fail", "not_applicable"}
