# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each rule of the baseline with snapshots that pass, fail and leave it unknown."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._derive import rankings
from ansible_collections.fleet.memory.plugins.plugin_utils._policy import evaluate, load
from ansible_collections.fleet.memory.plugins.plugin_utils._policy.expressions import trees
from ansible_collections.fleet.memory.plugins.plugin_utils._policy.parameters import Parameters

RULES = {rule["id"]: rule for rule in load.load(["baseline"], [])}

# As they come from the run, through JSON.
TREES = json.loads(json.dumps(trees(RULES.values())))


def process(pid: int, **changes: Any) -> dict[str, Any]:
    return {
        "pid": pid,
        "command": f"p{pid}",
        "user": "web",
        "unit": "web.service",
        "container": None,
        "map_count": None,
        "nearest_limit": {"ceiling": "RLIMIT_STACK", "limit": 8388608, "used": 139264, "used_percent": 1.66},
        "unread": {},
        **changes,
    }


HEALTHY: dict[str, Any] = {
    "schema_version": "1.0",
    "memory": {
        "available_percent": 41.3,
        "swap": {"total_bytes": 1 << 30, "used_bytes": 4096, "zram": [], "zswap": None},
        "commit": {"limit_bytes": 1000, "committed_bytes": 700, "committed_percent": 70.0},
        "sysctl": {"vm.swappiness": 60, "vm.overcommit_memory": 0, "vm.max_map_count": 65530},
        "transparent_hugepage": {"enabled": "madvise"},
        "vmstat": {"pswpin": 0, "pgmajfault": 900, "oom_kill": 0},
        "pressure": {"some": {"avg10": 0.0, "avg60": 0.0, "avg300": 0.1}},
        "uptime_seconds": 1000.0,
        "cgroup_version": "v2",
        "unread": {},
    },
    "processes": {
        "processes": [process(11), process(12)],
        "coverage": {"processes": 2, "read": 2, "complete": True, "hidepid": False, "unread": {}},
    },
    "limits": {
        "pam": {"winners": []},
        "process_limits": [{"pids": [11, 12], "limits": {"NOFILE": {"soft": 1024, "hard": 524288}}}],
        "cgroups": [{"path": "/web", "used_percent": 20.0}, {"path": "/", "used_percent": None}],
        "unread": {},
    },
}

NOFILE_LINE = {
    "domain": "web",
    "item": "nofile",
    "type": "soft",
    "value": 65536,
    "file": "/etc/security/limits.conf",
    "line": 7,
}


def summed_up(snapshot: dict[str, Any]) -> dict[str, Any]:
    """The snapshot with what the host works out from its list of processes."""
    section = snapshot["processes"]
    if section and section["processes"]:
        section["near_limits"] = rankings.near_limits(section["processes"])
        section["most_mappings"] = rankings.most_mappings(section["processes"])
        if section["coverage"]:
            files = [file for process in section["processes"] for file in process["unread"]]
            section["coverage"].setdefault("unread_files", dict.fromkeys(files, 1))
    return snapshot


def changed(changes: dict[str, Any]) -> dict[str, Any]:
    """The healthy snapshot with other values at slash-separated paths."""
    snapshot = copy.deepcopy(HEALTHY)
    for path, value in changes.items():
        *folders, last = path.split("/")
        place: Any = snapshot
        for folder in folders:
            place = place[int(folder) if isinstance(place, list) else folder]
        place[int(last) if isinstance(place, list) else last] = value
    return summed_up(snapshot)


def verdict(rule: str, changes: dict[str, Any], **variables: Any) -> dict[str, Any]:
    parameters = Parameters(
        [RULES[rule]], "h", {f"memory_policy_{key}": value for key, value in variables.items()}, lambda value: value
    )
    (finding,) = evaluate.judge([RULES[rule]], TREES, changed(changes), parameters)
    return dict(finding)


STALLED = {"memory/vmstat/pswpin": 5000, "memory/pressure/some/avg300": 12.5}
NO_PSI = {"memory/vmstat/pswpin": 5000, "memory/pressure": None}
DENIED = {"processes/coverage/complete": False, "processes/coverage/unread": {"denied": 1}}
UNREAD_LIMITS = {**DENIED, "processes/processes/1": process(12, nearest_limit=None, unread={"limits": "denied"})}
UNREAD_MAPS = {**DENIED, "processes/processes/1": process(12, unread={"maps": "denied"})}
UNREAD_EXE = {**DENIED, "processes/processes/1": process(12, unread={"exe": "denied"})}
NEAR = {"ceiling": "RLIMIT_AS", "limit": 1000, "used": 930, "used_percent": 93.0}
NEAR_MAPS = {"ceiling": "vm.max_map_count", "limit": 65530, "used": 65000, "used_percent": 99.19}

CASES = [
    ("memory-available", "pass", {}),
    ("memory-available", "pass", {"memory/available_percent": 10}),
    ("memory-available", "fail", {"memory/available_percent": 9.99}),
    ("memory-available", "unknown", {"memory/available_percent": None}),
    ("swap-in-under-pressure", "pass", {}),
    ("swap-in-under-pressure", "pass", {**STALLED, "memory/swap/used_bytes": 0}),
    ("swap-in-under-pressure", "pass", {**STALLED, "memory/pressure/some/avg300": 4.99}),
    ("swap-in-under-pressure", "pass", NO_PSI),
    ("swap-in-under-pressure", "fail", STALLED),
    ("swap-in-under-pressure", "fail", {**NO_PSI, "memory/vmstat/pgmajfault": 10001}),
    ("swap-in-under-pressure", "unknown", {"memory/vmstat/pswpin": None}),
    ("swap-absent", "pass", {}),
    ("swap-absent", "fail", {"memory/swap/total_bytes": 0}),
    ("swap-absent", "unknown", {"memory/swap": None}),
    ("swappiness-range", "pass", {}),
    ("swappiness-range", "pass", {"memory/sysctl/vm.swappiness": 180, "memory/swap/zram": [{"name": "zram0"}]}),
    ("swappiness-range", "fail", {"memory/sysctl/vm.swappiness": 180}),
    ("swappiness-range", "fail", {"memory/sysctl/vm.swappiness": 0}),
    ("swappiness-range", "unknown", {"memory/sysctl/vm.swappiness": None}),
    ("overcommit-mode", "pass", {"memory/sysctl/vm.overcommit_memory": 2}),
    ("overcommit-mode", "fail", {"memory/sysctl/vm.overcommit_memory": 1}),
    ("overcommit-mode", "unknown", {"memory/sysctl": None}),
    ("commit-limit-near", "pass", {"memory/commit/committed_percent": 130.0}),
    ("commit-limit-near", "fail", {"memory/commit/committed_percent": 90.0, "memory/sysctl/vm.overcommit_memory": 2}),
    ("commit-limit-near", "unknown", {"memory/commit": None}),
    ("commit-high", "pass", {"memory/commit/committed_percent": 149.0}),
    ("commit-high", "pass", {"memory/commit/committed_percent": 170.0, "memory/sysctl/vm.overcommit_memory": 2}),
    ("commit-high", "fail", {"memory/commit/committed_percent": 170.0}),
    ("commit-high", "unknown", {"memory/commit/committed_percent": None}),
    ("oom-kills", "pass", {}),
    ("oom-kills", "fail", {"memory/vmstat/oom_kill": 3}),
    ("oom-kills", "unknown", {"memory/vmstat": {}}),
    ("process-near-limit", "pass", {}),
    ("process-near-limit", "pass", UNREAD_EXE),
    ("process-near-limit", "fail", {"processes/processes/0": process(11, nearest_limit=NEAR_MAPS)}),
    ("process-near-limit", "fail", {"processes/processes/0": process(11, nearest_limit=NEAR)}),
    ("process-near-limit", "fail", {**UNREAD_LIMITS, "processes/processes/0": process(11, nearest_limit=NEAR)}),
    ("process-near-limit", "unknown", UNREAD_LIMITS),
    ("process-near-limit", "unknown", {**DENIED, "processes/coverage/unread_files": {"status": 1}}),
    ("process-near-limit", "unknown", {**DENIED, "processes/coverage/hidepid": True}),
    ("process-near-limit", "unknown", {"processes": None}),
    ("map-count-near-limit", "pass", {}),
    ("map-count-near-limit", "pass", {"processes/processes/0": process(11, map_count=50000)}),
    ("map-count-near-limit", "fail", {"processes/processes/0": process(11, map_count=60000)}),
    ("map-count-near-limit", "fail", {**UNREAD_MAPS, "processes/processes/0": process(11, map_count=60000)}),
    ("map-count-near-limit", "unknown", UNREAD_MAPS),
    ("map-count-near-limit", "unknown", {"memory/sysctl/vm.max_map_count": None}),
    ("cgroup-near-limit", "pass", {}),
    ("cgroup-near-limit", "fail", {"limits/cgroups/0/used_percent": 95.0}),
    ("cgroup-near-limit", "unknown", {"limits/cgroups": None}),
    ("cgroup-near-limit", "unknown", {"memory/cgroup_version": None}),
    ("thp-always", "pass", {"memory/transparent_hugepage/enabled": "never"}),
    ("thp-always", "fail", {"memory/transparent_hugepage/enabled": "always"}),
    ("thp-always", "unknown", {"memory/transparent_hugepage": None}),
    ("login-limit-not-in-service", "pass", {}),
    ("login-limit-not-in-service", "fail", {"limits/pam/winners": [NOFILE_LINE]}),
    ("login-limit-not-in-service", "unknown", {"limits/pam": None}),
    ("login-limit-not-in-service", "unknown", {"limits/process_limits": None}),
    ("unreadable-data", "pass", {}),
    ("unreadable-data", "fail", DENIED),
    ("unreadable-data", "unknown", {"processes/coverage": None}),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "expected", "changes"), CASES)
def test_verdict(rule: str, expected: str, changes: dict[str, Any]) -> None:
    finding = verdict(rule, changes)
    assert finding["verdict"] == expected, finding
    assert finding["severity"] == RULES[rule]["severity"]
    assert bool(finding["message"]) == (expected != "pass")
    assert "{" not in finding["message"]


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_all_three_verdicts_in_the_table(rule: str) -> None:
    assert {expected for name, expected, _changes in CASES if name == rule} == {"pass", "fail", "unknown"}


@pytest.mark.parametrize(
    "snapshot", [{}, {"memory": None}, {"memory": {}, "processes": {}, "limits": {}}, {"memory": 1}]
)
def test_nothing_known_is_never_a_pass(snapshot: dict[str, Any]) -> None:
    rules = list(RULES.values())
    findings = evaluate.judge(rules, TREES, snapshot, Parameters(rules, "h", {}, lambda value: value))
    assert {finding["verdict"] for finding in findings} == {"unknown"}


def test_parameters_change_the_verdict() -> None:
    assert verdict("memory-available", {}, available_percent_min=50)["verdict"] == "fail"
    assert (
        verdict("overcommit-mode", {"memory/sysctl/vm.overcommit_memory": 1}, overcommit_modes=[1])["verdict"] == "pass"
    )
    near = {"processes/processes/0": process(11, nearest_limit=NEAR)}
    assert verdict("process-near-limit", near, limit_used_percent_max="95")["verdict"] == "pass"  # inside a filter


def test_a_fail_shows_who() -> None:
    finding = verdict("process-near-limit", {"processes/processes/0": process(11, nearest_limit=NEAR)})
    assert finding["actual"] == [
        {"pid": 11, "command": "p11", "user": "web", "limit": "RLIMIT_AS", "used_percent": 93.0}
    ]
    assert "90.0 %" in finding["message"] or "90 %" in finding["message"]
    finding = verdict("map-count-near-limit", {"processes/processes/0": process(11, map_count=60000)})
    largest = {"pid": 11, "command": "p11", "user": "web", "map_count": 60000}
    assert finding["actual"] == {"limit": 65530, "largest": largest}
    assert verdict("memory-available", {"memory/available_percent": 4.2})["message"].startswith("Only 4.2 % of")


def test_an_unknown_names_the_key_and_the_reason() -> None:
    changes = {"memory/vmstat": None, "memory/unread": {"/proc/vmstat": "denied", "/proc/swaps": "malformed"}}
    assert verdict("oom-kills", changes)["message"] == "memory.vmstat.oom_kill is unknown (/proc/vmstat denied)"
    changes = {"memory/sysctl": {}, "memory/unread": {"/proc/sys/vm/swappiness": "unsupported"}}
    assert "(/proc/sys/vm/swappiness unsupported)" in verdict("swappiness-range", changes)["message"]
