# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.plugin_utils._remedy import answers
from ansible_collections.fleet.memory.plugins.plugin_utils._remedy.wishes import LIMITS, Step, Wish, Wishes

STEP = Step(LIMITS, {}, [Wish(("NOFILE", "a.service"), 9, ["r1"]), Wish(("AS", "b.service"), 8, ["r2", "r3"])])

CHANGE = {
    "setting": "LimitNOFILE of a.service",
    "scope": "service",
    "where": "/etc/x",
    "from": None,
    "to": "9",
    "needs_restart": "a.service",
}


def test_changes_have_their_rules_and_their_restart() -> None:
    rows = answers.changes(STEP, {"changes": [CHANGE, {**CHANGE, "setting": "LimitAS of b.service"}], "restarted": []})
    assert [(row["number"], row["rules"]) for row in rows] == [(1, ["r1"]), (2, ["r2", "r3"])]
    assert not any(row["restarted"] for row in rows)
    (row,) = answers.changes(STEP, {"changes": [CHANGE], "restarted": ["a.service"]})
    assert row == {
        "role": LIMITS,
        "number": 1,
        "rules": ["r1"],
        "setting": "LimitNOFILE of a.service",
        "scope": "service",
        "place": "/etc/x",
        "before": None,
        "after": "9",
        "needs_restart": "a.service",
        "restarted": True,
    }


def test_a_unit_that_is_restarted_for_an_earlier_run_is_a_change_of_its_own() -> None:
    first, second = answers.changes(STEP, {"changes": [{**CHANGE, "needs_restart": None}], "restarted": ["a.service"]})
    assert (first["number"], first["restarted"]) == (1, False)
    assert (second["number"], second["restarted"], second["rules"]) == (2, True, ["r1"])
    assert (second["setting"], second["needs_restart"]) == ("limits of a.service", "a.service")


def test_what_waits_for_a_restart_is_told() -> None:
    (left,) = answers.untouched(STEP, [], {"waiting": ["a.service"]})
    assert left["why"] == "all is set, and holds after a restart of a.service"


@pytest.mark.parametrize("result", [{}, {"changes": None}, {"changes": [], "restarted": None}])
def test_no_changes(result: dict[str, Any]) -> None:
    assert answers.changes(STEP, result) == []


@pytest.mark.parametrize(
    ("result", "failure", "words"),
    [
        ({}, None, None),
        ({"unreachable": True, "msg": "no route"}, None, "the host can't be reached: no route"),
        ({"unreachable": True, "msg": "no route"}, {"msg": "has no attribute"}, "the host can't be reached: no route"),
        ({}, {"msg": "nothing was changed: nofile."}, "nothing was changed: nofile"),
        ({}, {"msg": "broken", "module_stderr": "x\nsudo: not found\n"}, "broken: sudo: not found"),
        ({}, {}, "the module failed, and did not say why"),
    ],
)
def test_trouble(result: dict[str, Any], failure: dict[str, Any] | None, words: str | None) -> None:
    assert answers.trouble(result, failure) == words


def test_rules_without_a_change_are_told() -> None:
    rows = answers.changes(STEP, {"changes": [CHANGE]})
    (left,) = answers.untouched(STEP, rows, {"not_applicable": None})
    assert (left["kind"], left["rules"]) == ("by_hand", ["r2", "r3"])
    (left,) = answers.untouched(STEP, [], {"not_applicable": "a container"})
    assert (left["kind"], left["rules"], left["why"]) == ("not_applicable", ["r1", "r2", "r3"], "a container")
    assert answers.untouched(Step(LIMITS, {}, STEP.wishes[:1]), rows, {}) == []


def test_what_no_role_runs_for() -> None:
    rows = answers.not_for_roles(Wishes([], {"a": "Look."}, {"b": "b wants 1;\nc wants 2"}))
    assert [(row["kind"], row["rules"], row["why"]) for row in rows] == [
        ("by_hand", ["a"], "Look."),
        ("contradicting", ["b"], "b wants 1; c wants 2"),
    ]
