# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.fleet.memory.plugins.plugin_utils._policy import waivers
from ansible_collections.fleet.memory.plugins.plugin_utils._policy.load import PolicyError
from hypothesis import given
from hypothesis import strategies as st

TODAY = datetime.date(2026, 11, 24)

GOOD: dict[str, Any] = {
    "rule": "swap-*",
    "hosts": ["db*"],
    "groups": ["legacy"],
    "reason": "Moves away\n in spring",
    "owner": "storage team",
    "expires": "2027-03-31",
}


def file(folder: Path, *items: Any, name: str = "w.yml") -> str:
    (folder / name).write_text(yaml.safe_dump({"waivers": list(items)}, sort_keys=False))
    return name


def loaded(source: Any, *folders: Path) -> Any:
    return waivers.load(source, [str(folder) for folder in folders], TODAY)


def problems(source: Any, *folders: Path) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        loaded(source, *folders)
    return caught.value.problems


def finding(verdict: str = "fail", **changes: Any) -> Any:
    texts = {"rule": "swap-absent", "severity": "low", "verdict": verdict, "actual": 0, "message": "No swap."}
    return {**texts, "location": None, "waiver": None, **changes}


def applied(items: list[dict[str, Any]], found: Any, host: str = "db1", *groups: str) -> Any:
    (result,) = waivers.apply([found], loaded(items), host, groups)
    return result


def test_a_waiver_as_it_is_understood() -> None:
    (waiver,) = loaded([GOOD])
    expected = {**GOOD, "reason": "Moves away in spring", "expired": False, "matched": False}
    assert waiver == expected


def test_nothing() -> None:
    assert loaded([]) == []


@pytest.mark.parametrize(
    ("source", "rules"),
    [
        ("w.yml", ["swap-*"]),
        (["w.yml"], ["swap-*"]),
        ([GOOD], ["swap-*"]),
        (["w.yml", {**GOOD, "rule": "x"}, "v.yml"], ["swap-*", "v", "x"]),
    ],
)
def test_waivers_come_from_files_and_from_the_inventory(tmp_path: Path, source: Any, rules: list[str]) -> None:
    file(tmp_path, GOOD)
    file(tmp_path, {**GOOD, "rule": "v"}, name="v.yml")
    assert [waiver["rule"] for waiver in loaded(source, tmp_path)] == rules


@pytest.mark.parametrize("text", ["2027-03-31", "'2027-03-31'"])
def test_a_date_in_a_file_and_in_the_inventory(tmp_path: Path, text: str) -> None:
    (tmp_path / "w.yml").write_text(f"waivers: [{{rule: a, hosts: [b], reason: c, owner: d, expires: {text}}}]\n")
    (from_file,) = loaded("w.yml", tmp_path)
    (from_inventory,) = loaded(yaml.safe_load((tmp_path / "w.yml").read_text())["waivers"])
    assert from_file == from_inventory
    assert from_file["expires"] == "2027-03-31"


MISTAKES: list[tuple[Any, str, str]] = [
    ("x", "", "a mapping"),
    (None, "", "a mapping"),
    ({**GOOD, "rule": ""}, "'rule'", "a text"),
    ({**GOOD, "rule": ["a"]}, "'rule'", "a text"),
    ({**GOOD, "hosts": "db1"}, "'hosts'", "a list of names or patterns of hosts"),
    ({**GOOD, "hosts": []}, "'hosts'", "a list of names or patterns of hosts"),
    ({**GOOD, "hosts": [3]}, "'hosts.0'", "a text"),
    ({**GOOD, "groups": {}}, "'groups'", "a list of names of groups"),
    ({**GOOD, "expires": "2027-02-30"}, "'expires'", "a date such as"),
    ({**GOOD, "expires": "soon"}, "'expires'", "a date such as"),
    ({**GOOD, "expires": "20270331"}, "'expires'", "a date such as"),
    ({**GOOD, "expires": "2027-03-31\n"}, "'expires'", "a date such as"),
    ({**GOOD, "expires": 2027}, "'expires'", "a date such as"),
    ({**GOOD, "until": "2027-03-31"}, "'until'", "one of rule, hosts"),
    ({key: GOOD[key] for key in GOOD if key not in ("hosts", "groups")}, "", "hosts or groups, or both"),
    *(({key: GOOD[key] for key in GOOD if key != gone}, f"'{gone}'", "missing") for gone in
      ("rule", "reason", "owner", "expires")),
]  # fmt: skip


@pytest.mark.parametrize(("item", "key", "expected"), MISTAKES)
def test_a_mistake_is_named_with_place_waiver_key_and_expectation(
    tmp_path: Path, item: Any, key: str, expected: str
) -> None:
    named = f"key {key}: expected {expected}" if key else f"expected {expected}"
    (of_file,) = problems(file(tmp_path, GOOD, item), tmp_path)
    assert of_file.startswith(f"{tmp_path}/w.yml:")
    assert ": waiver 2: " in of_file and (named in of_file or of_file.endswith("missing"))
    if not isinstance(item, str):  # which is a path there
        (of_inventory,) = problems([GOOD, item])
        assert of_inventory.startswith("memory_compliance_waivers: waiver 2: ")
        assert of_inventory.partition("waiver 2: ")[2] == of_file.partition("waiver 2: ")[2]


def test_lines(tmp_path: Path) -> None:
    lines = ["waivers:", "- rule: a", "  hosts:", "  - x", "  - 3", "  reason: b", "  owner: c", "  expires: 1"]
    (tmp_path / "w.yml").write_text("\n".join(lines))
    host, date = problems("w.yml", tmp_path)
    assert host.startswith(f"{tmp_path}/w.yml:5: ") and date.startswith(f"{tmp_path}/w.yml:8: ")


def test_all_errors_of_all_sources_at_once(tmp_path: Path) -> None:
    file(tmp_path, {**GOOD, "rule": 1}, name="one.yml")
    (tmp_path / "two.yml").write_text("waivers: {")
    found = "\n".join(problems(["one.yml", {**GOOD, "owner": ""}, "two.yml", "none.yml", 7], tmp_path))
    for part in ("one.yml:2: waiver 1: key 'rule'", "expected YAML", f"none at {tmp_path}/none.yml",
                 "waivers: waiver 2: key 'owner'", "waivers: waiver 5: expected a mapping"):  # fmt: skip
        assert part in found
    assert "list of waivers" in problems(file_with(tmp_path, "waivers: 3\n"), tmp_path)[0]


def file_with(folder: Path, text: str) -> str:
    (folder / "x.yml").write_text(text)
    return "x.yml"


@pytest.mark.parametrize(
    ("host", "groups", "waived"),
    [
        ("db1", (), True),
        ("DB1", (), False),
        ("web1", (), False),
        ("web1", ("legacy",), True),
        ("web1", ("all", "legac"), False),
    ],
)
def test_a_waiver_holds_for_its_hosts_and_groups(host: str, groups: tuple[str, ...], waived: bool) -> None:
    assert applied([GOOD], finding(), host, *groups)["verdict"] == ("waived" if waived else "fail")


@pytest.mark.parametrize(
    ("pattern", "waived"),
    [("swap-absent", True), ("swap-*", True), ("*", True), ("swap", False), ("swappiness-*", False)],
)
def test_a_waiver_holds_for_its_rules(pattern: str, waived: bool) -> None:
    assert applied([{**GOOD, "rule": pattern}], finding())["verdict"] == ("waived" if waived else "fail")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("fail", "waived"),
        ("unknown", "waived"),
        ("pass", "pass"),
        ("error", "error"),
        ("not_applicable", "not_applicable"),
    ],
)
def test_only_what_fails_or_is_unknown_is_waived(before: str, after: str) -> None:
    result = applied([GOOD], finding(before))
    assert (result["verdict"], result["message"]) == (after, "No swap.")
    by = {"reason": "Moves away in spring", "owner": "storage team", "expires": "2027-03-31", "expired": False}
    assert result["waiver"] == (by if after == "waived" else None)


@pytest.mark.parametrize(
    ("expires", "verdict"),
    [("2026-11-25", "waived"), ("2026-11-24", "waived"), ("2026-11-23", "fail"), ("2020-02-29", "fail")],
)
def test_a_waiver_holds_on_its_last_day_and_not_on_the_next(expires: str, verdict: str) -> None:
    result = applied([{**GOOD, "expires": expires}], finding())
    assert (result["verdict"], result["waiver"]["expired"]) == (verdict, verdict == "fail")
    expired = f"No swap. (the waiver of storage team expired on {expires})"
    assert result["message"] == (expired if verdict == "fail" else "No swap.")


def test_an_expired_waiver_leaves_the_verdict() -> None:
    result = applied([{**GOOD, "expires": "2026-11-23"}], finding("unknown"))
    assert (result["verdict"], result["waiver"]["expired"]) == ("unknown", True)


def test_the_waiver_that_holds_longest_counts() -> None:
    items = [{**GOOD, "expires": f"2026-11-{day}", "owner": f"o{day}"} for day in (10, 26, 29, 12)]
    assert applied(items, finding())["waiver"]["owner"] == "o29"
    assert applied([items[0], items[3]], finding())["waiver"]["owner"] == "o12"


@pytest.mark.parametrize(
    ("changes", "matched"),
    [
        ({}, True),
        ({"rule": "swap"}, False),
        ({"hosts": ["nobody"]}, True),
        ({"hosts": ["nobody"], "groups": ["nobodies"]}, False),
        ({"groups": ["nobodies"]}, True),
    ],
)
def test_a_waiver_that_names_nothing_of_the_run(changes: dict[str, Any], matched: bool) -> None:
    found = waivers.match(loaded([{**GOOD, **changes}]), ["swap-absent", "x"], {"db1": {"all"}, "w": {"legacy"}})
    assert [waiver["matched"] for waiver in found] == [matched]
    assert bool(waivers.idle(found)) != matched


def test_the_warning_names_the_waiver() -> None:
    (warning,) = waivers.idle(loaded([GOOD]))
    assert warning == "the waiver of storage team for swap-* on db*, legacy matches no host or rule"


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.dates()
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*GOOD]) | SCALARS, inner)
)
ITEMS = st.builds(lambda changes: {**GOOD, **changes}, st.dictionaries(st.sampled_from([*GOOD]), ANYTHING, max_size=2))


@given(st.lists(ITEMS | ANYTHING, max_size=3) | ANYTHING)
def test_waivers_of_any_shape(source: Any) -> None:
    try:
        found = loaded(source, Path("/nowhere"))
    except PolicyError as error:
        assert error.problems
    else:
        assert all(isinstance(waiver["expired"], bool) for waiver in found)
