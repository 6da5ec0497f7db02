# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files for CI systems, against report.json and against what is known to be wrong with the hosts."""

from __future__ import annotations

from collections import Counter

from .conftest import FOUND, HOSTS, Job


def test_all_are_there_and_for_their_owner_only(detected: Job) -> None:
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in detected.folder.iterdir()}
    names = ("report.json", "report.html", "junit.xml", "report.sarif", "report.csv", "summary.md")
    assert modes == dict.fromkeys(names, "0o600")


def test_junit_has_a_suite_for_each_host_and_a_case_for_each_rule(detected: Job) -> None:
    assert [suite.get("name") for suite in detected.junit] == sorted(HOSTS)
    rules = {rule["id"] for rule in detected.report["rules"]}
    for suite in detected.junit:
        assert {case.get("name") for case in suite.iter("testcase")} == rules


def test_junit_counts_what_was_found(detected: Job) -> None:
    for suite in detected.junit:
        verdicts = Counter(
            found["verdict"] for (host, _rest), found in detected.findings.items() if host == suite.get("name")
        )
        assert {key: int(suite.get(key)) for key in ("tests", "failures", "errors", "skipped")} == {
            "tests": verdicts.total(),
            "failures": verdicts["fail"],
            "errors": verdicts["unknown"] + verdicts["error"],
            "skipped": verdicts["not_applicable"] + verdicts["waived"],
        }
        outcomes = Counter(outcome.tag for case in suite.iter("testcase") for outcome in case)
        assert (outcomes["failure"], outcomes["error"], outcomes["skipped"]) == (
            verdicts["fail"],
            verdicts["unknown"] + verdicts["error"],
            verdicts["not_applicable"] + verdicts["waived"],
        )
    assert int(detected.junit.get("tests")) == len(detected.findings)
    assert int(detected.junit.get("failures")) == list(detected.unsettled.values()).count("fail")


def test_junit_fails_where_the_hosts_are_bad_and_skips_what_is_waived(detected: Job) -> None:
    outcomes = {
        (suite.get("name"), case.get("name")): outcome
        for suite in detected.junit
        for case in suite.iter("testcase")
        for outcome in case
    }
    tags = {"fail": "failure", "waived": "skipped"}
    assert {key: outcomes[key].tag for key in FOUND} == {key: tags[verdict] for key, verdict in FOUND.items()}
    assert "waived by search team until 2099-12-31" in outcomes["bad11", "login-limit-not-in-service"].get("message")


def test_junit_has_an_error_for_a_host_that_is_gone(missed: Job) -> None:
    (gone,) = [suite for suite in missed.junit if suite.get("name") == "gone"]
    assert [(case.get("name"), [outcome.tag for outcome in case]) for case in gone.iter("testcase")] == [
        ("audited", ["error"])
    ]
    assert missed.junit.get("errors") == "1"


def test_sarif_has_a_result_for_all_that_does_not_pass(detected: Job) -> None:
    assert detected.results.keys() == detected.unsettled.keys()
    assert len(detected.sarif["results"]) == len(detected.unsettled)
    assert {key: detected.results[key]["level"] for key in FOUND} == {
        **dict.fromkeys(FOUND, "warning"),
        ("bad12", "process-near-limit"): "error",
    }
    assert [invocation["executionSuccessful"] for invocation in detected.sarif["invocations"]] == [True]


def test_sarif_leads_to_the_line_of_the_host(detected: Job) -> None:
    place = detected.results["bad13", "redis-open-files"]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "bad13/etc/systemd/system/redis-server.service.d/memory.conf"
    assert place["region"] == {"startLine": 2}
    whole_host = detected.results["bad12", "process-near-limit"]["locations"][0]["physicalLocation"]
    assert whole_host["artifactLocation"]["uri"] == "bad12"


def test_sarif_suppresses_what_is_waived_and_only_that(detected: Job) -> None:
    suppressed = {key: result["suppressions"] for key, result in detected.results.items() if result["suppressions"]}
    assert suppressed.keys() == {("bad11", "login-limit-not-in-service")}
    (suppression,) = suppressed["bad11", "login-limit-not-in-service"]
    assert suppression["kind"] == "external"
    assert "search team" in suppression["justification"]


def test_sarif_knows_a_finding_again(detected: Job, baseline: Job, rejudged: Job) -> None:
    first, *others = (
        {key: job.results[key]["partialFingerprints"] for key in FOUND} for job in (detected, baseline, rejudged)
    )
    assert others == [first, first]
    assert len({fingerprints["fleetMemoryHostRule/v1"] for fingerprints in first.values()}) == len(FOUND)


def test_sarif_does_not_claim_to_have_seen_all_hosts(missed: Job) -> None:
    (invocation,) = missed.sarif["invocations"]
    assert invocation["executionSuccessful"] is False
    (notice,) = invocation["toolExecutionNotifications"]
    assert "gone was not audited, unreachable: " in notice["message"]["text"]


def test_csv_has_a_row_for_each_finding(detected: Job) -> None:
    rows = {(row["host"], row["rule"]): row["verdict"] for row in detected.rows}
    assert len(rows) == len(detected.rows)
    assert rows == {key: finding["verdict"] for key, finding in detected.findings.items()}


def test_the_summary_says_what_the_gate_says_and_which_waivers_want_a_look(detected: Job, repaired: Job) -> None:
    assert detected.summary.startswith("## Memory compliance: FAILED\n")
    _before, heading, waivers = detected.summary.partition("### Waivers to look at")
    assert heading
    (expired,) = [line for line in waivers.splitlines() if "it has expired" in line]
    (unmatched,) = [line for line in waivers.splitlines() if "it matches no host or rule" in line]
    assert "batch team" in expired
    assert "long-gone" in unmatched
    assert "search team" not in waivers
    assert repaired.summary.startswith("## Memory compliance: passed\n")
