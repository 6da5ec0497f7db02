# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.fleet.memory.plugins.plugin_utils._report.severity import LEVELS, level, worst_first


def finding(rule: str, severity: str, verdict: str) -> dict[str, str]:
    return {"rule": rule, "severity": severity, "verdict": verdict}


def test_what_fails_comes_first_and_the_severe_before_the_mild() -> None:
    findings = [
        finding("passes", "critical", "pass"),
        finding("elsewhere", "critical", "not_applicable"),
        finding("waived", "critical", "waived"),
        finding("unknown", "critical", "unknown"),
        finding("broken", "low", "error"),
        finding("mild", "info", "fail"),
        finding("b", "high", "fail"),
        finding("a", "high", "fail"),
    ]
    worst = ["a", "b", "mild", "broken", "unknown", "waived", "elsewhere", "passes"]
    assert [each["rule"] for each in worst_first(findings)] == worst


def test_not_judged_is_worse_than_passing_and_better_than_failing() -> None:
    levels = [
        level("critical", "pass"),
        level("critical", "not_applicable"),
        level("critical", "waived"),
        level("critical", "unknown"),
        level("critical", "error"),
        level("info", "fail"),
    ]
    assert [LEVELS[each] for each in levels] == ["none", "none", "waived", "unknown", "unknown", "info"]
