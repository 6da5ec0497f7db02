# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each rule of the policies for workloads with hosts that pass, fail, can't be judged, and aren't meant.

The host runs everything at once. A case changes the figures that it names; a process or its limits are found by name.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._scan import snapshot as scan
from ansible_collections.fleet.memory.plugins.module_utils._scan.process_memory import Wanted
from ansible_collections.fleet.memory.plugins.plugin_utils._policy import evaluate, load
from ansible_collections.fleet.memory.plugins.plugin_utils._policy.expressions import trees
from ansible_collections.fleet.memory.plugins.plugin_utils._policy.parameters import Parameters
from ansible_collections.fleet.memory.plugins.plugin_utils._store.packed import unpack

from tests.support.trees import host

POLICIES = ("postgresql", "mysql", "redis", "elasticsearch", "mongodb", "kafka", "kubernetes_node", "desktop_zram")

RULES = {rule["id"]: rule for rule in load.load(POLICIES, [])}
TREES = json.loads(json.dumps(trees(RULES.values())))

GIB = 1 << 30


def process(pid: int, command: str, unit: str | None, **changes: Any) -> dict[str, Any]:
    return {
        "pid": pid,
        "ppid": 1,
        "command": command,
        "executable": f"/usr/bin/{command}",
        "unit": unit,
        "state": "S",
        "cgroup": f"/system.slice/{unit}",
        "rss_bytes": GIB,
        "locked_bytes": 0,
        "swap_bytes": 0,
        "hugetlb_bytes": 0,
        "huge_page_bytes": 0,
        "page_tables_bytes": 1 << 20,
        "map_count": None,
        "oom_score_adj": 0,
        "unread": {},
        **changes,
    }


PROCESSES = {
    "postmaster": process(10, "postgres", "postgresql@17-main.service", oom_score_adj=-900),
    "backend": process(11, "postgres", "postgresql@17-main.service", ppid=10),
    "mysql": process(20, "mariadbd", "mariadb.service"),
    "redis": process(30, "redis-server", "redis-server.service"),
    "launcher": process(40, "java", "elasticsearch.service", rss_bytes=90 << 20),
    "node": process(41, "java", "elasticsearch.service", ppid=40, rss_bytes=4 * GIB),
    "mongod": process(50, "mongod", "mongod.service"),
    "broker": process(60, "java", "kafka.service", map_count=50000),
    "kubelet": process(70, "kubelet", "kubelet.service", oom_score_adj=-999),
    "other": process(80, "java", "webapp.service", executable="/usr/lib/jvm/bin/java"),
}

NAMES = ("AS", "FSIZE", "MEMLOCK", "NOFILE", "NPROC", "STACK")
ROOMY = {name: {"soft": "unlimited", "hard": "unlimited"} for name in NAMES}

DECIDED = {"file": "/etc/sysctl.d/90-db.conf", "line": 2}
UNIT_LINE = {"file": "/etc/systemd/system/mariadb.service.d/limits.conf", "line": 3}

ZRAM = {"path": "/dev/zram0", "kind": "zram", "size_bytes": 8 * GIB, "used_bytes": GIB, "priority": 100}
DISK = {"path": "/swapfile", "kind": "file", "size_bytes": 16 * GIB, "used_bytes": 0, "priority": -2}

HOST: dict[str, Any] = {
    "memory": {
        "meminfo": {"MemTotal": 16 * GIB},
        "available_bytes": 8 * GIB,
        "kernel": {"machine": "x86_64"},
        "container": None,
        "sysctl_writable": True,
        "cgroup_version": "v2",
        "swap": {
            "total_bytes": 16 * GIB,
            "devices": [DISK],
            "zram": [],
            "zswap": {"enabled": False, "compressor": "lzo"},
        },
        "sysctl": {
            "vm.overcommit_memory": 1,
            "vm.max_map_count": 1048576,
            "vm.swappiness": 1,
            "vm.page-cluster": 0,
            "vm.zone_reclaim_mode": 0,
            "vm.panic_on_oom": 0,
        },
        "sysctl_sources": {"parameters": {"vm.overcommit_memory": {"decided_by": DECIDED}}},
        "transparent_hugepage": {"enabled": "madvise"},
        "hugepages": [{"size_bytes": 2 << 20, "total": 0}],
        "unread": {},
    },
    "processes": {"processes": PROCESSES, "coverage": {"hidepid": False, "complete": True, "unread_files": {}}},
    "limits": {
        "process_limits": dict.fromkeys(PROCESSES, ROOMY),
        "service_limits": [
            {"unit": "mariadb.service", "item": "NOFILE", "unit_declares": UNIT_LINE, "default_declares": None}
        ],
        "systemd": {
            "units": [
                {
                    "unit": "postgresql@17-main.service",
                    "properties": {"OOMScoreAdjust": {"value": -900, "file": "/lib/postgresql@.service", "line": 30}},
                }
            ]
        },
        "cgroups": [{"path": "/kubepods.slice", "version": "v2", "limits": {"max_bytes": 15 * GIB}}],
    },
}


def changed(changes: dict[str, Any]) -> dict[str, Any]:
    """The host with other values at slash-separated paths; a process whose value is None isn't there."""
    snapshot = copy.deepcopy(HOST)
    for path, value in changes.items():
        *folders, last = path.split("/")
        place: Any = snapshot
        for folder in folders:
            place = place[int(folder) if isinstance(place, list) else folder]
        place[int(last) if isinstance(place, list) else last] = value
    section, limits = snapshot["processes"], snapshot["limits"]
    if section and limits and limits["process_limits"]:
        pids = {name: each["pid"] for name, each in section["processes"].items() if each}
        limits["process_limits"] = [
            {"pids": [pids[name]], "limits": each} for name, each in limits["process_limits"].items() if name in pids
        ]
    if section:
        section["processes"] = [each for each in section["processes"].values() if each]
        section["groups"] = [{"key": each["command"]} for each in section["processes"]]
    return snapshot


def verdict(rule: str, changes: dict[str, Any], **variables: Any) -> dict[str, Any]:
    parameters = Parameters(
        [RULES[rule]], "h", {f"memory_policy_{key}": value for key, value in variables.items()}, lambda value: value
    )
    (finding,) = evaluate.judge([RULES[rule]], TREES, changed(changes), parameters)
    return dict(finding)


def without(*names: str) -> dict[str, Any]:
    return {f"processes/processes/{name}": None for name in names}


def of(name: str, **figures: Any) -> dict[str, Any]:
    return {f"processes/processes/{name}/{key}": value for key, value in figures.items()}


def limit(name: str, item: str, soft: Any) -> dict[str, Any]:
    return {f"limits/process_limits/{name}": {**ROOMY, item: {"soft": soft, "hard": soft}}}


def sysctl(name: str, value: Any) -> dict[str, Any]:
    return {f"memory/sysctl/vm.{name}": value}


def thp(mode: str | None) -> dict[str, Any]:
    return {"memory/transparent_hugepage": mode and {"enabled": mode}}


def swap(*devices: dict[str, Any], **more: Any) -> dict[str, Any]:
    total = sum(device["size_bytes"] for device in devices)
    return {"memory/swap": {"total_bytes": total, "devices": list(devices), "zram": [], "zswap": None, **more}}


NO_LIMITS = {"limits/process_limits": None}
UNSEEN = {"processes": None}
CONTAINER = {"memory/container": "podman"}
READ_ONLY = {"memory/sysctl_writable": False}
NO_POSTGRESQL = without("postmaster", "backend")
NO_NODE = without("launcher", "node")
NO_SWAP = swap()
DESKTOP = {**swap(ZRAM), **sysctl("swappiness", 180)}
V1 = {"path": "/system.slice/mariadb.service", "version": "v1", "swappiness": 60, "limits": {}}
STORED = {"original_bytes": GIB, "memory_used_bytes": 400 << 20, "algorithm": "zstd", "disksize_bytes": 8 * GIB}


def on_zram(**changes: Any) -> dict[str, Any]:
    return swap(ZRAM, zram=[{**STORED, **changes}])


def nofile(rule: str, name: str, least: int, gone: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return at_least(rule, name, "NOFILE", least, gone)


def at_least(
    rule: str, name: str, item: str, least: int, gone: dict[str, Any]
) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (rule, "pass", {}),
        (rule, "pass", limit(name, item, least)),
        (rule, "fail", limit(name, item, least - 1)),
        (rule, "not_applicable", gone),
        (rule, "unknown", NO_LIMITS),
        (rule, "unknown", UNSEEN),
    ]


def unlimited(rule: str, name: str, item: str, gone: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (rule, "pass", {}),
        (rule, "fail", limit(name, item, 1 << 40)),
        (rule, "not_applicable", gone),
        (rule, "unknown", NO_LIMITS),
    ]


def own_kernel(rule: str, *gone: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(rule, "not_applicable", changes) for changes in (*gone, CONTAINER, READ_ONLY)]


def swappiness(rule: str, name: str) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (rule, "pass", {}),
        (rule, "pass", sysctl("swappiness", 0)),
        (rule, "pass", {**sysctl("swappiness", 60), **NO_SWAP}),
        (rule, "pass", DESKTOP),
        (rule, "fail", {**DESKTOP, **swap(ZRAM, DISK)}),
        (rule, "fail", sysctl("swappiness", 2)),
        (rule, "unknown", sysctl("swappiness", None)),
        (rule, "unknown", {**sysctl("swappiness", 60), "memory/swap/total_bytes": None}),
        *own_kernel(rule, without(name)),
    ]


CASES: list[tuple[str, str, dict[str, Any]]] = [
    ("postgresql-overcommit", "pass", sysctl("overcommit_memory", 2)),
    ("postgresql-overcommit", "fail", {}),
    ("postgresql-overcommit", "unknown", sysctl("overcommit_memory", None)),
    *own_kernel("postgresql-overcommit", NO_POSTGRESQL),
    ("postgresql-oom-protected", "pass", {}),
    ("postgresql-oom-protected", "pass", of("backend", oom_score_adj=200)),
    ("postgresql-oom-protected", "fail", of("postmaster", oom_score_adj=-899)),
    ("postgresql-oom-protected", "unknown", of("postmaster", oom_score_adj=None)),
    ("postgresql-oom-protected", "not_applicable", NO_POSTGRESQL),
    ("postgresql-backends-killable", "pass", {}),
    ("postgresql-backends-killable", "pass", without("backend")),
    ("postgresql-backends-killable", "fail", of("backend", oom_score_adj=-900)),
    ("postgresql-backends-killable", "unknown", of("backend", oom_score_adj=None)),
    ("postgresql-backends-killable", "not_applicable", NO_POSTGRESQL),
    ("postgresql-transparent-huge-pages", "pass", {}),
    ("postgresql-transparent-huge-pages", "fail", thp("always")),
    ("postgresql-transparent-huge-pages", "unknown", thp(None)),
    *own_kernel("postgresql-transparent-huge-pages", NO_POSTGRESQL),
    ("postgresql-page-tables", "pass", {}),
    ("postgresql-page-tables", "fail", of("backend", page_tables_bytes=GIB // 4)),
    ("postgresql-page-tables", "unknown", {**of("postmaster", page_tables_bytes=None), **without("backend")}),
    ("postgresql-page-tables", "not_applicable", NO_POSTGRESQL),
    *nofile("postgresql-open-files", "backend", 1000, NO_POSTGRESQL),
    *at_least("postgresql-stack", "backend", "STACK", 3 << 20, NO_POSTGRESQL),
    *nofile("mysql-open-files", "mysql", 8161, without("mysql")),
    *swappiness("mysql-swappiness", "mysql"),
    ("mysql-swappiness", "fail", {"limits/cgroups": [V1]}),
    ("mysql-swappiness", "pass", {"limits/cgroups": [V1], **sysctl("force_cgroup_v2_swappiness", 1)}),
    ("mysql-swappiness", "pass", {"limits/cgroups": [{**V1, "swappiness": 1}], **sysctl("swappiness", 60)}),
    ("mysql-swappiness", "unknown", {"limits/cgroups": [{**V1, "swappiness": None}]}),
    ("mysql-swapped-out", "pass", of("mysql", swap_bytes=64 << 20)),
    ("mysql-swapped-out", "fail", of("mysql", swap_bytes=(64 << 20) + 1)),
    ("mysql-swapped-out", "unknown", of("mysql", swap_bytes=None)),
    ("mysql-swapped-out", "not_applicable", without("mysql")),
    ("mysql-large-pages", "pass", {"memory/hugepages/0/total": 512}),
    (
        "mysql-large-pages",
        "pass",
        {"memory/hugepages/0/total": 512, **limit("mysql", "MEMLOCK", 65536), **of("mysql", hugetlb_bytes=GIB)},
    ),
    ("mysql-large-pages", "fail", {"memory/hugepages/0/total": 512, **limit("mysql", "MEMLOCK", 65536)}),
    ("mysql-large-pages", "unknown", {"memory/hugepages/0/total": 512, **NO_LIMITS}),
    ("mysql-large-pages", "unknown", {"memory/hugepages": None}),
    ("mysql-large-pages", "not_applicable", {}),
    ("mysql-large-pages", "not_applicable", {"memory/hugepages/0/total": 512, **without("mysql")}),
    ("redis-overcommit", "pass", {}),
    ("redis-overcommit", "fail", sysctl("overcommit_memory", 0)),
    ("redis-overcommit", "fail", sysctl("overcommit_memory", 2)),
    ("redis-overcommit", "unknown", sysctl("overcommit_memory", None)),
    *own_kernel("redis-overcommit", without("redis")),
    ("redis-transparent-huge-pages", "pass", {}),
    ("redis-transparent-huge-pages", "pass", thp("always")),
    ("redis-transparent-huge-pages", "fail", {**thp("always"), **of("redis", huge_page_bytes=2 << 20)}),
    ("redis-transparent-huge-pages", "unknown", {**thp("always"), **of("redis", huge_page_bytes=None)}),
    *own_kernel("redis-transparent-huge-pages", without("redis")),
    ("redis-swap-space", "pass", {}),
    ("redis-swap-space", "fail", NO_SWAP),
    ("redis-swap-space", "unknown", {"memory/swap/total_bytes": None}),
    *own_kernel("redis-swap-space", without("redis")),
    ("redis-swapped-out", "pass", of("redis", swap_bytes=8192)),
    ("redis-swapped-out", "fail", of("redis", swap_bytes=2 << 20)),
    ("redis-swapped-out", "unknown", of("redis", swap_bytes=None)),
    ("redis-swapped-out", "not_applicable", without("redis")),
    *nofile("redis-open-files", "redis", 10032, without("redis")),
    ("elasticsearch-map-count-required", "pass", sysctl("max_map_count", 262144)),
    ("elasticsearch-map-count-required", "fail", sysctl("max_map_count", 262143)),
    ("elasticsearch-map-count-required", "unknown", sysctl("max_map_count", None)),
    *own_kernel("elasticsearch-map-count-required", NO_NODE),
    ("elasticsearch-map-count", "pass", {}),
    ("elasticsearch-map-count", "fail", sysctl("max_map_count", 262144)),
    ("elasticsearch-map-count", "unknown", sysctl("max_map_count", None)),
    *own_kernel("elasticsearch-map-count", NO_NODE),
    *swappiness("elasticsearch-swap", "node")[:-3],
    ("elasticsearch-swap", "pass", {**sysctl("swappiness", 60), **of("node", locked_bytes=3 * GIB)}),
    ("elasticsearch-swap", "fail", {**sysctl("swappiness", 60), **of("launcher", locked_bytes=90 << 20)}),
    ("elasticsearch-swap", "unknown", {**sysctl("swappiness", 60), **of("node", locked_bytes=None)}),
    *own_kernel("elasticsearch-swap", NO_NODE),
    *nofile("elasticsearch-open-files", "node", 65535, NO_NODE),
    *at_least("elasticsearch-threads", "node", "NPROC", 4096, NO_NODE),
    *unlimited("elasticsearch-address-space", "node", "AS", NO_NODE),
    *unlimited("elasticsearch-file-size", "node", "FSIZE", NO_NODE),
    *nofile("mongodb-open-files", "mongod", 64000, without("mongod")),
    *at_least("mongodb-threads", "mongod", "NPROC", 64000, without("mongod")),
    *unlimited("mongodb-address-space", "mongod", "AS", without("mongod")),
    *unlimited("mongodb-locked-memory", "mongod", "MEMLOCK", without("mongod")),
    ("mongodb-map-count", "pass", {}),
    ("mongodb-map-count", "fail", sysctl("max_map_count", 65530)),
    ("mongodb-map-count", "unknown", sysctl("max_map_count", None)),
    *own_kernel("mongodb-map-count", without("mongod")),
    *swappiness("mongodb-swappiness", "mongod"),
    ("mongodb-transparent-huge-pages", "pass", thp("always")),
    ("mongodb-transparent-huge-pages", "pass", {**thp("never"), "memory/kernel/machine": "s390x"}),
    ("mongodb-transparent-huge-pages", "fail", {}),
    ("mongodb-transparent-huge-pages", "fail", {**thp("always"), "memory/kernel/machine": "s390x"}),
    ("mongodb-transparent-huge-pages", "unknown", thp(None)),
    *own_kernel("mongodb-transparent-huge-pages", without("mongod")),
    ("mongodb-overcommit", "pass", {}),
    ("mongodb-overcommit", "fail", sysctl("overcommit_memory", 0)),
    ("mongodb-overcommit", "unknown", sysctl("overcommit_memory", None)),
    *own_kernel("mongodb-overcommit", without("mongod")),
    ("mongodb-zone-reclaim", "pass", {}),
    ("mongodb-zone-reclaim", "fail", sysctl("zone_reclaim_mode", 1)),
    ("mongodb-zone-reclaim", "unknown", sysctl("zone_reclaim_mode", None)),
    *own_kernel("mongodb-zone-reclaim", without("mongod")),
    *nofile("kafka-open-files", "broker", 100000, without("broker")),
    ("kafka-map-count", "pass", {}),
    ("kafka-map-count", "pass", of("broker", map_count=None)),
    ("kafka-map-count", "fail", sysctl("max_map_count", 62500)),
    ("kafka-map-count", "unknown", of("broker", map_count=None, unread={"maps": "denied"})),
    ("kafka-map-count", "not_applicable", without("broker")),
    *swappiness("kafka-swappiness", "broker"),
    ("kubernetes-swap", "pass", NO_SWAP),
    ("kubernetes-swap", "fail", {}),
    ("kubernetes-swap", "unknown", {"memory/swap/total_bytes": None}),
    *own_kernel("kubernetes-swap", without("kubelet")),
    ("kubernetes-overcommit", "pass", {}),
    ("kubernetes-overcommit", "fail", sysctl("overcommit_memory", 0)),
    ("kubernetes-overcommit", "unknown", sysctl("overcommit_memory", None)),
    *own_kernel("kubernetes-overcommit", without("kubelet")),
    ("kubernetes-panic-on-oom", "pass", {}),
    ("kubernetes-panic-on-oom", "fail", sysctl("panic_on_oom", 1)),
    ("kubernetes-panic-on-oom", "unknown", sysctl("panic_on_oom", None)),
    *own_kernel("kubernetes-panic-on-oom", without("kubelet")),
    ("kubernetes-cgroup-version", "pass", {}),
    ("kubernetes-cgroup-version", "fail", {"memory/cgroup_version": "hybrid"}),
    ("kubernetes-cgroup-version", "unknown", {"memory/cgroup_version": None}),
    *own_kernel("kubernetes-cgroup-version", without("kubelet")),
    ("kubernetes-kubelet-oom-score", "pass", {}),
    ("kubernetes-kubelet-oom-score", "fail", of("kubelet", oom_score_adj=0)),
    ("kubernetes-kubelet-oom-score", "unknown", of("kubelet", oom_score_adj=None)),
    ("kubernetes-kubelet-oom-score", "not_applicable", without("kubelet")),
    ("kubernetes-reserved-memory", "pass", {}),
    ("kubernetes-reserved-memory", "fail", {"limits/cgroups/0/limits/max_bytes": 16 * GIB}),
    ("kubernetes-reserved-memory", "fail", {"limits/cgroups/0/limits/max_bytes": None}),
    ("kubernetes-reserved-memory", "unknown", {"limits/cgroups": []}),
    *own_kernel("kubernetes-reserved-memory", without("kubelet")),
    ("kubernetes-eviction-near", "pass", {}),
    ("kubernetes-eviction-near", "fail", {"memory/available_bytes": 100 << 20}),
    ("kubernetes-eviction-near", "unknown", {"memory/available_bytes": None}),
    ("kubernetes-eviction-near", "not_applicable", without("kubelet")),
    ("zram-swappiness", "pass", DESKTOP),
    ("zram-swappiness", "pass", {**DESKTOP, **sysctl("swappiness", 200)}),
    ("zram-swappiness", "fail", {**DESKTOP, **sysctl("swappiness", 60)}),
    ("zram-swappiness", "unknown", {**DESKTOP, **sysctl("swappiness", None)}),
    ("zram-swappiness", "unknown", {"memory/swap/devices": []}),
    *own_kernel("zram-swappiness", {}, NO_SWAP),
    ("zram-page-cluster", "pass", DESKTOP),
    ("zram-page-cluster", "fail", {**DESKTOP, **sysctl("page-cluster", 3)}),
    ("zram-page-cluster", "unknown", {**DESKTOP, **sysctl("page-cluster", None)}),
    *own_kernel("zram-page-cluster", {}),
    ("zram-size", "pass", swap(ZRAM, {**DISK, "size_bytes": 100 * GIB})),
    ("zram-size", "fail", swap({**ZRAM, "size_bytes": 33 * GIB})),
    ("zram-size", "unknown", {**swap(ZRAM), "memory/meminfo/MemTotal": None}),
    *own_kernel("zram-size", {}),
    ("zram-compression", "pass", on_zram()),
    ("zram-compression", "fail", on_zram(memory_used_bytes=700 << 20)),
    ("zram-compression", "unknown", on_zram(original_bytes=None, memory_used_bytes=None)),
    ("zram-compression", "not_applicable", on_zram(original_bytes=(64 << 20) - 1)),
    ("zram-priority", "pass", swap(DISK, ZRAM)),
    ("zram-priority", "fail", swap(ZRAM, {**DISK, "priority": 100})),
    ("zram-priority", "unknown", {"memory/swap/devices": None}),
    *own_kernel("zram-priority", {}),
    ("zram-zswap", "pass", {**swap(ZRAM), "memory/unread": {"/sys/module/zswap/parameters/enabled": "unsupported"}}),
    ("zram-zswap", "fail", swap(ZRAM, zswap={"enabled": True, "compressor": "zstd"})),
    ("zram-zswap", "unknown", {**swap(ZRAM), "memory/unread": {"/sys/module/zswap/parameters/enabled": "denied"}}),
    *own_kernel("zram-zswap", {}),
]


@pytest.mark.parametrize(("rule", "expected", "changes"), CASES)
def test_verdict(rule: str, expected: str, changes: dict[str, Any]) -> None:
    finding = verdict(rule, changes)
    assert finding["verdict"] == expected, finding
    assert bool(finding["message"]) == (expected != "pass")
    assert "{" not in finding["message"]
    assert len(json.dumps(finding["actual"])) < 600


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_all_four_verdicts_in_the_table(rule: str) -> None:
    found = {expected for name, expected, _changes in CASES if name == rule}
    assert found == {"pass", "fail", "not_applicable", "unknown"}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_says_when_it_applies_and_who_says_so(rule: dict[str, Any]) -> None:
    assert rule["when"]
    assert rule["references"]
    assert rule["id"].startswith(
        ("postgresql-", "mysql-", "redis-", "elasticsearch-", "mongodb-", "kafka-", "kubernetes-", "zram-")
    )


@pytest.mark.parametrize(
    "snapshot", [{}, {"memory": None}, {"memory": {}, "processes": {}, "limits": {}}, {"memory": 1}]
)
def test_nothing_known_is_unknown(snapshot: dict[str, Any]) -> None:
    rules = list(RULES.values())
    findings = evaluate.judge(rules, TREES, snapshot, Parameters(rules, "h", {}, lambda value: value))
    assert {finding["verdict"] for finding in findings} == {"unknown"}


def test_parameters_change_the_verdict() -> None:
    assert verdict("mongodb-transparent-huge-pages", thp("never"), mongodb_major_version=7)["verdict"] == "pass"
    assert verdict("mongodb-overcommit", {}, mongodb_major_version="7")["verdict"] == "not_applicable"
    assert verdict("kubernetes-swap", {}, kubernetes_swap_allowed=True)["verdict"] == "pass"
    assert (
        verdict("kubernetes-swap", {"memory/cgroup_version": "v1"}, kubernetes_swap_allowed=True)["verdict"] == "fail"
    )
    assert verdict("redis-open-files", without("redis"), redis_commands=["kubelet"])["verdict"] == "pass"


def test_a_service_is_known_by_its_unit_or_its_program() -> None:
    by_program = of("other", unit="docker-1234.scope", executable="/usr/share/elasticsearch/jdk/bin/java")
    finding = verdict("elasticsearch-open-files", {**NO_NODE, **by_program, **limit("other", "NOFILE", 1024)})
    assert (finding["verdict"], finding["actual"]["pid"]) == ("fail", 80)


def test_what_could_not_be_seen_may_be_the_service() -> None:
    no_program = of("other", unit=None, executable=None)
    assert verdict("kafka-open-files", {**without("broker"), **no_program})["verdict"] == "unknown"
    assert verdict("kafka-open-files", no_program)["verdict"] == "pass"
    zombie = {**no_program, **of("other", state="Z")}
    assert verdict("kafka-open-files", {**without("broker"), **zombie})["verdict"] == "not_applicable"
    for hidden in ({"processes/coverage/hidepid": True}, {"processes/coverage/unread_files": {"stat": 1}}):
        assert verdict("redis-open-files", {**without("redis"), **hidden})["verdict"] == "unknown"
        assert verdict("redis-open-files", hidden)["verdict"] == "pass"


def test_a_session_that_ended_meanwhile_makes_nothing_unknown() -> None:
    snapshot = changed(limit("postmaster", "NOFILE", 900))
    snapshot["limits"]["process_limits"] = [
        entry for entry in snapshot["limits"]["process_limits"] if entry["pids"] != [11]
    ]
    rules = [RULES["postgresql-open-files"]]
    (finding,) = evaluate.judge(rules, TREES, snapshot, Parameters(rules, "h", {}, lambda value: value))
    assert (finding["verdict"], finding["actual"]["soft"]) == ("fail", 900)


def test_the_line_that_decides_is_named() -> None:
    assert verdict("redis-overcommit", {})["location"] == DECIDED
    assert verdict("mysql-open-files", limit("mysql", "NOFILE", 1024))["location"] == UNIT_LINE
    assert verdict("postgresql-oom-protected", {})["location"] == {"file": "/lib/postgresql@.service", "line": 30}
    assert verdict("redis-open-files", limit("redis", "NOFILE", 1024))["location"] is None


def test_the_list_of_processes_stays_packed_where_the_service_does_not_run() -> None:
    class Packed(dict[str, Any]):
        def __missing__(self, key: str) -> Any:
            raise AssertionError(f"{key} was unpacked")

    snapshot = changed({})
    del snapshot["processes"]["processes"]
    snapshot["processes"] = Packed(snapshot["processes"], groups=[{"key": "bash"}])
    rules = [rule for rule in RULES.values() if rule["policy"] != "desktop_zram"]
    findings = evaluate.judge(rules, TREES, snapshot, Parameters(rules, "h", {}, lambda value: value))
    assert {finding["verdict"] for finding in findings} == {"not_applicable"}


@pytest.mark.parametrize("tree", ["linux-5.10-debian-11", "linux-6.12-debian-13", "linux-6.18-podman", "linux-6.1-uml"])
def test_a_captured_host_without_these_services_is_not_meant(tree: str, tmp_path: Path) -> None:
    taken = scan.take_snapshot(host(tree, tmp_path), Wanted(group_by="command", pss="all"), 0.0)
    document = unpack(scan.pack(taken)).document
    rules = [rule for rule in RULES.values() if rule["policy"] != "desktop_zram"]
    findings = evaluate.judge(rules, TREES, document, Parameters(rules, "h", {}, lambda value: value))
    assert {finding["verdict"] for finding in findings} == {"not_applicable"}


def test_a_captured_host_that_swaps_to_zram_and_to_disk(tmp_path: Path) -> None:
    taken = scan.take_snapshot(host("linux-6.12-debian-13", tmp_path), Wanted(group_by="command", pss="all"), 0.0)
    document = unpack(scan.pack(taken)).document
    rules = [rule for rule in RULES.values() if rule["policy"] == "desktop_zram"]
    findings = evaluate.judge(rules, TREES, document, Parameters(rules, "h", {}, lambda value: value))
    assert {finding["rule"]: finding["verdict"] for finding in findings} == {
        "zram-swappiness": "fail",
        "zram-page-cluster": "fail",
        "zram-size": "pass",
        "zram-compression": "not_applicable",
        "zram-priority": "pass",
        "zram-zswap": "pass",
    }
