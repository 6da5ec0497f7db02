# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What converge has kept: what each job printed, and the reports of its run."""

from __future__ import annotations

import csv
import json
import os
from functools import cached_property
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

EVIDENCE = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"], "compliance")

HOSTS = {f"{kind}{release}" for kind in ("good", "bad") for release in (11, 12, 13)}

FOUND = {
    ("bad11", "login-limit-not-in-service"): "waived",
    ("bad12", "process-near-limit"): "fail",
    ("bad12", "cgroup-near-limit"): "fail",
    ("bad13", "redis-open-files"): "fail",
    ("bad13", "service-memory-max"): "fail",
}
"""All that is wrong with the hosts, of the severities that the gate looks at."""

SETTLED = ("pass", "not_applicable")


class Job:
    """One run of the gate: ``exit_code``, ``output``, and its reports."""

    def __init__(self, name: str) -> None:
        kept = json.loads((EVIDENCE / f"{name}.json").read_text())
        self.exit_code: int = kept["rc"]
        self.output: str = kept["stdout"]

    @property
    def last_lines(self) -> list[str]:
        """What stands below the recap."""
        return self.output.rpartition("PLAY RECAP")[2].partition("\n\n")[2].splitlines()

    @property
    def conditions(self) -> list[str]:
        """Those that the last lines name."""
        return [line.partition(":")[0].strip() for line in self.last_lines[1:]]

    @property
    def run(self) -> str:
        return self.last_lines[0].split()[-1]

    @property
    def folder(self) -> Path:
        return EVIDENCE / "reports" / self.run

    @cached_property
    def report(self) -> dict[str, Any]:
        return json.loads((self.folder / "report.json").read_text())

    @cached_property
    def findings(self) -> dict[tuple[str, str], dict[str, Any]]:
        """By host and rule."""
        return {
            (host["host"], finding["rule"]): finding for host in self.report["hosts"] for finding in host["findings"]
        }

    @property
    def unsettled(self) -> dict[tuple[str, str], str]:
        """The verdicts that neither pass nor have nothing to say."""
        return {key: found["verdict"] for key, found in self.findings.items() if found["verdict"] not in SETTLED}

    @property
    def grave(self) -> dict[tuple[str, str], str]:
        """Those of them that the gate looks at."""
        return {key: verdict for key, verdict in self.unsettled.items() if self._grave(key)}

    def _grave(self, key: tuple[str, str]) -> bool:
        return self.findings[key]["severity"] in ("medium", "high", "critical")

    @cached_property
    def junit(self) -> ElementTree.Element:
        return ElementTree.parse(self.folder / "junit.xml").getroot()

    @cached_property
    def sarif(self) -> dict[str, Any]:
        (run,) = json.loads((self.folder / "report.sarif").read_text())["runs"]
        return run

    @property
    def results(self) -> dict[tuple[str, str], dict[str, Any]]:
        """The results of the SARIF log by host and rule."""
        return {
            (result["locations"][0]["logicalLocations"][0]["name"], result["ruleId"]): result
            for result in self.sarif["results"]
        }

    @property
    def rows(self) -> list[dict[str, str]]:
        """Of the CSV table."""
        with (self.folder / "report.csv").open(newline="", encoding="utf-8-sig") as table:
            return list(csv.DictReader(table))

    @property
    def summary(self) -> str:
        return (self.folder / "summary.md").read_text()


@pytest.fixture(scope="session")
def detected() -> Job:
    """All hosts, the bad ones as they were."""
    return Job("detected")


@pytest.fixture(scope="session")
def missed() -> Job:
    """A good host, a bad one, and one that is gone."""
    return Job("missed")


@pytest.fixture(scope="session")
def baseline() -> Job:
    """The same hosts again, and only what is new counts."""
    return Job("baseline")


@pytest.fixture(scope="session")
def repaired() -> Job:
    """After the repair."""
    return Job("repaired")


@pytest.fixture(scope="session")
def rejudged() -> Job:
    """The first run judged again, with all hosts repaired and then stopped."""
    return Job("rejudged")
