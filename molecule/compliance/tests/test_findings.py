# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was found on which host, where the reports say it comes from, and what became of it."""

from __future__ import annotations

import pytest

from .conftest import FOUND, HOSTS, SETTLED, Job

DROP_IN = "/etc/systemd/system/redis-server.service.d/memory.conf"


def test_what_is_wrong_is_found_and_nothing_else(detected: Job) -> None:
    assert {host["host"] for host in detected.report["hosts"]} == HOSTS
    assert detected.grave == FOUND


def test_a_repair_takes_each_finding_away(repaired: Job) -> None:
    assert repaired.grave == {}
    assert {repaired.findings[key]["verdict"] for key in FOUND} == {"pass"}


def test_a_policy_for_a_workload_says_nothing_where_that_does_not_run(detected: Job) -> None:
    verdicts = {host: detected.findings[host, "redis-open-files"]["verdict"] for host in HOSTS}
    without = dict.fromkeys(("good11", "good12", "bad11", "bad12"), "not_applicable")
    assert verdicts == {**without, "good13": "pass", "bad13": "fail"}


@pytest.mark.parametrize(
    ("host", "rule", "location"),
    [
        ("bad11", "login-limit-not-in-service", {"file": "/etc/security/limits.d/50-search.conf", "line": 6}),
        ("bad13", "redis-open-files", {"file": DROP_IN, "line": 2}),
        ("bad13", "service-memory-max", {"file": DROP_IN, "line": 3}),
        ("bad12", "cgroup-near-limit", None),
    ],
)
def test_the_line_that_decides_is_named(
    detected: Job, host: str, rule: str, location: dict[str, object] | None
) -> None:
    assert detected.findings[host, rule]["location"] == location


def test_a_waiver_holds(detected: Job) -> None:
    assert detected.findings["bad11", "login-limit-not-in-service"]["waiver"] == {
        "reason": "The vendor's next release opens fewer files.",
        "owner": "search team",
        "expires": "2099-12-31",
        "expired": False,
    }


@pytest.mark.parametrize("rule", ["process-near-limit", "cgroup-near-limit"])
def test_a_waiver_that_has_expired_holds_no_more_and_is_named(detected: Job, rule: str) -> None:
    finding = detected.findings["bad12", rule]
    assert (finding["verdict"], finding["waiver"]["expired"]) == ("fail", True)
    assert finding["message"].endswith(" (the waiver of batch team expired on 2026-01-31)")


def test_no_waiver_touches_other_findings(detected: Job) -> None:
    waived = {key for key, finding in detected.findings.items() if finding["waiver"]}
    assert waived == {key for key in FOUND if key[0] in ("bad11", "bad12")}


def test_a_host_that_is_gone_has_a_reason_and_no_findings(missed: Job) -> None:
    (gone,) = [host for host in missed.report["hosts"] if host["host"] == "gone"]
    assert (gone["status"], gone["findings"]) == ("unreachable", [])
    assert gone["reason"]
    assert {host for host, _rule in missed.findings} == {"good11", "bad13"}
    assert all(finding["verdict"] in SETTLED for (host, _rest), finding in missed.findings.items() if host == "good11")
