# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the run left behind on the controller."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def test_every_host_was_audited(report: dict[str, Any], inventory: set[str]) -> None:
    assert {host["host"]: host["status"] for host in report["hosts"]} == dict.fromkeys(inventory, "audited")


def test_every_host_was_judged_by_every_rule(report: dict[str, Any]) -> None:
    rules = {rule["id"] for rule in report["rules"]}
    assert len(rules) >= 12
    for host in report["hosts"]:
        assert {finding["rule"] for finding in host["findings"]} == rules


def test_reports_are_for_their_owner_only(report_folder: Path) -> None:
    files = [*report_folder.iterdir(), report_folder.parent / "fleet-memory.sqlite"]
    assert {file.name for file in files} >= {"report.json", "report.html", "fleet-memory.sqlite"}
    assert {file.name: oct(file.stat().st_mode & 0o777) for file in files} == {file.name: "0o600" for file in files}
