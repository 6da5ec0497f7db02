# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Detect, remedy, detect again: each rule with a role on a captured host on which it fails.

The remedy is what the rule's own expressions give; the host after it is what ``foreseen`` makes of the snapshot.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.fleet.memory.plugins.module_utils._derive.guard_vm import NAMES, out_of_range
from ansible_collections.fleet.memory.plugins.module_utils._tune.limits_wish import wish
from ansible_collections.fleet.memory.plugins.modules import vm_settings
from ansible_collections.fleet.memory.plugins.plugin_utils._policy import evaluate, load
from ansible_collections.fleet.memory.plugins.plugin_utils._policy.expressions import (
    PolicyFunctions,
    search,
    tree,
    trees,
)
from ansible_collections.fleet.memory.plugins.plugin_utils._policy.foreseen import foreseen
from ansible_collections.fleet.memory.plugins.plugin_utils._policy.parameters import Parameters

from tests.support import host_steps
from tests.support.changed_host import ChangedHost
from tests.support.host_steps import LIMITS_CONF, NO_ZRAM_SWAP, SSH_CGROUP, Step, change, first_version, write
from tests.support.services import (
    CHILD,
    ELASTICSEARCH,
    KAFKA,
    KUBELET,
    MAIN,
    MONGODB,
    MYSQL,
    POSTGRESQL,
    REDIS,
    all_of,
    keys,
    limit,
    own_swappiness,
    process,
    sysctl,
    thp,
)

RULES = {rule["id"]: rule for rule in load.load(sorted(path.stem for path in load.SHIPPED.glob("*.yml")), [])}
WITH_ROLE = {name: rule for name, rule in RULES.items() if rule["remediation"]["role"]}

SETTINGS, CGROUPS = "memory_swappiness_settings", "memory_swappiness_cgroups"
THP, LIMITS = "memory_swappiness_transparent_hugepage", "memory_limits"

Case = tuple[str, list[Step], dict[str, Any]]


def parameter(rule: str, service: Step, name: str, live: int, wanted: int) -> Case:
    return rule, [service, sysctl(name, live)], {SETTINGS: {name: wanted}}


def raised(rule: str, service: Step, unit: str, item: str, least: int | str, pid: int = MAIN) -> Case:
    low = 4096 if least == "unlimited" else int(least) - 1
    entry = {"unit": unit, "item": item, "type": "soft", "value": least}
    return rule, [service, limit(item, low, pid)], {LIMITS: [entry]}


def swappiness(rule: str, service: Step) -> list[Case]:
    return [parameter(rule, service, "vm.swappiness", 60, 1)]


ANY = all_of()
DISK = all_of(NO_ZRAM_SWAP)
CLUSTER, NODE = "postgresql@17-main.service", "elasticsearch.service"
HUGE = all_of(REDIS, keys(f"/proc/{MAIN}/smaps_rollup", AnonHugePages=2048))
STALE_SSH = write(f"{SSH_CGROUP}/memory.swappiness", 0)
LOGIN_LINE = change(LIMITS_CONF, "nofile 7000", "nofile 1001")  # db has 1000

CASES: list[Case] = [
    parameter("swappiness-range", ANY, "vm.swappiness", 0, 1),
    parameter("swappiness-range", DISK, "vm.swappiness", 180, 100),
    ("cgroup-swappiness", [first_version, STALE_SSH, host_steps.sysctl("vm.swappiness", 60)], {CGROUPS: True}),
    parameter("overcommit-mode", ANY, "vm.overcommit_memory", 1, 0),
    ("thp-always", [thp("always")], {THP: "madvise"}),
    (
        "login-limit-not-in-service",
        [LOGIN_LINE],
        {LIMITS: [{"unit": "db.service", "item": "NOFILE", "type": "soft", "value": 1001}]},
    ),
    parameter("zram-swappiness", ANY, "vm.swappiness", 60, 100),
    parameter("zram-page-cluster", ANY, "vm.page-cluster", 3, 0),
    parameter("elasticsearch-map-count-required", ELASTICSEARCH, "vm.max_map_count", 65530, 1048576),
    parameter("elasticsearch-map-count", ELASTICSEARCH, "vm.max_map_count", 262144, 1048576),
    *swappiness("elasticsearch-swap", ELASTICSEARCH),
    raised("elasticsearch-open-files", ELASTICSEARCH, NODE, "NOFILE", 65535),
    raised("elasticsearch-threads", ELASTICSEARCH, NODE, "NPROC", 4096),
    raised("elasticsearch-address-space", ELASTICSEARCH, NODE, "AS", "unlimited"),
    raised("elasticsearch-file-size", ELASTICSEARCH, NODE, "FSIZE", "unlimited"),
    raised("kafka-open-files", KAFKA, "kafka.service", "NOFILE", 100000),
    *swappiness("kafka-swappiness", KAFKA),
    parameter("kubernetes-overcommit", KUBELET, "vm.overcommit_memory", 0, 1),
    raised("mongodb-open-files", MONGODB, "mongod.service", "NOFILE", 64000),
    raised("mongodb-threads", MONGODB, "mongod.service", "NPROC", 64000),
    raised("mongodb-address-space", MONGODB, "mongod.service", "AS", "unlimited"),
    raised("mongodb-locked-memory", MONGODB, "mongod.service", "MEMLOCK", "unlimited"),
    parameter("mongodb-map-count", MONGODB, "vm.max_map_count", 65530, 131060),
    *swappiness("mongodb-swappiness", MONGODB),
    raised("mysql-open-files", MYSQL, "mariadb.service", "NOFILE", 8161),
    *swappiness("mysql-swappiness", MYSQL),
    # With cgroup v1 it's the cgroup's own that holds, whatever vm.swappiness is.
    ("mysql-swappiness", [MYSQL, sysctl("vm.swappiness", 1), own_swappiness(60)], {SETTINGS: {}, CGROUPS: True}),
    (
        "mysql-swappiness",
        [MYSQL, sysctl("vm.swappiness", 60), own_swappiness(60)],
        {SETTINGS: {"vm.swappiness": 1}, CGROUPS: True},
    ),
    ("postgresql-transparent-huge-pages", [POSTGRESQL, thp("always")], {THP: "madvise"}),
    raised("postgresql-open-files", POSTGRESQL, CLUSTER, "NOFILE", 1000, CHILD),
    raised("postgresql-stack", POSTGRESQL, CLUSTER, "STACK", 3145728, CHILD),
    parameter("redis-overcommit", REDIS, "vm.overcommit_memory", 0, 1),
    ("redis-transparent-huge-pages", [HUGE, thp("always")], {THP: "madvise"}),
    raised("redis-open-files", REDIS, "redis-server.service", "NOFILE", 10032),
]


def scanned(steps: list[Step], tmp_path: Path) -> dict[str, Any]:
    host = ChangedHost("linux-6.12-debian-13", tmp_path)
    all_of(host_steps.sysctl_files, *steps)(host)
    return host.snapshot()


def parameters(rule: str, given: dict[str, Any]) -> Parameters:
    variables = {f"memory_policy_{name}": value for name, value in given.items()}
    return Parameters([RULES[rule]], "h", variables, lambda value: value)


def verdict(rule: str, snapshot: dict[str, Any], **given: Any) -> str:
    rules = [RULES[rule]]
    (finding,) = evaluate.judge(rules, trees(rules), snapshot, parameters(rule, given))
    return finding["verdict"]


def remedy(rule: str, snapshot: dict[str, Any], **given: Any) -> dict[str, Any]:
    """The variables of the rule's role, but for those that are null."""
    values = {
        name: search(tree(expression), snapshot, parameters(rule, given), PolicyFunctions())
        for name, expression in RULES[rule]["remediation"]["variables"].items()
    }
    return {name: value for name, value in values.items() if value is not None}


@pytest.mark.parametrize(("rule", "steps", "wanted"), CASES)
def test_what_fails_passes_after_its_remedy(
    rule: str, steps: list[Step], wanted: dict[str, Any], tmp_path: Path
) -> None:
    snapshot = scanned(steps, tmp_path)
    assert verdict(rule, snapshot) == "fail"
    variables = remedy(rule, snapshot)
    assert variables == wanted
    after = foreseen(snapshot, variables)
    assert verdict(rule, after) == "pass"
    # Nothing is left to ask for.
    assert foreseen(after, remedy(rule, after)) == after


def test_every_rule_with_a_role_is_in_the_table() -> None:
    assert {rule for rule, _steps, _wanted in CASES} == set(WITH_ROLE)


MODES = yaml.safe_load(vm_settings.DOCUMENTATION)["options"]["transparent_hugepage"]["choices"]


@pytest.mark.parametrize(("rule", "wanted"), [(rule, wanted) for rule, _steps, wanted in CASES])
def test_the_modules_take_what_is_asked_for(rule: str, wanted: dict[str, Any]) -> None:
    for name, value in wanted.get(SETTINGS, {}).items():
        assert name in NAMES
        # The oldest kernel on which it may be asked for; swappiness ends at 100 there.
        assert out_of_range(name, value, "4.18.0") is None
    assert wanted.get(THP, "never") in MODES
    for entry in wanted.get(LIMITS, ()):
        made = wish(entry, False)
        assert (made.kind, made.target, made.item) == ("unit", entry["unit"], entry["item"])
        assert (made.soft, made.hard) == (-1 if entry["value"] == "unlimited" else entry["value"], None)


@pytest.mark.parametrize("rule", WITH_ROLE.values(), ids=WITH_ROLE)
def test_only_the_variables_that_rules_agree_on_are_used(rule: dict[str, Any]) -> None:
    """What two rules ask for can be compared only where the same setting has the same name."""
    role, variables = rule["remediation"]["role"], set(rule["remediation"]["variables"])
    assert variables <= {"fleet.memory.swappiness": {SETTINGS, CGROUPS, THP}, "fleet.memory.limits": {LIMITS}}[role]


def elsewhere(cgroup: str) -> Step:
    return process(MAIN, "redis-server", cgroup, "/usr/bin/redis-server")


CONTAINER = "/system.slice/redis.service/libpod-" + "4711" * 16
DECLARED = write("/etc/systemd/system/mariadb.service.d/zz-files.conf", "[Service]\nLimitNOFILE=65536")
OTHER_CGROUP = all_of(
    process(CHILD, "worker", "/system.slice/worker.service", "/usr/bin/worker"),
    write(f"/proc/{CHILD}/cgroup", "4:memory:/system.slice/worker.service\n0::/system.slice/worker.service"),
    write("/sys/fs/cgroup/memory/system.slice/worker.service/memory.usage_in_bytes", 1 << 20),
    write("/sys/fs/cgroup/memory/system.slice/worker.service/memory.swappiness", 40),
)
DB_40 = all_of(
    write("/proc/330/cgroup", "4:memory:/system.slice/db.service"),
    write("/sys/fs/cgroup/system.slice/db.service/memory.usage_in_bytes", 1 << 20),
    write("/sys/fs/cgroup/system.slice/db.service/memory.swappiness", 40),
)
FEW_FILES = limit("NOFILE", 512)
TWO_SERVERS = all_of(REDIS, process(CHILD, "redis-server", "/docker.scope", "/usr/bin/redis-server"))

BY_HAND: list[tuple[str, list[Step], dict[str, Any]]] = [
    # Mode 2 needs a commit limit to go with it.
    ("overcommit-mode", [sysctl("vm.overcommit_memory", 1)], {"overcommit_modes": [2]}),
    ("thp-always", [thp("always")], {"thp_modes": []}),
    # vm.swappiness, which the cgroups would get, is out of the range itself.
    ("cgroup-swappiness", [first_version, STALE_SSH, host_steps.sysctl("vm.swappiness", 0)], {}),
    # Another cgroup has a value that is accepted, and would lose it.
    ("cgroup-swappiness", [first_version, STALE_SSH, DB_40, host_steps.sysctl("vm.swappiness", 60)], {}),
    ("mysql-swappiness", [MYSQL, sysctl("vm.swappiness", 60), own_swappiness(60), OTHER_CGROUP], {}),
    # Limits that no unit of the host gives.
    ("redis-open-files", [elsewhere("/docker-4711.scope"), FEW_FILES], {}),
    ("redis-open-files", [elsewhere(CONTAINER), FEW_FILES], {}),
    (
        "redis-open-files",
        [elsewhere("/user.slice/user-1000.slice/user@1000.service/app.slice/x.service"), FEW_FILES],
        {},
    ),
    ("redis-open-files", [TWO_SERVERS, FEW_FILES, limit("NOFILE", 512, CHILD)], {}),
    # The unit says enough, and waits for a restart.
    ("mysql-open-files", [MYSQL, FEW_FILES, DECLARED], {}),
]


@pytest.mark.parametrize(("rule", "steps", "given"), BY_HAND)
def test_what_is_left_to_people(rule: str, steps: list[Step], given: dict[str, Any], tmp_path: Path) -> None:
    snapshot = scanned(steps, tmp_path)
    assert verdict(rule, snapshot, **given) == "fail"
    assert not any(remedy(rule, snapshot, **given).values())


@pytest.mark.parametrize(
    ("rule", "given", "wanted"),
    [
        ("thp-always", {"thp_modes": ["never"]}, {THP: "never"}),
        ("overcommit-mode", {"overcommit_modes": [1]}, {SETTINGS: {"vm.overcommit_memory": 1}}),
        ("zram-swappiness", {"zram_swappiness_min": 150}, {SETTINGS: {"vm.swappiness": 150}}),
        ("zram-swappiness", {"zram_swappiness_min": 1, "zram_swappiness_max": 10}, {SETTINGS: {"vm.swappiness": 10}}),
    ],
)
def test_a_parameter_changes_the_remedy(
    rule: str, given: dict[str, Any], wanted: dict[str, Any], tmp_path: Path
) -> None:
    steps = [thp("always"), sysctl("vm.overcommit_memory", 0), sysctl("vm.swappiness", 60)]
    snapshot = scanned(steps, tmp_path)
    assert verdict(rule, snapshot, **given) == "fail"
    assert remedy(rule, snapshot, **given) == wanted
    assert verdict(rule, foreseen(snapshot, wanted), **given) == "pass"


def test_the_two_rules_on_map_counts_ask_for_the_same(tmp_path: Path) -> None:
    snapshot = scanned([ELASTICSEARCH, sysctl("vm.max_map_count", 65530)], tmp_path)
    names = "elasticsearch-map-count-required", "elasticsearch-map-count"
    assert [verdict(name, snapshot) for name in names] == ["fail", "fail"]
    assert remedy(names[0], snapshot) == remedy(names[1], snapshot)


def test_a_remedy_that_makes_another_rule_fail_is_foreseen(tmp_path: Path) -> None:
    """Redis wants what the baseline doesn't accept unless it's told to; the two would take turns for ever."""
    snapshot = scanned([REDIS, sysctl("vm.overcommit_memory", 0)], tmp_path)
    assert verdict("overcommit-mode", snapshot) == "pass"
    assert verdict("overcommit-mode", foreseen(snapshot, remedy("redis-overcommit", snapshot))) == "fail"
