# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.fleet.memory.plugins.plugin_utils._policy import load, waivers
from ansible_collections.fleet.memory.plugins.plugin_utils._policy.validate import SCHEMAS
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

GOOD: dict[str, Any] = {
    "id": "a-rule",
    "title": "A  title\n",
    "severity": "low",
    "needs": ["memory.a"],
    "pass_when": "memory.a < parameter('most')",
    "actual": "memory.a",
    "message": "{actual} is more than {most}",
    "rationale": "Because.",
    "references": ["https://docs.kernel.org/"],
    "remediation": {"text": "Less."},
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
    assert (rule["when"], rule["not_applicable"], rule["location"]) == (None, "", None)
    assert rule["remediation"] == {"text": "Less.", "role": None, "variables": {}}


FULL: dict[str, Any] = {
    **GOOD,
    "when": "memory.b > parameter('most')",
    "not_applicable": "b is not  more than\n{most}",
    "references": ["https://docs.kernel.org/", "https://man7.org/x"],
    "remediation": {
        "text": "Less.",
        "role": "fleet.memory.swappiness",
        "variables": {"memory_swappiness_settings": '{"vm.swappiness": memory.a}'},
    },
    "location": "memory.place",
    "tags": ["x"],
}


def test_a_rule_with_everything(tmp_path: Path) -> None:
    (rule,) = load.load([policy(tmp_path, FULL)], [str(tmp_path)])
    assert rule["not_applicable"] == "b is not more than {most}"
    for key in ("when", "references", "remediation", "location", "tags"):
        assert rule[key] == FULL[key]  # type: ignore[literal-required]


SWAPPINESS, LIMITS, SWAP = (f"fleet.memory.{name}" for name in ("swappiness", "limits", "swap"))


def by_role(role: Any, **variables: Any) -> dict[str, Any]:
    return {"remediation": {"text": "x", "role": role, "variables": variables}}


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
    ({"references": ["http://x"]}, "'references.0'", "https://"),
    ({"references": ["https://x\n"]}, "'references.0'", "https://"),
    ({"references": "https://x"}, "'references'", "a list of URLs"),
    ({"references": []}, "'references'", "a list of URLs"),
    ({"reference": "https://x"}, "'reference'", "one of id, title"),
    ({"remediation": "Less."}, "'remediation'", "a mapping with text"),
    ({"remediation": {}}, "'remediation.text'", "missing"),
    ({"remediation": {"text": "x", "rôle": "y"}}, "'remediation.rôle'", "one of text, role, variables"),
    (by_role("less", a="b"), "'remediation.role'", "one of fleet.memory.swappiness, fleet.memory.limits, fleet"),
    (by_role("fleet.memory.audit", a="b"), "'remediation.role'", "one of fleet.memory.swappiness"),
    (by_role("ansible.posix.sysctl", a="b"), "'remediation.role'", "one of fleet.memory.swappiness"),
    (by_role(["x"], a="b"), "'remediation.role'", "one of fleet.memory.swappiness"),
    ({"remediation": {"text": "x", "role": LIMITS}}, "'remediation.variables'", "and it is missing"),
    (by_role(LIMITS), "'remediation.variables'", "a mapping of variables"),
    (by_role(SWAPPINESS, memory_limits="b"), "variables.memory_limits'", "memory_swappiness_settings, _value"),
    (by_role(SWAPPINESS, memory_swappiness_takeover="b"), "memory_swappiness_takeover'", "memory_swappiness_settings"),
    (by_role(SWAPPINESS, memory_swappiness_force="b"), "memory_swappiness_force'", "memory_swappiness_settings"),
    (by_role(LIMITS, memory_limits="a", memory_limits_restart="b"), "memory_limits_restart'", "memory_limits, as the"),
    (by_role(SWAP, memory_swap_file_state="b"), "variables.memory_swap_file_state'", "memory_swap_file_size"),
    ({"remediation": {"text": "x", "variables": {"a": "b"}}}, "'remediation.role'", "missing"),
    (by_role(LIMITS, memory_limits=60), "'remediation.variables.memory_limits'", "JMESPath"),
    (by_role(LIMITS, memory_limits="b["), "variables.memory_limits'", "at column 3"),
    (by_role(LIMITS, memory_limits="unit_limits(a)"), "variables.memory_limits'", "4 argument(s) for unit_limits()"),
    ({"when": "memory.b"}, "'not_applicable'", "missing"),
    ({"not_applicable": "x"}, "'when'", "missing"),
    ({"when": "b.", "not_applicable": "x"}, "'when'", "at column 3"),
    ({"when": "b", "not_applicable": "{actual}"}, "'not_applicable'", "a parameter of the rule in braces"),
    ({"when": True, "not_applicable": "x"}, "'when'", "a JMESPath expression"),
    ({"location": "b["}, "'location'", "at column 3"),
    ({"location": {"file": "x"}}, "'location'", "a JMESPath expression"),
    ({"id": "x\n"}, "'id'", "small letters"),
    ({"id": "x" * 129}, "'id'", "small letters"),
    ({"parameters": {3: {"default": 1, "type": "int", "description": "x"}}}, "'parameters.3'", "a name of small"),
    ({"pass_when": "(" * 5000 + "a" + ")" * 5000}, "'pass_when'", "can't be read"),
    ({"pass_when": "a[" + "9" * 5000 + "]"}, "'pass_when'", "can't be read"),
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


def test_every_mistake_is_named_once(tmp_path: Path) -> None:
    assert len(problems(tmp_path, policy(tmp_path, {**GOOD, "id": " \n", "title": 3, "needs": [""]}))) == 3
    assert len(problems(tmp_path, policy(tmp_path, {**GOOD, **by_role("less", memory_limits="b")}))) == 1
    assert len(problems(tmp_path, policy(tmp_path, {**GOOD, **by_role(SWAP, memory_limits="b", a="b")}))) == 2


@pytest.mark.parametrize("role", [SWAPPINESS, LIMITS, SWAP])
def test_the_variables_that_a_policy_may_give_are_those_of_the_role(role: str, tmp_path: Path) -> None:
    named = json.loads((SCHEMAS / "policy-1.schema.json").read_text())["$defs"]["remediation"]
    assert role in named["properties"]["role"]["enum"]
    (branch,) = [part for part in named["allOf"] if part["if"]["properties"]["role"]["const"] == role]
    variables = branch["then"]["properties"]["variables"]["propertyNames"]["enum"]
    specs = load.SHIPPED.parents[2] / role.rpartition(".")[2] / "meta" / "argument_specs.yml"
    assert set(variables) <= set(yaml.safe_load(specs.read_text())["argument_specs"]["main"]["options"])
    rule = {**GOOD, **by_role(role, **dict.fromkeys(variables, "memory.a"))}
    assert len(load.load([policy(tmp_path, rule)], [str(tmp_path)])) == 1


def test_a_wrong_variable_is_named_with_its_line(tmp_path: Path) -> None:
    text = yaml.safe_dump({"title": "t", "rules": [{**GOOD, **by_role(LIMITS, memory_limit="a")}]}, sort_keys=False)
    (tmp_path / "p.yml").write_text(text)
    line = next(number for number, words in enumerate(text.splitlines(), 1) if "memory_limit:" in words)
    assert problems(tmp_path, "p.yml") == [
        f"{tmp_path}/p.yml:{line}: rule a-rule: key 'remediation.variables.memory_limit': expected memory_limits, "
        "as the role has it"
    ]


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
    ("", "p.yml:1: expected a mapping with title and rules"),
    ("- a\n", "p.yml:1: expected a mapping with title and rules"),
    ("title: t\n", "p.yml:1: key 'rules': expected a list of rules, and it is missing"),
    ("title: t\nrules: []\n", "p.yml:2: key 'rules': expected a list of rules"),
    ("title: t\nrule: []\n", "p.yml:2: key 'rule': expected one of title, rules"),
    ("rules: [x]\n", "p.yml:1: rule number 1: expected a mapping"),
    ("rules: [x]\n", "p.yml:1: key 'title': expected a text, and it is missing"),
    ("a: !!int x\n", "p.yml:1: expected YAML: "),
    ("a: !!float x\n", "p.yml:1: expected YAML: "),
    ("a: &a [*a]\n", "p.yml:1: expected YAML: too deep, or it contains itself"),
    ("[" * 100000, "p.yml:1: expected YAML: "),
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


def test_an_id_stands_once_in_a_file(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, policy(tmp_path, GOOD, {**GOOD, "id": "b"}, GOOD))
    assert "rule a-rule: key 'id': expected an id of its own in this file" in found
    assert found.endswith(f"it is that of {tmp_path}/p.yml:3")


def test_a_later_policy_replaces_a_rule_in_its_place(tmp_path: Path) -> None:
    policy(tmp_path, GOOD, {**GOOD, "id": "b"}, name="one.yml")
    other = {**GOOD, "severity": "high", "parameters": {}, "pass_when": "a", "message": "m"}
    policy(tmp_path, {**GOOD, "id": "c"}, other, name="two.yml")
    rules = load.load(["one.yml", "two.yml"], [str(tmp_path)])
    assert [(rule["id"], rule["policy"], rule["severity"]) for rule in rules] == [
        ("a-rule", "two", "high"),
        ("b", "one", "low"),
        ("c", "two", "low"),
    ]
    assert rules[0]["parameters"] == {}


def test_a_rule_that_was_replaced_contradicts_nothing(tmp_path: Path) -> None:
    other = {"most": {"default": 4, "type": "int", "description": "At most."}}
    policy(tmp_path, GOOD, name="one.yml")
    policy(tmp_path, {**GOOD, "parameters": other}, name="two.yml")
    policy(tmp_path, {**GOOD, "id": "b"}, name="three.yml")
    assert load.load(["one.yml", "two.yml"], [str(tmp_path)])[0]["parameters"] == other
    (found,) = problems(tmp_path, "one.yml", "two.yml", "three.yml")
    assert "rule b: key 'parameters.most': expected the same type and default as in rule a-rule" in found


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


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.sampled_from(
    ["a", "a.b", "parameter('most')", "int", "list", "{most}", "https://x", "low", "fleet.memory.x"]
)  # fmt: skip
KEYS = st.sampled_from([*FULL, "most", "default", "type", "elements", "description", "text", "role", "variables"])
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=3) | st.integers(), inner),
    max_leaves=12,
)
RULES_OF_ANY_SHAPE = st.dictionaries(KEYS, ANYTHING) | st.builds(
    lambda changes: {**FULL, **changes}, st.dictionaries(KEYS, ANYTHING, max_size=3)
)


def tried(folder: Path, text: str) -> None:
    """Loading ``text`` gives rules or PolicyError, and nothing else; each problem is one line that names the file."""
    (folder / "p.yml").write_text(text, "utf-8", "surrogatepass")
    try:
        load.load(["p.yml"], [str(folder)])
    except load.PolicyError as error:
        assert error.problems
        assert all(problem.startswith((f"{folder}/p.yml", "rule ")) for problem in error.problems)


@given(st.lists(RULES_OF_ANY_SHAPE | ANYTHING, max_size=3) | ANYTHING)
def test_policies_of_any_shape(tmp_path_factory: pytest.TempPathFactory, rules: Any) -> None:
    folder = tmp_path_factory.mktemp("policy")
    tried(folder, yaml.safe_dump({"title": "t", "rules": rules}))


@given(st.text() | st.text(alphabet="a:- []{}&*!?|>'\"\n#%0.,<~"))
def test_files_of_any_text(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    tried(tmp_path_factory.mktemp("policy"), text)


SHIPPED = sorted(load.SHIPPED.glob("*.yml"))


@pytest.mark.parametrize("path", SHIPPED, ids=[path.stem for path in SHIPPED])
def test_an_editor_knows_the_schema_of_a_shipped_policy(path: Path) -> None:
    (line,) = [line for line in path.read_text().splitlines() if line.startswith("# yaml-language-server: $schema=")]
    assert (path.parent / line.partition("=")[2]).resolve() == (SCHEMAS / "policy-1.schema.json").resolve()


@pytest.mark.parametrize("name", ["policy-1", "waivers-1"])
def test_the_schema_itself_is_right_and_has_words_for_everything(name: str) -> None:
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
    Draft202012Validator.check_schema(schema)

    def parts(node: Any, named: bool = False) -> Iterator[dict[str, Any]]:
        """Every schema in ``node``; the values of "properties" and "$defs" are schemas by name."""
        if isinstance(node, list):
            for item in node:
                yield from parts(item)
        elif isinstance(node, dict):
            if not named:
                yield node
            for key, value in node.items():
                if key not in ("x-expected", "dependentRequired", "enum", "required", "not", "anyOf", "if"):
                    yield from parts(value, named=not named and key in ("properties", "$defs"))

    # What only hands on to other schemas has nothing to say itself.
    handing_on = {"if", "then", "properties", "propertyNames"}
    worded = (part for part in parts(schema) if set(part) - handing_on)
    wordless = [part for part in worded if not {"x-expected", "$ref", "allOf"} & set(part)]
    assert wordless == []


def test_the_policy_and_the_waivers_of_the_readme_can_be_used(tmp_path: Path) -> None:
    text = (load.SHIPPED.parents[1] / "README.md").read_text()
    policy, waived = re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)[:2]
    (tmp_path / "p.yml").write_text(policy)
    assert [rule["id"] for rule in load.load(["baseline", "p.yml"], [str(tmp_path)])][-1] == "build-swap-full"
    given = yaml.safe_load(waived)["memory_compliance_waivers"]
    assert len(waivers.load(given, [], datetime.date(2027, 1, 1))) == 1
