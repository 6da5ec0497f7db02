# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.plugin_utils._store import remediations as states
from ansible_collections.fleet.memory.plugins.plugin_utils._store.remediations import Remediations
from ansible_collections.fleet.memory.plugins.plugin_utils._store.schema import changes, remediations
from ansible_collections.fleet.memory.plugins.plugin_utils._store.store import Store

HOSTS = ("a", "b", "c")


def change(number: int = 1, role: str = "limits", **values: Any) -> dict[str, Any]:
    return {
        "role": role,
        "number": number,
        "rules": ["r1"],
        "setting": f"s{number}",
        "scope": "service",
        "place": "/etc/x",
        "before": None,
        "after": "9",
        "needs_restart": None,
        "restarted": False,
        **values,
    }


@pytest.fixture
def store(tmp_path: Path) -> Remediations:
    opened = Remediations.create(str(tmp_path / "store"))
    opened.begin({"id": "r1", "collection_version": "0.2.0", "policies": []}, HOSTS)
    for host, verdict in zip(HOSTS, ("fail", "waived", "pass"), strict=True):
        finding = {"rule": "x", "severity": "low", "verdict": verdict, "actual": 1, "message": "m"}
        opened.write_host({"run_id": "r1", "host": host, "status": "audited"}, [finding, {**finding, "rule": "y"}])
    return opened


def test_only_failed_rules_want_a_remedy(store: Remediations) -> None:
    assert [store.failed_rules("r1", host) for host in HOSTS] == [["x", "y"], [], []]
    assert store.verdicts("r1", "b")["y"]["verdict"] == "waived"


def test_a_host_without_a_plan_has_nothing_to_do(store: Remediations) -> None:
    assert store.state("r1", "a") == states.NOTHING
    assert store.remedied("r1") == []


def test_a_plan_grows_role_by_role(store: Remediations) -> None:
    store.put("r1", "a", [{"kind": "by_hand", "rules": ["z"], "why": "w"}])
    assert store.state("r1", "a") == states.NOTHING
    store.plan("r1", "a", [], [{"kind": "refused", "rules": ["x"], "why": "v"}])
    assert store.state("r1", "a") == states.NOTHING
    store.plan("r1", "a", [change(2), change(1)])
    store.plan("r1", "a", [change(1, "swap")])
    assert store.state("r1", "a") == states.PLANNED
    (host,) = store.remedied("r1")
    assert [left["kind"] for left in host["left_alone"]] == ["by_hand", "refused"]
    assert [(row["role"], row["number"], row["made"]) for row in host["changes"]] == [
        ("limits", 1, False),
        ("limits", 2, False),
        ("swap", 1, False),
    ]


def test_a_plan_that_is_made_again_replaces_the_first(store: Remediations) -> None:
    store.put("r1", "a", [])
    store.plan("r1", "a", [change()])
    store.put("r1", "a", [])
    assert (store.state("r1", "a"), store.changes_of("r1", "a")) == (states.NOTHING, [])


def test_what_was_done_takes_the_place_of_what_was_planned(store: Remediations) -> None:
    for host in "a", "b":
        store.put("r1", host, [])
        store.plan("r1", host, [change(1), change(2), change(1, "swap")])
    store.made("r1", "a", "limits", [change(1, after="10")])
    rows = [(row["role"], row["after"], row["made"]) for row in store.changes_of("r1", "a")]
    assert rows == [("limits", "10", True), ("swap", "9", False)]
    assert not any(row["made"] for row in store.changes_of("r1", "b"))


@pytest.mark.parametrize("state", states.STATES)
def test_which_states_stop_the_later_batches(store: Remediations, state: str) -> None:
    store.put("r1", "b", [])
    store.move("r1", "b", state, reason="why", comparison={"gone": ["x"]}, verification="r2")
    bad = state in ("failed", "worse", "in_doubt")
    assert store.stopped("r1") == (["b"] if bad else [])
    assert store.stopped("r0") == []
    (host,) = store.remedied("r1")
    assert (host["state"], host["reason"], host["comparison"]) == (state, "why", {"gone": ["x"]})
    assert host["verification"] == "r2"


def test_a_store_of_an_older_version_gets_the_tables(tmp_path: Path) -> None:
    location = str(tmp_path / "old")
    old = Store.create(location)
    with old._engine.begin() as connection:
        for table in changes, remediations:
            table.drop(connection)
    Store.create(location)
    assert Remediations.open(location).remedied("r1") == []
