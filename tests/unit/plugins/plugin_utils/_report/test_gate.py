# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.plugin_utils._report import gate
from ansible_collections.fleet.memory.plugins.plugin_utils._report.overview import Overview
from ansible_collections.fleet.memory.plugins.plugin_utils._store.store import Store

from tests.support.fleets import HOSTILE, RUN, audited, finding, fleet, missed

EARLIER = "20261117T210000Z-a7310c"

CRITICAL = finding("available", "fail")
MEDIUM = finding("swappiness", "fail")
UNKNOWN = finding("swappiness", "unknown")
ERROR = finding("swappiness", "error")
WAIVED = finding("swappiness", "waived")
INFO = finding("readable", "fail")
GOOD = [finding("available", "pass"), finding("swappiness", "not_applicable"), finding("readable", "pass")]


def judged(store: Store, **options: Any) -> gate.Gate:
    return gate.judge(store, Overview(store, store.run(RUN)), gate.Options(**options))


def failed(answer: gate.Gate) -> list[str]:
    return [condition.condition for condition in answer.conditions if not condition.passed]


def detail(answer: gate.Gate, name: str) -> str:
    return next(condition.detail for condition in answer.conditions if condition.condition == name)


CASES: list[tuple[list[Any], dict[str, Any], list[str]]] = [
    (GOOD, {}, []),
    ([CRITICAL], {}, ["findings"]),
    ([MEDIUM], {}, ["findings"]),
    ([MEDIUM], {"fail_on": "high"}, []),
    ([INFO], {}, []),
    ([INFO], {"fail_on": "info"}, ["findings"]),
    ([CRITICAL, MEDIUM], {"fail_on": "critical"}, ["findings"]),
    ([CRITICAL], {"fail_on": "none"}, []),
    ([UNKNOWN], {}, ["unknown"]),
    ([ERROR], {}, ["unknown"]),
    ([UNKNOWN], {"unknown_fails": False}, []),
    ([ERROR], {"unknown_fails": False}, []),
    ([UNKNOWN], {"fail_on": "high"}, []),
    ([UNKNOWN], {"fail_on": "none"}, []),
    ([WAIVED], {}, []),
    ([CRITICAL, UNKNOWN], {}, ["findings", "unknown"]),
    ([CRITICAL, UNKNOWN], {"unknown_fails": False}, ["findings"]),
]


@pytest.mark.parametrize(("findings", "options", "conditions"), CASES)
def test_what_fails_the_gate(
    tmp_path: Path, findings: list[Any], options: dict[str, Any], conditions: list[str]
) -> None:
    answer = judged(fleet(tmp_path / "store", audited("a", *findings), audited("b", *GOOD)), **options)
    assert failed(answer) == conditions
    assert answer.passed == (not conditions)
    assert [each.condition for each in answer.conditions] == ["hosts", "coverage", "findings", "unknown"]


@pytest.mark.parametrize(
    ("asked", "conditions"), [(100, ["coverage"]), (99.7, ["coverage"]), (66.67, ["coverage"]), (66.66, []), (0, [])]
)
def test_coverage(tmp_path: Path, asked: float, conditions: list[str]) -> None:
    store = fleet(tmp_path / "store", audited("a", *GOOD), audited("b", *GOOD), missed("c"))
    answer = judged(store, min_coverage=asked)
    assert failed(answer) == conditions
    assert "2 of 3 hosts audited (66.66 %)" in detail(answer, "coverage")
    assert "missed: c (unreachable: Connection timed out)" in detail(answer, "coverage")


def test_a_host_that_never_answered_is_missed(tmp_path: Path) -> None:
    answer = judged(fleet(tmp_path / "store", audited("a", *GOOD), silent=("b",)))
    assert failed(answer) == ["coverage"]
    assert "b (failed: no result came back" in detail(answer, "coverage")


def test_what_speaks_for_no_host_passes_nothing(tmp_path: Path) -> None:
    lenient = {"min_coverage": 0, "fail_on": "none", "unknown_fails": False}
    assert failed(judged(fleet(tmp_path / "none"), **lenient)) == ["hosts"]
    assert failed(judged(fleet(tmp_path / "gone", missed("a")), **lenient)) == ["hosts"]


def test_only_what_is_new_counts(tmp_path: Path) -> None:
    before = [
        audited("failed", MEDIUM),
        audited("unknown", UNKNOWN),
        audited("wrong", ERROR),
        audited("waived", WAIVED),
        audited("passed", *GOOD),
        missed("missed"),
    ]
    fleet(tmp_path / "store", *before, run=EARLIER)
    names = ("failed", "unknown", "wrong", "waived", "passed", "missed", "added")
    store = fleet(tmp_path / "store", *(audited(name, MEDIUM) for name in names))
    answer = judged(store, baseline_run=EARLIER)
    assert failed(answer) == ["findings"]
    told = detail(answer, "findings")
    assert told.startswith(f"4 new findings of severity medium or above since run {EARLIER}, beside 3 known")
    assert told.endswith(": swappiness (medium) on added, missed, passed and 1 more")


def test_a_rule_that_failed_elsewhere_is_new_here(tmp_path: Path) -> None:
    fleet(tmp_path / "store", audited("a", CRITICAL), audited("b", *GOOD), run=EARLIER)
    store = fleet(tmp_path / "store", audited("a", CRITICAL), audited("b", CRITICAL))
    answer = judged(store, baseline_run=EARLIER)
    assert failed(answer) == ["findings"]
    assert detail(answer, "findings").endswith("available (critical) on b")


def test_all_known_passes(tmp_path: Path) -> None:
    fleet(tmp_path / "store", audited("a", CRITICAL, UNKNOWN), run=EARLIER)
    store = fleet(tmp_path / "store", audited("a", CRITICAL, UNKNOWN))
    assert not judged(store).passed
    assert judged(store, baseline_run=EARLIER).passed


def test_waivers_are_told(tmp_path: Path) -> None:
    expired = {"reason": "later", "owner": "ops", "expires": "2026-11-01", "expired": True}
    hosts = [audited("a", WAIVED), audited("b", {**MEDIUM, "waiver": expired})]
    told = detail(judged(fleet(tmp_path / "store", *hosts)), "findings")
    assert told.startswith("1 finding of severity medium or above (1 with a waiver that has expired); 1 waived: swap")


def test_the_lines_name_what_failed_and_nothing_else(tmp_path: Path) -> None:
    answer = judged(fleet(tmp_path / "store", audited("a", CRITICAL), missed("b")))
    assert answer.lines == [
        f"Compliance gate FAILED, run {RUN}",
        "  coverage: 1 of 2 hosts audited (50 %), and 100 % are asked for; "
        "missed: b (unreachable: Connection timed out)",
        "  findings: 1 finding of severity medium or above: available (critical) on a",
    ]


def test_the_lines_of_a_passed_gate_say_what_it_stands_on(tmp_path: Path) -> None:
    answer = judged(fleet(tmp_path / "store", audited("a", *GOOD)), left_out=2)
    assert answer.lines == [
        f"Compliance gate passed, run {RUN}",
        "  hosts: 1 host audited",
        "  coverage: 1 of 1 host audited (100 %); 2 hosts of the inventory had no part in this run",
        "  findings: no findings of severity medium or above",
        "  unknown: no rules that can't be judged of severity medium or above",
    ]


def test_a_large_fleet_gets_short_lines(tmp_path: Path) -> None:
    store = fleet(tmp_path / "store", *(audited(f"h{number:04}", CRITICAL, MEDIUM) for number in range(1000)))
    told = detail(judged(store), "findings")
    assert told.endswith(
        ": available (critical) on h0000, h0001, h0002 and 997 more; "
        "swappiness (medium) on h0000, h0001, h0002 and 997 more"
    )


def test_names_and_reasons_forge_no_line(tmp_path: Path) -> None:
    names = [name.replace("/", "") for name in HOSTILE]
    store = fleet(tmp_path / "store", *(missed(name, reason=name) for name in names))
    for line in judged(store).lines:
        assert line.isprintable()


@pytest.mark.parametrize("coverage", [-1, 0.95, 100.5, 1000, float("nan")])
def test_coverage_is_a_percentage(coverage: float) -> None:
    with pytest.raises(gate.BadOption, match="percentage"):
        gate.Options(min_coverage=coverage)


def test_the_defaults_are_those_of_the_arguments() -> None:
    defaults = {name: argument.get("default") for name, argument in gate.ARGUMENTS.items()}
    assert gate.Options(**defaults) == gate.Options()
