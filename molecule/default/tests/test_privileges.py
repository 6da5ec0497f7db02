# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What root sees, and what an ordinary user is told that it can't see."""

from __future__ import annotations

from typing import Any

import pytest

testinfra_hosts = ["podman://debian12", "podman://ordinary"]


@pytest.fixture
def unprivileged(host: Any) -> bool:
    return host.backend.name == "ordinary"


def test_the_memory_of_others_is_known_or_unknown_with_a_reason(
    processes: dict[int, dict[str, Any]], unprivileged: bool
) -> None:
    systemd = processes[1]
    if unprivileged:
        assert systemd["pss_bytes"] is None
        assert systemd["uss_bytes"] is None
        assert "denied" in systemd["unread"].values()
    else:
        assert 0 < systemd["uss_bytes"] <= systemd["pss_bytes"] <= systemd["rss_bytes"]


def test_coverage_says_what_was_denied(snapshot: dict[str, Any], unprivileged: bool) -> None:
    coverage = snapshot["processes"]["coverage"]
    assert (coverage["unread"].get("denied", 0) > 0) is unprivileged
    assert coverage["complete"] is not unprivileged


def test_sums_without_every_figure_are_bounds(snapshot: dict[str, Any], unprivileged: bool) -> None:
    totals = snapshot["processes"]["totals"]
    assert (totals["pss_bytes"] is None) is unprivileged
    assert totals["pss_low_bytes"] <= totals["pss_high_bytes"] <= totals["rss_bytes"]


def test_the_verdict_says_so(host: Any, report: dict[str, Any], unprivileged: bool) -> None:
    findings = {
        finding["rule"]: finding["verdict"]
        for entry in report["hosts"]
        if entry["host"] == host.backend.name
        for finding in entry["findings"]
    }
    assert findings["unreadable-data"] == ("fail" if unprivileged else "pass")
