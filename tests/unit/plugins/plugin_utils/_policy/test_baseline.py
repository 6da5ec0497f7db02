# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each rule of the baseline with snapshots that pass, fail and leave it unknown."""

from __future__ import annotations

import copy
import json
from typing import Any

import jmespath
import pytest
from ansible_collections.fleet.memory.plugins.module_utils._derive import rankings
from ansible_collections.fleet.memory.plugins.plugin_utils._policy import evaluate, load
from ansible_collections.fleet.memory.plugins.plugin_utils._policy.expressions import PolicyFunctions, search, trees
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
        "executable": "/usr/sbin/webd",
        "executable_deleted": False,
        "rss_bytes": 4096,
        "nearest_limit": {"ceiling": "RLIMIT_STACK", "scope": None, "limit": 8388608, "used": 1, "used_percent": 1.66},
        "unread": {},
        **changes,
    }


SWAPPINESS: dict[str, Any] = {"live": 60, "next_boot": None, "decided_by": None, "losers": [], "persistent": None}

SSHD = {
    "pid": 812,
    "command": "sshd",
    "user": "root",
    "unit": "ssh.service",
    "oom_score": 701,
    "oom_score_adj": 300,
    "rss_bytes": 9 << 20,
    "swap_bytes": 0,
    "kind": "login_service",
    "why": "9 MiB of RAM and swap; made likelier by oom_score_adj 300",
}

HEALTHY: dict[str, Any] = {
    "schema_version": "1.1",
    "memory": {
        "meminfo": {"MemTotal": 1000 << 20},
        "container": None,
        "sysctl_writable": True,
        "ledger": {
            "residual_percent": 0.4,
            "residual_bytes": 4 << 20,
            "entries": [{"name": "vmalloc", "bytes": 1}, {"name": "gpu_active", "bytes": None}],
            "suspects": [{"name": "tmpfs", "place": "/run", "bytes": 20 << 20, "counted_as": "shared_memory"}],
        },
        "shared_memory": {"sysv_count": 0, "sysv": []},
        "reserved_unused": {"hugetlb_free_bytes": 0},
        "sysctl_sources": {"parameters": {"vm.swappiness": SWAPPINESS}},
        "available_percent": 41.3,
        "swap": {"total_bytes": 1 << 30, "used_bytes": 4096, "devices": [{"kind": "file"}], "zswap": None},
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
        "pss_check": {"expected_bytes": 1000 << 20, "gap_bytes": -(2 << 20), "gap_percent": -0.2},
    },
    "limits": {
        "pam": {"winners": []},
        "process_limits": [{"pids": [11, 12], "limits": {"NOFILE": {"soft": 1024, "hard": 524288}}}],
        "cgroup_nearest_limit": [{"ceiling": "memory.max", "scope": "/web", "used_percent": 20.0}],
        "systemd": {"present": True},
        "cgroups": [],
        "service_limits": [
            {
                "unit": "db.service",
                "item": "NOFILE",
                "unit_declares": None,
                "default_declares": None,
                "verdict": "in_force",
            }
        ],
        "unread": {},
    },
    "reserved": [{"what": "tmpfs_caps", "count": 3, "bytes": 1200 << 20, "percent_of_ram": 120.0, "over": True}],
    "oom": {
        "kills": [],
        "cgroup_events": [],
        "counts": {"kills_logged_this_boot": 0, "missing_from_log": 0, "explanation": "No OOM kill since boot."},
        "next_victims": [{**SSHD, "pid": 11, "command": "p11", "kind": "hog", "oom_score_adj": 0}, SSHD],
        "next_victim_is_largest": True,
    },
    "paging": {
        "verdict": "quiet",
        "rates": {
            "major_faults_per_second": {"min": 0.2, "mean": 0.2, "max": 0.2},
            "swap_in_bytes_per_second": {"min": 0.0, "mean": 0.0, "max": 0.0},
        },
        "pressure": {"some_percent": {"min": 0.0, "mean": 0.0, "max": 0.0}},
        "processes": [],
    },
}

GONE: dict[str, Any] = {"executable_deleted": True}
DENIED_EXE: dict[str, Any] = {"executable": None, "executable_deleted": None, "unread": {"exe": "denied"}}
INCOMPLETE = {"processes/coverage/complete": False}

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
        section["deleted_programs"] = rankings.deleted_programs(section["processes"])
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


def remedy(rule: str, changes: dict[str, Any]) -> dict[str, Any]:
    """The variables of the rule's role for a host."""
    variables = RULES[rule]["remediation"]["variables"]
    parameters = Parameters([RULES[rule]], "h", {}, lambda value: value)
    trees_of = {name: jmespath.compile(expression).parsed for name, expression in variables.items()}
    return {name: search(tree, changed(changes), parameters, PolicyFunctions()) for name, tree in trees_of.items()}


STALLED = {"memory/vmstat/pswpin": 5000, "memory/pressure/some/avg300": 12.5}
NO_PSI = {"memory/vmstat/pswpin": 5000, "memory/pressure": None}
DENIED = {"processes/coverage/complete": False, "processes/coverage/unread": {"denied": 1}}
UNREAD_LIMITS = {**DENIED, "processes/processes/1": process(12, nearest_limit=None, unread={"limits": "denied"})}
UNREAD_MAPS = {**DENIED, "processes/processes/1": process(12, unread={"maps": "denied"})}
UNREAD_EXE = {**DENIED, "processes/processes/1": process(12, unread={"exe": "denied"})}
NEAR = {"ceiling": "RLIMIT_AS", "scope": None, "limit": 1000, "used": 930, "used_percent": 93.0}
NEAR_MAPS = {"ceiling": "vm.max_map_count", "scope": None, "limit": 65530, "used": 65000, "used_percent": 99.19}
NEAR_CGROUP = {**NEAR, "ceiling": "memory.max", "scope": "/web"}
NEAR_HIGH = {**NEAR, "ceiling": "memory.high", "scope": "/web"}
NEAR_SWAP = {**NEAR, "ceiling": "memory.swap.max", "scope": "/web"}

SEVERE = {"paging/verdict": "severe_pressure", "paging/rates/major_faults_per_second/mean": 4210.0}
FAULTING = {"pid": 12, "command": "p12", "major_faults_per_second": 4200.0}
THRASHING = {**SEVERE, "paging/pressure/some_percent/mean": 34.0}

KILLS = [
    {
        "victim": name,
        "pid": pid,
        "cgroup": "/web",
        "constraint": "cgroup",
        "at": f"2026-11-25T0{pid}:00:00Z",
        "limit_cgroup": "/",
    }
    for pid, name in enumerate(("first", "second", "third"), 1)
]
LOG = {"kills_logged_this_boot": 3, "missing_from_log": 0, "explanation": "The log has them all."}
KILLED = {"memory/vmstat/oom_kill": 3, "oom/kills": KILLS, "oom/counts": LOG}
VITAL = {"oom/next_victims/0": SSHD, "oom/next_victim_is_largest": False}

RESIDUAL = {
    "memory/ledger/residual_percent": 7.5,
    "memory/ledger/suspects": [
        {"name": "tmpfs", "place": "/run", "bytes": 20 << 20, "counted_as": "shared_memory"},
        {"name": "driver", "place": "nvidia", "bytes": None, "counted_as": None},
        {"name": "driver_pages", "place": None, "bytes": 75 << 20, "counted_as": None},
    ],
}

DROPPED = {"memory/sysctl_sources/parameters/vm.swappiness": {**SWAPPINESS, "live": 1, "persistent": False}}
DECIDED = {"file": "/etc/sysctl.d/90-app.conf", "line": 4}
OTHER_FILE = {
    "memory/sysctl_sources/parameters/vm.max_map_count": {
        "live": 65530,
        "next_boot": 262144,
        "decided_by": DECIDED,
        "losers": [],
        "persistent": False,
    }
}

STALE = {
    "unit": "db.service",
    "item": "NOFILE",
    "running": {"soft": 1024, "hard": 4096},
    "unit_declares": None,
    "default_declares": {"soft": 65536, "hard": 65536, "file": "/etc/systemd/system.conf", "line": 9},
    "login_limits": None,
    "verdict": "needs_restart",
    "why": "system.conf says 65536:65536, it runs with 1024:4096",
}
UNREACHED = {
    **STALE,
    "login_limits": {"soft": 9000, "hard": 9000, "file": "/etc/security/limits.conf", "line": 3},
    "verdict": "never_reaches",
}

SEGMENT = {"shmid": 7, "key": "0x0052e2c1", "uid": 108, "rss_bytes": 20 << 20, "unattached": True, "attached": 0}
IN_USE = {**SEGMENT, "shmid": 8, "unattached": False, "rss_bytes": 400 << 20}
SHARED: dict[str, Any] = {"sysv_count": 2, "sysv": [SEGMENT, IN_USE]}

CONTAINER = {"memory/container": "podman"}
READ_ONLY = {"memory/sysctl_writable": False}
ON_ZRAM = {"memory/swap/devices": [{"kind": "zram"}]}
NO_SWAP = {"memory/swap/total_bytes": 0, "memory/swap/used_bytes": 0}
ZRAM: dict[str, Any] = {"memory/swap/devices": [{"kind": "zram"}]}
NO_SYSTEMD = {"limits/systemd/present": False}
STRICT = {"memory/sysctl/vm.overcommit_memory": 2}
V1 = {
    "memory/cgroup_version": "v1",
    "limits/cgroups": [
        {"path": "/", "swappiness": 60},
        {"path": "/web", "swappiness": 60},
        {"path": "/unread", "swappiness": None},
    ],
}

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
    ("swap-in-under-pressure", "unknown", {**STALLED, "memory/swap/total_bytes": None}),
    ("swap-in-under-pressure", "not_applicable", {**STALLED, **NO_SWAP}),
    ("swap-absent", "pass", {}),
    ("swap-absent", "fail", {"memory/swap/total_bytes": 0}),
    ("swap-absent", "unknown", {"memory/swap": None}),
    ("swap-absent", "not_applicable", {**CONTAINER, "memory/swap/total_bytes": 0}),
    ("swappiness-range", "pass", {}),
    ("swappiness-range", "pass", {"memory/sysctl/vm.swappiness": 180, **ON_ZRAM}),
    ("swappiness-range", "fail", {"memory/sysctl/vm.swappiness": 180}),
    ("swappiness-range", "fail", {"memory/sysctl/vm.swappiness": 0}),
    ("swappiness-range", "unknown", {"memory/sysctl/vm.swappiness": None}),
    ("swappiness-range", "unknown", {"memory/sysctl/vm.swappiness": 180, "memory/swap/devices": []}),  # unreadable
    ("swappiness-range", "unknown", {"memory/swap/total_bytes": None}),
    ("swappiness-range", "not_applicable", {"memory/sysctl/vm.swappiness": 0, **NO_SWAP}),
    ("swappiness-range", "not_applicable", {"memory/sysctl/vm.swappiness": 0, **CONTAINER}),
    ("swappiness-range", "not_applicable", {"memory/sysctl/vm.swappiness": 0, **READ_ONLY}),
    ("swappiness-range", "fail", {"memory/sysctl/vm.swappiness": 0, "memory/sysctl_writable": None}),
    ("cgroup-swappiness", "pass", V1),
    ("cgroup-swappiness", "pass", {**V1, "limits/cgroups/0/swappiness": 0}),  # the root's is vm.swappiness
    ("cgroup-swappiness", "pass", {**V1, "limits/cgroups/1/swappiness": 150, **ON_ZRAM}),
    ("cgroup-swappiness", "fail", {**V1, "limits/cgroups/1/swappiness": 150}),
    ("cgroup-swappiness", "fail", {**V1, "limits/cgroups/1/swappiness": 0, **ON_ZRAM}),
    ("cgroup-swappiness", "fail", {**V1, "memory/cgroup_version": "hybrid", "limits/cgroups/1/swappiness": 0}),
    ("cgroup-swappiness", "unknown", {**V1, "limits/cgroups": []}),
    ("cgroup-swappiness", "unknown", {**V1, "memory/cgroup_version": None}),
    ("cgroup-swappiness", "not_applicable", {}),
    ("cgroup-swappiness", "not_applicable", {**V1, **NO_SWAP}),
    ("cgroup-swappiness", "not_applicable", {**V1, **CONTAINER}),
    ("overcommit-mode", "pass", {"memory/sysctl/vm.overcommit_memory": 2}),
    ("overcommit-mode", "fail", {"memory/sysctl/vm.overcommit_memory": 1}),
    ("overcommit-mode", "unknown", {"memory/sysctl": None}),
    ("overcommit-mode", "not_applicable", {"memory/sysctl/vm.overcommit_memory": 1, **CONTAINER}),
    ("overcommit-mode", "not_applicable", {"memory/sysctl/vm.overcommit_memory": 1, **READ_ONLY}),
    ("commit-limit-near", "pass", {"memory/commit/committed_percent": 89.9, **STRICT}),
    ("commit-limit-near", "fail", {"memory/commit/committed_percent": 90.0, **STRICT}),
    ("commit-limit-near", "unknown", {"memory/commit": None, **STRICT}),
    ("commit-limit-near", "unknown", {"memory/sysctl/vm.overcommit_memory": None}),
    ("commit-limit-near", "not_applicable", {"memory/commit/committed_percent": 130.0}),
    ("commit-high", "pass", {"memory/commit/committed_percent": 149.0}),
    ("commit-high", "not_applicable", {"memory/commit/committed_percent": 170.0, **STRICT}),
    ("commit-high", "fail", {"memory/commit/committed_percent": 170.0}),
    ("commit-high", "unknown", {"memory/commit/committed_percent": None}),
    ("oom-kills", "pass", {}),
    ("oom-kills", "fail", {"memory/vmstat/oom_kill": 3}),
    ("oom-kills", "fail", KILLED),
    ("oom-kills", "fail", {**KILLED, "memory/vmstat": {}}),
    ("oom-kills", "fail", {"memory/vmstat/oom_kill": 3, "oom": None}),
    ("oom-kills", "pass", {"memory/vmstat/oom_kill": 0, "oom": None}),
    ("oom-kills", "pass", {"memory/vmstat": {}}),
    # In a container vmstat has the kills of the machine.
    ("oom-kills", "pass", {"memory/vmstat/oom_kill": 3, "memory/container": "podman"}),
    ("oom-kills", "fail", {"memory/container": "podman", "oom/cgroup_events": [{"path": "/", "oom_kill": 1}]}),
    ("oom-kills", "unknown", {"memory/vmstat": {}, "oom/counts/kills_logged_this_boot": None}),
    ("oom-next-victim", "pass", {}),
    ("oom-next-victim", "pass", {**VITAL, "oom/next_victim_is_largest": True}),
    ("oom-next-victim", "pass", {"oom/next_victims/0/kind": "other", "oom/next_victim_is_largest": False}),
    ("oom-next-victim", "fail", VITAL),
    ("oom-next-victim", "fail", {**VITAL, "oom/next_victims/0": {**SSHD, "kind": "database"}}),
    ("oom-next-victim", "unknown", {"oom/next_victims": [], "oom/next_victim_is_largest": None}),
    ("paging-pressure", "pass", {}),
    ("paging-pressure", "pass", {"paging/verdict": "some_major_faults"}),
    ("paging-pressure", "pass", SEVERE),  # files are mapped and read for the first time: nothing stalls
    ("paging-pressure", "fail", THRASHING),
    ("paging-pressure", "fail", {**THRASHING, "paging/verdict": "consistent_major_faults"}),
    ("paging-pressure", "fail", {**SEVERE, "paging/pressure": None}),
    ("paging-pressure", "fail", {**THRASHING, "paging/verdict": "some_major_faults"}),  # a slow disk
    ("paging-pressure", "pass", {"paging/verdict": "some_major_faults", "paging/pressure": None}),
    ("paging-pressure", "pass", {**THRASHING, "memory/container": "podman"}),
    ("paging-pressure", "fail", {**THRASHING, "memory/container": "podman", "paging/processes": [FAULTING]}),
    ("paging-pressure", "unknown", {"paging/verdict": None}),
    ("paging-pressure", "unknown", {"paging": None}),
    ("process-near-limit", "pass", {}),
    ("process-near-limit", "pass", UNREAD_EXE),
    ("process-near-limit", "fail", {"processes/processes/0": process(11, nearest_limit=NEAR_MAPS)}),
    ("process-near-limit", "fail", {"processes/processes/0": process(11, nearest_limit=NEAR)}),
    ("process-near-limit", "fail", {**UNREAD_LIMITS, "processes/processes/0": process(11, nearest_limit=NEAR)}),
    ("process-near-limit", "fail", {"processes/processes/0": process(11, nearest_limit=NEAR_CGROUP)}),
    ("process-near-limit", "pass", {"processes/processes/0": process(11, nearest_limit=NEAR_SWAP)}),
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
    ("program-deleted", "pass", {}),
    ("program-deleted", "pass", {"processes/processes/0": process(11, unit=None, **GONE)}),
    ("program-deleted", "pass", {"processes/processes/0": process(11, executable="/memfd:runc", **GONE)}),
    ("program-deleted", "fail", {"processes/processes/0": process(11, **GONE)}),
    ("program-deleted", "unknown", {"processes/processes/0": process(11, **DENIED_EXE), **INCOMPLETE}),
    ("program-deleted", "unknown", {"processes": None}),
    ("cgroup-near-limit", "pass", {}),
    ("cgroup-near-limit", "pass", {"limits/cgroup_nearest_limit": []}),
    ("cgroup-near-limit", "pass", {"limits/cgroup_nearest_limit/0": {**NEAR_SWAP, "used_percent": 100.0}}),
    ("cgroup-near-limit", "fail", {"limits/cgroup_nearest_limit/0/used_percent": 95.0}),
    ("cgroup-near-limit", "fail", {"limits/cgroup_nearest_limit/0": {**NEAR_HIGH, "used_percent": 96.0}}),
    ("cgroup-near-limit", "unknown", {"limits/cgroup_nearest_limit": None}),
    ("cgroup-near-limit", "unknown", {"memory/cgroup_version": None}),
    ("cgroup-protection-over-ram", "pass", {}),
    ("cgroup-protection-over-ram", "pass", {"reserved/0": {"what": "cgroup_min", "percent_of_ram": 40.0}}),
    ("cgroup-protection-over-ram", "fail", {"reserved/0": {"what": "cgroup_min", "percent_of_ram": 101.0}}),
    ("cgroup-protection-over-ram", "unknown", {"reserved": None}),
    ("hugetlb-unused", "pass", {"memory/reserved_unused/hugetlb_free_bytes": 50 << 20}),
    ("hugetlb-unused", "fail", {"memory/reserved_unused/hugetlb_free_bytes": 51 << 20}),
    ("hugetlb-unused", "unknown", {"memory/reserved_unused/hugetlb_free_bytes": None}),
    ("hugetlb-unused", "unknown", {"memory/meminfo": {}}),
    ("sysv-shm-unattached", "pass", {}),
    ("sysv-shm-unattached", "pass", {"memory/shared_memory": {**SHARED, "sysv": SHARED["sysv"][1:]}}),
    ("sysv-shm-unattached", "fail", {"memory/shared_memory": SHARED}),
    ("sysv-shm-unattached", "unknown", {"memory/shared_memory/sysv_count": None}),
    ("ledger-residual", "pass", {}),
    ("ledger-residual", "pass", {"memory/ledger/residual_percent": -3.0}),
    ("ledger-residual", "fail", RESIDUAL),
    ("ledger-residual", "fail", {"memory/ledger/residual_percent": -3.2}),
    ("ledger-residual", "not_applicable", {**RESIDUAL, **CONTAINER}),
    ("ledger-residual", "unknown", {**RESIDUAL, "memory/ledger/entries/0/bytes": None}),
    ("ledger-residual", "unknown", {"memory/ledger": None}),
    ("pss-identity", "pass", {}),
    ("pss-identity", "pass", {"processes/pss_check": {"gap_bytes": 64 << 20, "gap_percent": 12.0}}),
    ("pss-identity", "pass", {"processes/pss_check": {"gap_bytes": 9 << 30, "gap_percent": 2.9}}),
    ("pss-identity", "fail", {"processes/pss_check": {"gap_bytes": 65 << 20, "gap_percent": 3.1}}),
    ("pss-identity", "fail", {"processes/pss_check": {"gap_bytes": -(65 << 20), "gap_percent": -3.1}}),
    ("pss-identity", "not_applicable", CONTAINER),
    ("pss-identity", "unknown", {"processes/pss_check": {"gap_bytes": None, "gap_percent": None}}),
    ("sysctl-not-persistent", "pass", {}),
    ("sysctl-not-persistent", "fail", DROPPED),
    ("sysctl-not-persistent", "fail", OTHER_FILE),
    ("sysctl-not-persistent", "not_applicable", {**DROPPED, **CONTAINER}),
    ("sysctl-not-persistent", "unknown", {"memory/sysctl_sources": None}),
    ("service-limit-needs-restart", "pass", {}),
    ("service-limit-needs-restart", "fail", {"limits/service_limits/0": STALE}),
    ("service-limit-needs-restart", "pass", {"limits/service_limits/0": UNREACHED}),
    ("service-limit-needs-restart", "unknown", {"limits/service_limits": None}),
    ("service-limit-needs-restart", "unknown", {"limits/systemd": None}),
    ("service-limit-needs-restart", "not_applicable", {"limits/service_limits": [], **NO_SYSTEMD}),
    ("limits-conf-without-effect", "pass", {"limits/service_limits/0": STALE}),
    ("limits-conf-without-effect", "fail", {"limits/service_limits/0": UNREACHED}),
    ("limits-conf-without-effect", "unknown", {"limits/service_limits": None}),
    ("limits-conf-without-effect", "not_applicable", {"limits/service_limits": [], **NO_SYSTEMD}),
    ("thp-always", "pass", {"memory/transparent_hugepage/enabled": "never"}),
    ("thp-always", "fail", {"memory/transparent_hugepage/enabled": "always"}),
    ("thp-always", "unknown", {"memory/transparent_hugepage": None}),
    ("thp-always", "not_applicable", {"memory/transparent_hugepage/enabled": "always", **CONTAINER}),
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
def test_every_rule_has_all_its_verdicts_in_the_table(rule: str) -> None:
    wanted = {"pass", "fail", "unknown"} | ({"not_applicable"} if RULES[rule]["when"] else set())
    assert {expected for name, expected, _changes in CASES if name == rule} == wanted


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


NEW_IN_1_1 = {
    "memory": ("ledger", "shared_memory", "reserved_unused", "sysctl_sources"),
    "processes": ("pss_check",),
    "limits": ("cgroup_nearest_limit", "service_limits"),
}


def test_a_snapshot_of_version_1_0_leaves_the_new_signals_unknown_and_nothing_else() -> None:
    snapshot = changed({})
    for section in ("oom", "paging", "reserved"):
        del snapshot[section]
    for section, keys in NEW_IN_1_1.items():
        for key in keys:
            del snapshot[section][key]
    rules = list(RULES.values())
    findings = evaluate.judge(rules, TREES, snapshot, Parameters(rules, "h", {}, lambda value: value))
    assert {finding["rule"] for finding in findings if finding["verdict"] == "unknown"} == {
        "cgroup-near-limit",
        "cgroup-protection-over-ram",
        "hugetlb-unused",
        "ledger-residual",
        "limits-conf-without-effect",
        "oom-next-victim",
        "paging-pressure",
        "pss-identity",
        "service-limit-needs-restart",
        "sysctl-not-persistent",
        "sysv-shm-unattached",
    }
    assert {finding["verdict"] for finding in findings} == {"pass", "unknown", "not_applicable"}


LIVE = {"live": 0, "next_boot": 0, "losers": [], "persistent": True, "decided_by": DECIDED}
LIMITS_CONF = {"file": "/etc/security/limits.conf"}
SYSTEM_CONF = {"file": "/etc/systemd/system.conf", "line": 9}


@pytest.mark.parametrize(
    ("rule", "changes", "location"),
    [
        ("swappiness-range", {"memory/sysctl/vm.swappiness": 0}, None),
        ("swappiness-range", {"memory/sysctl_sources/parameters/vm.swappiness": LIVE}, DECIDED),
        ("overcommit-mode", {"memory/sysctl_sources/parameters/vm.overcommit_memory": LIVE}, DECIDED),
        ("map-count-near-limit", {"memory/sysctl_sources/parameters/vm.max_map_count": LIVE}, DECIDED),
        ("sysctl-not-persistent", OTHER_FILE, DECIDED),
        ("sysctl-not-persistent", DROPPED, None),
        ("sysctl-not-persistent", {}, None),
        ("service-limit-needs-restart", {"limits/service_limits/0": STALE}, SYSTEM_CONF),
        ("limits-conf-without-effect", {"limits/service_limits/0": UNREACHED}, {**LIMITS_CONF, "line": 3}),
        ("login-limit-not-in-service", {"limits/pam/winners": [NOFILE_LINE]}, {**LIMITS_CONF, "line": 7}),
    ],
)  # fmt: skip
def test_the_line_that_decides(rule: str, changes: dict[str, Any], location: dict[str, Any] | None) -> None:
    assert verdict(rule, changes)["location"] == location


@pytest.mark.parametrize(("live", "wanted"), [(0, 1), (180, 100), (60, 60)])
def test_the_remedy_of_swappiness_is_the_nearest_value_in_the_range(live: int, wanted: int) -> None:
    settings = remedy("swappiness-range", {"memory/sysctl/vm.swappiness": live})["memory_swappiness_settings"]
    assert settings == {"vm.swappiness": wanted}


def test_the_remedy_of_limits_is_a_list_of_them() -> None:
    [limit] = remedy("login-limit-not-in-service", {"limits/pam/winners": [NOFILE_LINE]})["memory_limits"]
    assert limit == {"unit": "web.service", "item": "NOFILE", "type": "soft", "value": 65536}


def test_a_unit_that_says_enough_and_needs_a_restart_gets_no_limit() -> None:
    waiting = {**STALE, "unit": "web.service"}
    changes = {"limits/pam/winners": [NOFILE_LINE], "limits/service_limits/0": waiting}
    assert verdict("login-limit-not-in-service", changes)["verdict"] == "fail"
    assert remedy("login-limit-not-in-service", changes) == {"memory_limits": []}


def test_a_role_in_a_remedy_is_one_of_this_collection() -> None:
    roles = {rule["remediation"]["role"] for rule in RULES.values()}
    assert roles == {None, "fleet.memory.swappiness", "fleet.memory.limits"}


def test_kills_are_named_the_newest_first_and_lost_ones_counted() -> None:
    finding = verdict("oom-kills", {**KILLED, "memory/vmstat/oom_kill": 5, "oom/counts/missing_from_log": 2})
    assert finding["actual"]["kills"] == 5
    assert [kill["victim"] for kill in finding["actual"]["last"]] == ["third", "second"]
    assert finding["actual"]["last"][0] == {
        "victim": "third",
        "cgroup": "/web",
        "at": "2026-11-25T03:00:00Z",
        "pid": 3,
        "constraint": "cgroup",
    }
    assert finding["actual"]["not_in_log"] == 2
    assert finding["message"] == "Killed by the out-of-memory killer since boot: 5. The log has them all."


def test_what_the_new_rules_say() -> None:
    assert "kill sshd (login_service) though another process uses more" in verdict("oom-next-victim", VITAL)["message"]
    assert "4210.0 pages per second" in verdict("paging-pressure", THRASHING)["message"]
    finding = verdict("ledger-residual", RESIDUAL)
    assert finding["actual"]["suspects"] == ["driver nvidia", "driver_pages"]
    assert finding["message"].endswith("Suspects: driver nvidia, driver_pages.")
    [segment] = verdict("sysv-shm-unattached", {"memory/shared_memory": SHARED})["actual"]["segments"]
    assert segment == {"shmid": 7, "key": "0x0052e2c1", "uid": 108, "bytes": 20 << 20}
    [limit] = verdict("service-limit-needs-restart", {"limits/service_limits/0": STALE})["actual"]
    assert (limit["unit"], limit["limit"], limit["why"]) == ("db.service", "NOFILE", STALE["why"])
    assert (limit["file"], limit["line"]) == ("/etc/systemd/system.conf", 9)
    [limit] = verdict("limits-conf-without-effect", {"limits/service_limits/0": UNREACHED})["actual"]
    assert (limit["file"], limit["line"]) == ("/etc/security/limits.conf", 3)


def test_a_parameter_that_will_not_stay_names_the_line_that_decides() -> None:
    [by_hand] = verdict("sysctl-not-persistent", DROPPED)["actual"]
    assert by_hand == {"name": "vm.swappiness", "live": 1, "next_boot": None, "file": None, "line": None}
    [by_file] = verdict("sysctl-not-persistent", OTHER_FILE)["actual"]
    assert by_file == {"name": "vm.max_map_count", "live": 65530, "next_boot": 262144, **DECIDED}
    assert verdict("sysctl-not-persistent", DROPPED, sysctls_set_by_agents=["vm.swappiness"])["verdict"] == "pass"


@pytest.mark.parametrize(("rule", "expected", "changes"), CASES)
def test_a_finding_stays_small(rule: str, expected: str, changes: dict[str, Any]) -> None:
    assert len(json.dumps(verdict(rule, changes)["actual"])) < 600


def test_a_fail_shows_who() -> None:
    finding = verdict("process-near-limit", {"processes/processes/0": process(11, nearest_limit=NEAR)})
    assert finding["actual"] == [
        {"pid": 11, "command": "p11", "user": "web", "limit": "RLIMIT_AS", "scope": None, "used_percent": 93.0}
    ]
    assert "90.0 %" in finding["message"] or "90 %" in finding["message"]
    finding = verdict("map-count-near-limit", {"processes/processes/0": process(11, map_count=60000)})
    largest = {"pid": 11, "command": "p11", "user": "web", "map_count": 60000}
    assert finding["actual"] == {"limit": 65530, "largest": largest}
    assert verdict("memory-available", {"memory/available_percent": 4.2})["message"].startswith("Only 4.2 % of")


def test_an_unknown_names_the_key_and_the_reason() -> None:
    changes = {"memory/vmstat": None, "memory/unread": {"/proc/vmstat": "denied", "/proc/swaps": "malformed"}}
    needs = "memory.vmstat.oom_kill || oom.counts.kills_logged_this_boot"
    message = verdict("oom-kills", {**changes, "oom/counts/kills_logged_this_boot": None})["message"]
    assert message == f"{needs} is unknown (/proc/vmstat denied)"
    changes = {"memory/sysctl": {}, "memory/unread": {"/proc/sys/vm/swappiness": "unsupported"}}
    assert "(/proc/sys/vm/swappiness unsupported)" in verdict("swappiness-range", changes)["message"]
