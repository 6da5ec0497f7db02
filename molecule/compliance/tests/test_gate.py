# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The exit code, and the last lines, which say why."""

from __future__ import annotations

from .conftest import HOSTS, Job


def test_bad_hosts_fail_and_each_finding_is_named(detected: Job) -> None:
    assert detected.exit_code != 0
    assert detected.last_lines == [
        f"Compliance gate FAILED, run {detected.run}",
        "  findings: 4 findings of severity medium or above (2 with a waiver that has expired); 1 waived:"
        " process-near-limit (high) on bad12; cgroup-near-limit (medium) on bad12; redis-open-files (medium) on bad13;"
        " service-memory-max (medium) on bad13",
    ]


def test_a_host_that_is_gone_is_named_beside_the_findings(missed: Job) -> None:
    assert missed.exit_code != 0
    assert missed.conditions == ["coverage", "findings"]
    coverage, findings = missed.last_lines[1:]
    assert "2 of 3 hosts audited (66.66 %), and 100 % are asked for; missed: gone (unreachable: " in coverage
    assert coverage.endswith("; 4 hosts of the inventory had no part in this run")
    assert "2 findings" in findings


def test_findings_that_were_there_before_pass_with_a_baseline(detected: Job, baseline: Job) -> None:
    assert baseline.exit_code == 0, baseline.output
    assert baseline.last_lines[0] == f"Compliance gate passed, run {baseline.run}"
    assert (
        f"  findings: no new findings of severity medium or above since run {detected.run}, beside 4 known; 1 waived"
        in baseline.last_lines
    )
    assert baseline.grave == detected.grave


def test_repaired_hosts_pass(repaired: Job) -> None:
    assert repaired.exit_code == 0, repaired.output
    assert repaired.conditions == ["hosts", "coverage", "findings", "unknown"]
    assert "  coverage: 6 of 6 hosts audited (100 %)" in repaired.last_lines
    assert "  findings: no findings of severity medium or above" in repaired.last_lines


def test_the_first_run_fails_again_though_all_is_repaired(detected: Job, rejudged: Job) -> None:
    assert rejudged.exit_code != 0
    assert rejudged.run != detected.run
    assert rejudged.last_lines[1:] == detected.last_lines[1:]


def test_the_first_run_is_judged_again_without_the_hosts(detected: Job, rejudged: Job) -> None:
    assert rejudged.report["run"]["rejudges"] == detected.run
    assert {host["host"]: host["status"] for host in rejudged.report["hosts"]} == dict.fromkeys(HOSTS, "audited")
    assert rejudged.findings == detected.findings
