# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.plugin_utils._policy import brief, evaluate
from ansible_collections.fleet.memory.plugins.plugin_utils._policy.expressions import trees
from ansible_collections.fleet.memory.plugins.plugin_utils._policy.parameters import Parameters
from hypothesis import given
from hypothesis import strategies as st


def rule(**changes: Any) -> Any:
    return {
        "id": "r",
        "severity": "low",
        "needs": ["a"],
        "pass_when": "a < parameter('most')",
        "actual": "a",
        "message": "{actual} / {most}",
        "parameters": {"most": {"default": 10, "type": "int", "description": "x"}},
        "when": None,
        "not_applicable": "not below {most}",
        "location": None,
        **changes,
    }


def judged(snapshot: Any, variables: dict[str, Any] | None = None, **changes: Any) -> Any:
    rules = [rule(**changes)]
    (finding,) = evaluate.judge(
        rules, trees(rules), snapshot, Parameters(rules, "web1", variables or {}, lambda value: value)
    )
    return finding


@pytest.mark.parametrize(
    ("pass_when", "verdict"),
    [
        ("a == `3`", "pass"),
        ("a == `4`", "fail"),
        ("b", "unknown"),
        ("b < `4`", "unknown"),
        ("a < 'x'", "error"),
        ("a", "error"),
        ("'true'", "error"),
        ("`[]`", "error"),
        ("`{}`", "error"),
        ("`0`", "error"),
        ("length(a)", "error"),
        ("actual() == a", "pass"),
        ("percent(a, `12`) == `25`", "pass"),
        ("percent(a, `0`) == `1` || percent(a, b)", "unknown"),
        ("per_second(a, `2`) == `1.5`", "pass"),
        ("per_second(a, `0`)", "unknown"),
        ('named(`{"x": {"y": 1}}`) == `[{"name": "x", "y": 1}]`', "pass"),
        ("named(b)", "unknown"),
        ('named(`{"x": 1}`)', "error"),
    ],
)
def test_answers(pass_when: str, verdict: str) -> None:
    assert judged({"a": 3}, pass_when=pass_when)["verdict"] == verdict


def test_a_null_actual_is_unknown_even_when_the_rule_would_pass() -> None:
    assert judged({"a": 3}, actual="b", pass_when="!(actual())")["verdict"] == "unknown"


@pytest.mark.parametrize(
    ("when", "verdict", "message"),
    [
        (None, "pass", ""),
        ("a == `3`", "pass", ""),
        ("a == `4`", "not_applicable", "not below 10"),
        ("b", "unknown", "it can't be told whether the rule applies to this host"),
        ("a", "error", "when must give true, false or null, and gives 3"),
        ("length(a)", "error", "the rule can't be evaluated: "),
        ("a == parameter('most')", "not_applicable", "not below 10"),
    ],
)
def test_when_a_rule_applies(when: str | None, verdict: str, message: str) -> None:
    finding = judged({"a": 3}, when=when)
    assert finding["verdict"] == verdict
    assert finding["message"] == message or (message.endswith(": ") and finding["message"].startswith(message))


def test_a_rule_that_does_not_apply_needs_nothing() -> None:
    assert judged({}, when="!(a)", needs=["a"])["verdict"] == "unknown"
    finding = judged({}, when="a == `4`", needs=["a"])
    assert (finding["verdict"], finding["actual"], finding["location"]) == ("not_applicable", None, None)


def test_a_wrong_parameter_comes_before_whether_the_rule_applies() -> None:
    assert judged({"a": 3}, {"memory_policy_most": "lots"}, when="`false`")["verdict"] == "error"


PLACES = [
    ({"file": "/etc/x", "line": 3}, {"file": "/etc/x", "line": 3}),
    ({"file": "/etc/x", "line": 3, "value": 1}, {"file": "/etc/x", "line": 3}),
    ({"file": "/etc/x"}, {"file": "/etc/x", "line": None}),
    ({"file": "/etc/x", "line": "3"}, {"file": "/etc/x", "line": None}),
    ({"file": "/etc/x", "line": True}, {"file": "/etc/x", "line": None}),
    ({"file": "/etc/x", "line": 0}, {"file": "/etc/x", "line": None}),
    ({"file": "/etc/x", "line": 2**70}, {"file": "/etc/x", "line": None}),
    ({"file": None, "line": 3}, None),
    ({"file": "", "line": 3}, None),
    ("/etc/x:3", None),
    ([{"file": "/etc/x"}], None),
    (None, None),
]


@pytest.mark.parametrize(("place", "location"), PLACES)
@pytest.mark.parametrize(("most", "verdict"), [(2, "fail"), (4, "pass")])
def test_a_finding_names_the_place_that_decides(place: Any, location: Any, most: int, verdict: str) -> None:
    finding = judged({"a": 3, "place": place}, {"memory_policy_most": most}, location="place")
    assert (finding["verdict"], finding["location"]) == (verdict, location)


def test_a_place_may_come_from_what_was_found() -> None:
    finding = judged({"a": {"file": "/x", "line": 2}}, pass_when="`false`", location="actual()")
    assert finding["location"] == {"file": "/x", "line": 2}


def test_a_broken_rule_spoils_no_other() -> None:
    rules = [rule(pass_when="length(a)"), rule(id="s")]
    findings = evaluate.judge(rules, trees(rules), {"a": 3}, Parameters(rules, "h", {}, lambda value: value))
    assert [finding["verdict"] for finding in findings] == ["error", "pass"]
    assert "length()" in findings[0]["message"]


def test_messages_are_filled_once() -> None:
    assert judged({"a": 30})["message"] == "30 / 10"
    assert judged({"a": "{most}"}, pass_when="`false`")["message"] == "{most} / 10"
    assert judged({"a": ["x", 2]}, pass_when="`false`")["message"] == "x, 2 / 10"
    assert judged({"a": {"x": 2}}, pass_when="`false`")["message"] == '{"x": 2} / 10'


def test_a_message_may_name_a_key_of_what_was_found() -> None:
    def message(actual: Any) -> str:
        return judged({"a": actual}, pass_when="`false`", message="{actual.x.y}, {actual.z}, {most}")["message"]

    assert message({"x": {"y": 2}, "z": [1, 2]}) == "2, 1, 2, 10"
    assert message({"x": 2}) == message(["x"]) == "unknown, unknown, 10"


def test_a_huge_actual_is_cut() -> None:
    finding = judged({"a": ["x" * 100] * 1000}, pass_when="`false`")
    assert len(finding["actual"]) == evaluate.ACTUAL_MAX_CHARS + 1
    assert len(finding["message"]) < 5000


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("lots", "a whole number, and is 'lots'"),
        (True, "a whole number, and is True"),
        (1.5, "a whole number"),
        ([], "a whole"),
    ],
)
def test_a_wrong_variable(value: Any, expected: str) -> None:
    finding = judged({"a": 3}, {"memory_policy_most": value})
    assert finding["verdict"] == "error"
    assert (
        finding["message"].startswith("the variable memory_policy_most of host web1 must be ")
        and expected in finding["message"]
    )


def test_the_command_line_gives_text() -> None:
    assert judged({"a": 30}, {"memory_policy_most": "31"})["verdict"] == "pass"


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ({"type": "float"}, "2.5", 2.5),
        ({"type": "bool"}, "yes", True),
        ({"type": "list", "elements": "int"}, "1,2", [1, 2]),
        ({"type": "str"}, "x", "x"),
    ],
)
def test_types(kind: dict[str, Any], value: Any, expected: Any) -> None:
    rules = [rule(parameters={"p": {"default": None, "description": "x", **kind}})]
    assert Parameters(rules, "h", {"memory_policy_p": value}, lambda value: value) == {"p": expected}


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [({"type": "list", "elements": "int"}, ["x"], "a list, each item a whole number"), ({"type": "str"}, 3, "text")],
)
def test_wrong_types(kind: dict[str, Any], value: Any, expected: str) -> None:
    rules = [rule(parameters={"p": {"default": None, "description": "x", **kind}})]
    parameters = Parameters(rules, "h", {"memory_policy_p": value}, lambda value: value)
    assert expected in parameters.wrong["p"] and "p" not in parameters


def test_a_variable_that_cannot_be_resolved() -> None:
    def template(_value: Any) -> Any:
        raise RuntimeError("'nope' is undefined")

    rules = [rule()]
    parameters = Parameters(rules, "web1", {"memory_policy_most": "{{ nope }}"}, template)
    assert parameters.wrong == {
        "most": "the variable memory_policy_most of host web1 can't be resolved: 'nope' is undefined"
    }


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "unread", "coverage"]), inner)
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(["a", "b"]), JSON))
def test_no_snapshot_breaks_the_judgement(snapshot: dict[str, Any]) -> None:
    finding = judged(
        snapshot,
        when="!(a.a) || b > `1`",
        needs=["a.b[0]"],
        actual="a.b[?a > `1`] | [0]",
        pass_when="length(b) == `1`",
        location="a.b[0]",
    )
    assert finding["verdict"] in {"pass", "fail", "unknown", "not_applicable", "error"}


def test_the_brief_is_small_and_names_the_worst() -> None:
    findings = [
        {"rule": f"{severity}-{number}-{'x' * 60}", "severity": severity, "verdict": "fail"}
        for number in range(100)
        for severity in ("low", "critical", "info")
    ] + [{"rule": "u", "severity": "low", "verdict": "unknown"}, {"rule": "p", "severity": "low", "verdict": "pass"}]
    result = brief.brief(
        "audited", brief.one_line("y" * 9999), findings, {"used_percent": 1.5, "available_percent": 98.5}
    )
    assert len(str(result)) < 2048
    assert all(name.startswith("critical-") for name in result["worst"]) and len(result["worst"]) == 5
    assert result["verdicts"] == {"fail": 300, "unknown": 1}
    assert result["failed_severities"] == {"low": 100, "critical": 100, "info": 100}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\nb\t c", "a b c"),
        ("\x1b[31mred\x07", "[31mred"),
        ("\udcff{{ 7*7 }}", "{{ 7*7 }}"),
        ("x" * 501, "x" * 499 + "…"),
    ],
)
def test_one_line(text: str, expected: str) -> None:
    assert brief.one_line(text) == expected
