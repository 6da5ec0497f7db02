# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import xmlschema
from ansible_collections.fleet.memory.plugins.plugin_utils._report import junit
from ansible_collections.fleet.memory.plugins.plugin_utils._report.overview import Overview
from ansible_collections.fleet.memory.plugins.plugin_utils._store.store import Store
from junitparser import xunit2

from tests.support.fleets import audited, finding, fleet, missed, rule, waiver
from tests.support.traps import TRAPS, trapped

SCHEMA = xmlschema.XMLSchema(Path("tests/fixtures/schemas/junit-10.xsd"))


def text(store: Store, unknown_fails: bool = True) -> str:
    return "".join(junit.pieces(store, Overview(store, store.latest()), unknown_fails))


def checked(content: str) -> xunit2.JUnitXml:
    """The file as junitparser reads it: of the schema of Jenkins, and with totals that are those of the cases."""
    SCHEMA.validate(content)
    report = xunit2.JUnitXml.fromstring(content.encode())
    told = (report.tests, report.failures, report.errors)
    suites = [(suite.tests, suite.failures, suite.errors, suite.skipped) for suite in report]
    report.update_statistics()
    assert told == (report.tests, report.failures, report.errors)
    assert suites == [(suite.tests, suite.failures, suite.errors, suite.skipped) for suite in report]
    return report


def outcomes(report: xunit2.JUnitXml) -> dict[str, list[tuple[str, str, str]]]:
    """For each suite the kind, type and message of its cases' results."""
    return {
        suite.name: [(type(each).__name__, each.type, each.message) for case in suite for each in case.result]
        for suite in report
    }


def test_every_verdict_has_its_own_outcome(tmp_path: Path) -> None:
    found = [
        finding("available", "fail", 4, "4 % are available"),
        finding("swappiness", "waived", 90, "over 60", waiver=waiver()),
        finding("readable", "not_applicable", None, "no such file"),
    ]
    more = [finding("available", "unknown", None, "meminfo can't be read"), finding("readable", "error", None, "typo")]
    report = checked(text(fleet(tmp_path / "s", audited("a", *found), audited("b", *more), audited("c"))))
    told = outcomes(report)
    assert told["a"] == [
        ("Failure", "critical", "4 % are available"),
        ("Skipped", "waived", "waived by storage team until 2027-03-31: Moves away in spring (over 60)"),
        ("Skipped", "not_applicable", "no such file"),
    ]
    assert told["b"] == [
        ("Error", "error", "error: typo"),
        ("Error", "unknown", "unknown: meminfo can't be read"),
    ]
    assert (report.tests, report.failures, report.errors, told["c"]) == (5, 1, 2, [])


def test_a_case_that_passes_has_no_result_and_every_case_is_unique(tmp_path: Path) -> None:
    store = fleet(tmp_path / "s", *(audited(name, finding("available", "pass")) for name in "ab"))
    store = named(store, [rule("available", "critical", policy="baseline")])
    cases = [case for suite in checked(text(store)) for case in suite]
    assert [case.is_passed for case in cases] == [True, True]
    # What GitLab makes its key of.
    assert [(case.classname, case.name) for case in cases] == [("a.baseline", "available"), ("b.baseline", "available")]


def named(store: Store, rules: list[dict[str, object]]) -> Store:
    """``store`` with other rules in its run."""
    run = store.latest()
    store.latest = lambda: {**run, "policies": rules}  # type: ignore[method-assign]
    return store


def test_the_totals_have_every_rule(tmp_path: Path) -> None:
    found = [
        finding("available", "not_applicable", None, "m"),
        finding("swappiness", "waived", 90, "m", waiver=waiver()),
        finding("readable", "pass"),
    ]
    report = checked(text(fleet(tmp_path / "s", audited("a", *found))))
    assert (report.tests, report.failures, report.errors) == (3, 0, 0)


def test_unknown_is_skipped_where_it_does_not_count(tmp_path: Path) -> None:
    store = fleet(
        tmp_path / "s", audited("a", finding("available", "unknown", None, "m"), finding("readable", "error"))
    )
    report = checked(text(store, unknown_fails=False))
    assert [kind for kind, _type, _message in outcomes(report)["a"]] == ["Skipped", "Skipped"]
    assert (report.errors, report.failures) == (0, 0)


def test_a_missed_host_is_an_error(tmp_path: Path) -> None:
    store = fleet(tmp_path / "s", missed("a"), missed("b", "failed", "no Python"), silent=("c",))
    report = checked(text(store))
    assert outcomes(report) == {
        "a": [("Error", "unreachable", "unreachable: Connection timed out")],
        "b": [("Error", "failed", "failed: no Python")],
        "c": [("Error", "failed", "failed: no result came back from this host")],
    }
    assert [case.name for suite in report for case in suite] == ["audited"] * 3


def test_an_empty_inventory_is_an_error(tmp_path: Path) -> None:
    report = checked(text(fleet(tmp_path / "s")))
    assert (report.tests, report.errors) == (1, 1)


def test_a_failure_says_what_to_do(tmp_path: Path) -> None:
    found = finding("available", "fail", 4, "m", location={"file": "/etc/x.conf", "line": 3})
    report = checked(text(fleet(tmp_path / "s", audited("a", found))))
    [failure] = [each for suite in report for case in suite for each in case.result]
    assert failure.text.splitlines() == [
        "critical: Title of available",
        "Value: 4",
        "Decided by: /etc/x.conf:3",
        "Remedy: Remedy of available",
        "See: https://example.net/available",
    ]


def test_it_can_be_loaded_without_its_library() -> None:
    code = f"import sys; sys.modules['junitparser'] = None; import {junit.__name__} as junit; assert junit.MISSING"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("seconds", [None, 0.0, 1e-9, 0.0005, 12.3456, 86400.0])
def test_times_are_of_the_schema(tmp_path: Path, seconds: float | None) -> None:
    row, found, used = audited("a", finding("available", "pass"))
    checked(text(fleet(tmp_path / "s", ({**row, "seconds": seconds}, found, used))))


def test_hostile_texts_stay_texts(tmp_path: Path) -> None:
    store, _overview = trapped(tmp_path / "s")
    content = text(store)
    report = checked(content)
    assert len(report) == 1 + len(TRAPS) + len(TRAPS) // 2
    assert {element.tag for element in ET.fromstring(content).iter()} == {
        "testsuites", "testsuite", "testcase", "failure", "error", "skipped",
    }  # fmt: skip
    assert content.isprintable() or not set(content) - {"\n"} - set(filter(str.isprintable, content))
