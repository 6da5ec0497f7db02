# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._scan import snapshot as host_wing
from ansible_collections.fleet.memory.plugins.plugin_utils._store import digest, packed
from ansible_collections.fleet.memory.plugins.plugin_utils._store.signals import signals
from ansible_collections.fleet.memory.plugins.plugin_utils._store.version import collection_version
from hypothesis import given
from hypothesis import strategies as st


def pack(document: Any) -> str:
    return base64.b64encode(zlib.compress(json.dumps(document).encode(), 1)).decode()


def test_a_snapshot() -> None:
    document = {"schema_version": "1.7", "new": "key"}
    text = pack(document)
    assert packed.unpack(text).document == document
    assert packed.unpack(text).compressed == base64.b64decode(text)


def test_the_list_of_processes_is_read_when_it_is_looked_at() -> None:
    streams = zlib.compress(b'{"schema_version": "1.0", "processes": {"groups": [7]}}') + zlib.compress(b"[8, 9]")
    processes = packed.unpack(base64.b64encode(streams).decode()).document["processes"]
    assert list(processes) == ["groups"]
    assert (processes.get("processes"), processes["processes"]) == ([8, 9], [8, 9])
    assert (processes["groups"], processes.get("nothing"), processes.get("nothing", 1)) == ([7], None, 1)
    assert packed.whole(streams)["processes"] == {"groups": [7], "processes": [8, 9]}


def test_it_is_what_the_host_packs() -> None:
    snapshot = {"schema_version": "1.0", "processes": {"groups": [1], "processes": [{"command": "a\nb"}]}, "cost": {}}
    answer = packed.unpack(host_wing.pack(snapshot))
    assert packed.whole(answer.compressed) == snapshot


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "has no snapshot"),
        ({"a": 1}, "has no snapshot"),
        ("é", "can't be unpacked"),
        ("AAAA", "can't be unpacked"),
        (base64.b64encode(b"x" * 9).decode(), "can't be unpacked"),
        (pack({"schema_version": "1.0"})[:-8], "cut off"),
        (pack([1]), "not a mapping"),
        (pack({}), "schema version None, and 1.x"),
        (pack({"schema_version": "2.0"}), "schema version 2.0, and 1.x"),
        (pack({"schema_version": "10.0"}), "schema version 10.0"),
        (base64.b64encode(zlib.compress(b"\xff")).decode(), "can't be unpacked"),
        (base64.b64encode(zlib.compress(b"[" * 100000)).decode(), "can't be unpacked"),
    ],
)
def test_not_a_snapshot(text: Any, reason: str) -> None:
    with pytest.raises(packed.NotASnapshot, match=reason):
        packed.unpack(text)


def test_a_bomb_is_not_inflated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "MAX_BYTES", 1000)
    with pytest.raises(packed.NotASnapshot, match="larger than"):
        packed.unpack(pack({"schema_version": "1.0", "x": "y" * 1000}))


@given(st.binary())
def test_any_bytes(data: bytes) -> None:
    with pytest.raises(packed.NotASnapshot):
        packed.unpack(base64.b64encode(data).decode())


def group(key: str, high: int | None, exact: bool = True) -> dict[str, Any]:
    return {
        "key": key,
        "count": 2,
        "rss_bytes": 1000,
        "pss_bytes": high if exact else None,
        "pss_low_bytes": 1,
        "pss_high_bytes": high,
        "uss_bytes": 3,
        "swap_bytes": 4,
    }


def test_consumers_are_the_top_and_the_others() -> None:
    groups = [group(f"c{number:02}", number) for number in range(25)] + [group("none", None, exact=False)]
    rows = digest.consumers({"processes": {"groups": groups}})
    assert [(row["rank"], row["command"]) for row in rows[:2]] == [(1, "c24"), (2, "c23")]
    assert [row["rank"] for row in rows] == [*range(1, 21), 0]
    others = rows[-1]
    assert (others["command"], others["count"], others["rss_bytes"]) == ("(others)", 12, 6000)
    # One of them is unknown, so their sum is.
    assert (others["pss_bytes"], others["pss_high_bytes"], others["pss_low_bytes"]) == (None, None, 6)


def test_few_consumers_have_no_others() -> None:
    assert [row["command"] for row in digest.consumers({"processes": {"groups": [group("a", 1)]}})] == ["a"]


def test_a_summary_of_little_is_full_of_nulls() -> None:
    summary = digest.summary({"memory": {"swap": None, "used_percent": 7.5}, "processes": {}})
    assert summary["used_percent"] == 7.5
    assert {value for key, value in summary.items() if key != "used_percent"} == {None}


def test_a_summary() -> None:
    snapshot = {
        "memory": {
            "meminfo": {"MemTotal": 100},
            "available_bytes": 41,
            "swap": {"total_bytes": 9, "used_bytes": 0},
            "kernel": {"release": "6.1"},
        },
        "processes": {
            "totals": {"rss_bytes": 8, "pss_high_bytes": 5},
            "coverage": {"processes": 3, "read": 2, "complete": False},
        },
        "cost": {"cpu_seconds": 0.1},
    }
    summary = digest.summary(snapshot)
    known = {key: value for key, value in summary.items() if value is not None}
    assert known == {
        "total_bytes": 100,
        "available_bytes": 41,
        "swap_total_bytes": 9,
        "swap_used_bytes": 0,
        "rss_bytes": 8,
        "pss_high_bytes": 5,
        "processes": 3,
        "processes_read": 2,
        "complete": False,
        "kernel": "6.1",
        "cost": {"cpu_seconds": 0.1},
    }


KILL = {"victim": "python3", "cgroup": "/" + "x" * 300 + "/web", "at": "2026-11-25T02:17:10Z", "pid": 5}
VICTIMS = [
    {"pid": 77, "command": "python3", "kind": "hog"},
    {"pid": 8, "command": "postgres", "kind": "database"},
]
RISKY: dict[str, Any] = {
    "memory": {"vmstat": {"oom_kill": 3}, "ledger": {"residual_percent": -0.4}},
    "processes": {
        "totals": {"pss_exact_percent": 99.02},
        "near_limits": [
            {"ceiling": "memory.swap.max", "scope": "/web", "command": "java", "used_percent": 100.0},
            {"ceiling": "RLIMIT_AS", "scope": None, "command": "java", "used_percent": 61.0},
        ],
    },
    "limits": {"cgroup_nearest_limit": [{"ceiling": "memory.high", "scope": "/db", "used_percent": 62.5}]},
    "oom": {
        "kills": [{**KILL, "victim": "older"}, KILL],
        "counts": {"kills_logged_this_boot": 2},
        "next_victims": VICTIMS,
        "next_victim_is_largest": True,
    },
    "paging": {
        "own_pid": 1,
        "verdict": "quiet",
        "rates": {"major_faults_per_second": {"min": 0.1, "mean": 0.2, "max": 0.3}},
        "pressure": {"some_percent": {"min": 0.0, "mean": 1.5, "max": 2.0}},
    },
}


def test_what_is_at_risk() -> None:
    found = signals(RISKY)
    last = found.pop("oom_last")
    assert found == {
        "paging_verdict": "quiet",
        "major_faults_per_second": 0.2,
        "memory_stall_percent": 1.5,
        "oom_kills": 3,
        "next_victim": {"command": "python3", "kind": "hog", "is_largest": True},
        "nearest_ceiling": {"ceiling": "memory.high", "of": "/db", "used_percent": 62.5},
        "ledger_residual_percent": -0.4,
        "pss_exact_percent": 99.02,
    }
    assert (last["victim"], last["at"]) == ("python3", "2026-11-25T02:17:10Z")
    assert len(last["cgroup"]) == 200 and last["cgroup"].startswith("…x") and last["cgroup"].endswith("x/web")


def test_the_audit_itself_is_no_victim_to_come() -> None:
    snapshot = {**RISKY, "paging": {**RISKY["paging"], "own_pid": 77}}
    assert signals(snapshot)["next_victim"] == {"command": "postgres", "kind": "database", "is_largest": None}


@pytest.mark.parametrize(("counted", "logged", "expected"), [(None, 2, 2), (0, None, 0), (1, 4, 4), (None, None, None)])
def test_kills_are_what_the_kernel_or_its_log_knows(
    counted: int | None, logged: int | None, expected: int | None
) -> None:
    snapshot = {
        "memory": {"vmstat": {} if counted is None else {"oom_kill": counted}},
        "processes": {},
        "oom": {"counts": {"kills_logged_this_boot": logged}},
    }
    assert signals(snapshot)["oom_kills"] == expected


def test_a_snapshot_of_version_1_0_has_a_limit_near() -> None:
    near = [{"ceiling": "RLIMIT_AS", "command": "java", "pid": 5, "used_percent": 61.0}]
    snapshot = {"memory": {}, "processes": {"near_limits": near}, "limits": {}}
    assert signals(snapshot)["nearest_ceiling"] == {"ceiling": "RLIMIT_AS", "of": "java", "used_percent": 61.0}


def test_the_version_of_a_checkout_and_of_an_installation(tmp_path: Path) -> None:
    (tmp_path / "galaxy.yml").write_text("version: 1.2.3\n")
    assert collection_version(tmp_path) == "1.2.3"
    (tmp_path / "MANIFEST.json").write_text('{"collection_info": {"version": "4.5.6"}}')
    assert collection_version(tmp_path) == "4.5.6"
    assert collection_version().count(".") == 2
