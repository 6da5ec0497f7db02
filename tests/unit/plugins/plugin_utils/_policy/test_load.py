# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.fleet.memory.plugins.plugin_utils._policy import load

GOOD: dict[str, Any] = {
    "id": "a-rule",
    "title": "A  title\n",
    "severity": "low",
    "needs": ["memory.a"],
    "pass_when": "memory.a < parameter('most')",
    "actual": "memory.a",
    "message": "{actual} is more than {most}",
    "rationale": "Because.",
    "reference": "https://docs.kernel.org/",
    "remediation": "Less.",
    "parameters": {"most": {"default": 3, "type": "int", "description": "At most."}},
}


def policy(folder: Path, *rules: Any, name: str = "p.yml") -> str:
    (folder / name).write_text(yaml.safe_dump({"title": "t", "rules": list(rules)}, sort_keys=False))
    return name


def problems(folder: Path, *names: str) -> list[str]:
    with pytest.raises(load.PolicyError) as caught:
        load.load(names, [str(folder)])
    return caught.value.problems


def test_a_good_rule_is_normalised(tmp_path: Path) -> None:
    (rule,) = load.load([policy(tmp_path, GOOD)], [str(tmp_path)])
    assert (rule["policy"], rule["title"], rule["tags"]) == ("p", "A title", [])
    assert rule["parameters"]["most"]["default"] == 3


MISTAKES: list[tuple[dict[str, Any], str, str]] = [
    ({"id": "A Rule"}, "'id'", "small letters, digits and hyphens"),
    ({"severity": "hgih"}, "'severity'", "one of info, low, medium, high, critical"),
    ({"severity": ["low"]}, "'severity'", "one of info"),
    ({"colour": "red"}, "'colour'", "one of id, title"),
    ({"title": None}, "'title'", "a text"),
    ({"needs": []}, "'needs'", "a list of JMESPath"),
    ({"needs": "memory.a"}, "'needs'", "a list of JMESPath"),
    ({"needs": ["memory.["]}, "'needs.0'", "at column 9"),
    ({"pass_when": "memory..a"}, "'pass_when'", "at column 8, near '.'"),
    ({"pass_when": "memory.a <"}, "'pass_when'", "at column 11"),
    ({"pass_when": "nope(@)"}, "'pass_when'", "nope() does not"),
    ({"pass_when": "abs()"}, "'pass_when'", "1 argument(s) for abs(), not 0"),
    ({"pass_when": "parameter('other') == `1`"}, "'pass_when'", "'other' is not there"),
    ({"pass_when": "parameter(memory.a) == `1`"}, "'pass_when'", "in single quotes"),
    ({"pass_when": "b[?c > parameter('other')]"}, "'pass_when'", "'other' is not there"),
    ({"pass_when": "!memory.a"}, "'pass_when'", "parentheses after '!'"),
    ({"actual": 3}, "'actual'", "a JMESPath expression"),
    ({"message": "{nope}"}, "'message'", "not {nope}"),
    ({"message": "{most.x}"}, "'message'", "not {most.x}"),
    ({"reference": "http://x"}, "'reference'", "https://"),
    ({"tags": "x"}, "'tags'", "a list of texts"),
    ({"parameters": []}, "'parameters'", "a mapping"),
    ({"parameters": {"Most": {"default": 1, "type": "int", "description": "x"}}}, "rs.Most'", "a name of small"),
    ({"parameters": {"most": 3}}, "'parameters.most'", "a mapping with default"),
    ({"parameters": {"most": {"default": "x", "type": "int", "description": "x"}}}, "most.default'", "a whole number"),
    ({"parameters": {"most": {"type": "int", "description": "x"}}}, "most.default'", "missing"),
    ({"parameters": {"most": {"default": 1, "type": "number", "description": "x"}}}, "most.type'", "one of bool"),
    ({"parameters": {"most": {"default": 1, "type": "int"}}}, "most.description'", "a text"),
    ({"parameters": {"most": {"default": 1, "type": "int", "description": "x", "min": 1}}}, "most.min'", "one of"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "key", "expected"), MISTAKES)
def test_a_mistake_is_named_with_file_rule_key_and_expectation(
    tmp_path: Path, change: dict[str, Any], key: str, expected: str
) -> None:
    name = policy(tmp_path, {**GOOD, **change})
    found = [line for line in problems(tmp_path, name) if key in line and expected in line]
    assert found, problems(tmp_path, name)
    assert found[0].startswith(f"{tmp_path}/p.yml:")
    assert ": rule " in found[0]


@pytest.mark.parametrize("key", [key for key in GOOD if key != "parameters"])
def test_a_missing_key(tmp_path: Path, key: str) -> None:
    rule = {name: value for name, value in GOOD.items() if name != key}
    assert any(
        f"key {key!r}: expected" in line and "missing" in line for line in problems(tmp_path, policy(tmp_path, rule))
    )


def test_lines(tmp_path: Path) -> None:
    (tmp_path / "p.yml").write_text(
        "title: t\nrules:\n  - id: x\n    severity: 7\n    parameters:\n      m:\n        typ: a\n"
    )
    found = problems(tmp_path, "p.yml")
    assert f"{tmp_path}/p.yml:4: rule x: key 'severity': expected one of info, low, medium, high, critical" in found
    assert any(line.startswith(f"{tmp_path}/p.yml:7: rule x: key 'parameters.m.typ'") for line in found)
    assert any(line.startswith(f"{tmp_path}/p.yml:3: rule x: key 'title'") for line in found)


NOT_POLICIES = [
    ("rules:\n  - a: 1\n   b: 2\n", "p.yml:3: expected YAML"),
    ("rules:\n  - id: a\n    id: b\n", "p.yml:3: expected YAML: the key 'id' stands here for the second time"),
    ("", "p.yml:1: key 'rules': expected a list"),
    ("- a\n", "p.yml:1: key 'rules'"),
    ("rules: []\n", "p.yml:1: key 'rules'"),
    ("rules: [x]\n", "p.yml:1: rule number 1: expected a mapping"),
    ("a: !!python/object:os.system x\n", "p.yml:1: expected YAML: could not determine a constructor"),
    ("{a: [}", "p.yml:1: expected YAML"),
    ("? {a: b}\n: c\n", "p.yml:1: expected YAML: a key must be a plain word"),
]


@pytest.mark.parametrize(("text", "expected"), NOT_POLICIES)
def test_not_a_policy(tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "p.yml").write_text(text)
    assert any(line.startswith(f"{tmp_path}/{expected}") for line in problems(tmp_path, "p.yml"))


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "p.yml").write_bytes(b"\xff\xfe\x00")
    assert "readable UTF-8" in problems(tmp_path, "p.yml")[0]


def test_all_errors_of_all_files_at_once(tmp_path: Path) -> None:
    policy(tmp_path, {**GOOD, "severity": "x"}, {**GOOD, "id": "b", "message": ""}, name="one.yml")
    policy(tmp_path, {**GOOD, "id": "c", "tags": 1}, name="two.yml")
    found = "\n".join(problems(tmp_path, "one.yml", "nowhere.yml", "two.yml", "nobody"))
    for part in (
        "one.yml",
        "'severity'",
        "'message'",
        "two.yml",
        "'tags'",
        f"none at {tmp_path}/nowhere.yml",
        "(baseline",
    ):
        assert part in found


def test_ids_are_unique_over_all_files(tmp_path: Path) -> None:
    policy(tmp_path, GOOD, name="one.yml")
    policy(tmp_path, GOOD, name="two.yml")
    (found,) = problems(tmp_path, "one.yml", "two.yml")
    assert found.endswith(f"key 'id': expected an id of its own; it is that of {tmp_path}/one.yml:3")


def test_a_variable_has_one_meaning(tmp_path: Path) -> None:
    other = {**GOOD, "id": "b", "parameters": {"most": {"default": 4, "type": "int", "description": "Other words."}}}
    (found,) = problems(tmp_path, policy(tmp_path, GOOD, other))
    assert "'parameters.most'" in found and "rule a-rule" in found
    other["parameters"]["most"]["default"] = 3
    assert len(load.load([policy(tmp_path, GOOD, other)], [str(tmp_path)])) == 2


def test_no_policy() -> None:
    with pytest.raises(load.PolicyError):
        load.load([], [])


def test_the_first_folder_wins(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    policy(tmp_path / "b", GOOD)
    assert load.find("p.yml", [str(tmp_path / "a"), str(tmp_path / "b")]) == tmp_path / "b" / "p.yml"
    policy(tmp_path / "a", GOOD)
    assert load.find("p.yml", [str(tmp_path / "a"), str(tmp_path / "b")]) == tmp_path / "a" / "p.yml"
    assert load.find(str(tmp_path / "b" / "p.yml"), ["/nowhere"]) == tmp_path / "b" / "p.yml"
    assert load.find("baseline", []).name == "baseline.yml"
