# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.plugin_utils._policy.parameters import Parameters
from ansible_collections.fleet.memory.plugins.plugin_utils._remedy.wishes import (
    LIMITS,
    SWAP,
    SWAPPINESS,
    Wishes,
    wishes,
)

HOST: dict[str, Any] = {
    "memory": {"sysctl": {"vm.swappiness": 60}, "transparent_hugepage": {"enabled": "always"}},
    "processes": {"processes": []},
    "limits": {"process_limits": []},
}


def rule(name: str, role: str | None = None, pass_when: str = "`false`", **variables: str) -> Any:
    parameters = {"wanted": {"default": 7, "type": "int", "description": ""}}
    remediation = {"text": f"Do {name}.", "role": role, "variables": variables}
    judging = {"when": None, "needs": [], "actual": "`0`", "pass_when": pass_when, "location": None}
    words = {"severity": "low", "message": "", "not_applicable": ""}
    return {"id": name, "remediation": remediation, "parameters": parameters, **judging, **words}


def settings(name: str, expression: str, pass_when: str = "`false`") -> Any:
    return rule(name, SWAPPINESS, pass_when, memory_swappiness_settings=expression)


def swappiness(name: str, wanted: int, pass_when: str) -> Any:
    """A rule about vm.swappiness, as ``{}`` in ``pass_when``."""
    return settings(name, f'{{"vm.swappiness": `{wanted}`}}', pass_when.format('memory.sysctl."vm.swappiness"'))


def limits(name: str, value: int, kind: str = "-", unit: str = "a.service") -> Any:
    entry = f"[{{unit: '{unit}', item: 'NOFILE', type: '{kind}', value: `{value}`}}]"
    return rule(name, LIMITS, memory_limits=entry)


def found(rules: list[Any], failed: str, snapshot: Any = None, patterns: tuple[str, ...] = ("*",)) -> Wishes:
    parameters = Parameters(rules, "h", {}, lambda value: value)
    return wishes(rules, failed.split(), HOST if snapshot is None else snapshot, parameters, patterns)


def test_only_what_failed_is_asked_for() -> None:
    rules = [settings("a", "{\"vm.swappiness\": parameter('wanted')}"), settings("b", '{"vm.page-cluster": `0`}')]
    (step,) = found(rules, "a").steps
    assert (step.role, step.variables) == (SWAPPINESS, {"memory_swappiness_settings": {"vm.swappiness": 7}})
    assert step.rules == ["a"]
    assert found(rules, "").steps == []


def test_patterns_choose_rules() -> None:
    rules = [settings("redis-a", '{"vm.swappiness": `1`}'), settings("kafka-a", '{"vm.page-cluster": `0`}')]
    (step,) = found(rules, "redis-a kafka-a", patterns=("redis-*", "x")).steps
    assert step.rules == ["redis-a"]


def test_rules_for_one_role_are_one_step() -> None:
    rules = [
        limits("d", 5, unit="b.service"),
        settings("a", '{"vm.swappiness": `1`}'),
        settings("b", '{"vm.page-cluster": `0`, "vm.swappiness": `1`}'),
        rule("c", SWAPPINESS, memory_swappiness_transparent_hugepage="'never'"),
        rule("e", SWAP, memory_swap_file_size="'1G'"),
        limits("f", 9),
    ]
    steps = found(rules, "a b c d e f").steps
    assert [step.role for step in steps] == [SWAP, SWAPPINESS, LIMITS]
    assert steps[0].variables == {"memory_swap_file_size": "1G"}
    assert steps[1].variables == {
        "memory_swappiness_settings": {"vm.swappiness": 1, "vm.page-cluster": 0},
        "memory_swappiness_transparent_hugepage": "never",
    }
    assert [entry["value"] for entry in steps[2].variables["memory_limits"]] == [5, 9]
    why = {setting: steps[1].why(setting) for setting in ("vm.swappiness", "vm.page-cluster", "transparent_hugepage")}
    assert why == {"vm.swappiness": ["a", "b"], "vm.page-cluster": ["b"], "transparent_hugepage": ["c"]}
    assert steps[2].why("LimitNOFILE of a.service") == ["f"]
    assert steps[2].why("something that nobody named") == ["d", "f"]


def test_the_same_entry_stands_once() -> None:
    (step,) = found([limits("a", 9), limits("b", 9)], "a b").steps
    assert len(step.variables["memory_limits"]) == 1
    assert step.why("LimitNOFILE of a.service") == ["a", "b"]


@pytest.mark.parametrize(
    "rules",
    [
        [settings("a", '{"vm.swappiness": `1`}'), settings("b", '{"vm.swappiness": `2`, "vm.page-cluster": `0`}')],
        [settings("a", '{"vm.swappiness": `1`}'), rule("b", SWAPPINESS, memory_swappiness_value="`2`")],
        [limits("a", 9), limits("b", 10)],
        [limits("a", 9, "soft"), limits("b", 9, "-")],
    ],
)
def test_contradicting_rules_are_all_left_alone(rules: list[Any]) -> None:
    other = settings("c", '{"vm.max_map_count": `9`}')
    result = found([*rules, other], "a b c")
    assert [step.rules for step in result.steps] == [["c"]]
    assert result.contradicting.keys() == {"a", "b"}
    assert "a wants" in result.contradicting["b"] and "b wants" in result.contradicting["a"]


def test_what_no_role_of_ours_does_is_by_hand() -> None:
    rules = [rule("a"), rule("b", "other.role", x="`1`"), rule("c", LIMITS, memory_limits="[]"), {**rule("d")}]
    rules[3]["remediation"] = "A text, as in runs of fleet.memory 0.1."
    result = found(rules, "a b c d")
    assert result.steps == []
    assert result.by_hand == {"a": "Do a.", "b": "Do b.", "c": "Do c.", "d": "A text, as in runs of fleet.memory 0.1."}


def test_a_value_that_serves_all_is_taken() -> None:
    rules = [swappiness("most", 30, "{} <= `30`"), swappiness("database", 1, "{} <= `1`")]
    (step,) = found(rules, "most database").steps
    assert step.variables == {"memory_swappiness_settings": {"vm.swappiness": 1}}
    assert step.why("vm.swappiness") == ["database", "most"]


def test_a_remedy_that_would_break_another_rule_is_left_alone() -> None:
    rules = [swappiness("low", 1, "{} <= `1`"), swappiness("high", 100, "{} >= `50`")]
    result = found(rules, "low")
    assert result.steps == []
    assert result.contradicting == {"low": "with that done, high would fail, and now does not"}


def test_a_remedy_that_leaves_other_rules_as_they_are_is_carried_out() -> None:
    rules = [swappiness("low", 1, "{} <= `1`"), swappiness("other", 100, "{} >= `90`")]
    assert [step.rules for step in found(rules, "low").steps] == [["low"]]


@pytest.mark.parametrize("snapshot", [{}, {"memory": 5}, {"memory": {"sysctl": "}{"}}])
def test_a_forged_snapshot_breaks_the_host_s_plan_and_nothing_else(snapshot: Any) -> None:
    rules = [
        settings("a", '{"vm.swappiness": max([memory.sysctl."vm.swappiness", `1`])}'),
        settings("b", '{"vm.page-cluster": `0`}'),
    ]
    result = found(rules, "a b", snapshot)
    assert result.steps == []
    assert "can't be evaluated" in result.by_hand["a"] and "can't be foreseen" in result.by_hand["b"]
