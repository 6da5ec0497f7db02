# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What converge has kept: what each job printed, its reports, and what the hosts looked like after it."""

from __future__ import annotations

import json
import os
import re
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

EVIDENCE = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"], "remediate")

HOSTS = ("fix11", "fix12", "fix13")

RULE = "login-limit-not-in-service"

DROP_IN = "/etc/systemd/system/work.service.d/90-fleet-memory.conf"

RECORDS = "/var/lib/fleet-memory"

OLD, NEW = [1024, 1024], [8192, 8192]
"""How many files the service may open, soft and hard."""


TOLD = pytest.StashKey[list[str]]()
"""Lines for the end of the tests' output."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all-kills", action="store_true", help="kill the remediation at 20 moments, not only at 4")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for line in config.stash.get(TOLD, []):
        terminalreporter.write_line(line)


class Job:
    """One run of a playbook: ``exit_code``, ``output``, and its reports."""

    def __init__(self, name: str) -> None:
        kept = json.loads((EVIDENCE / f"{name}.json").read_text())
        self.name = name
        self.exit_code: int = kept["rc"]
        self.output: str = kept["stdout"]

    @property
    def run(self) -> str:
        return re.findall(r"(?m)^Run (\w+-\w+)", self.output)[-1]

    @property
    def folder(self) -> Path:
        return EVIDENCE / "reports" / self.run

    @cached_property
    def remediation(self) -> dict[str, Any]:
        return json.loads((self.folder / "remediation.json").read_text())

    @property
    def hosts(self) -> dict[str, dict[str, Any]]:
        return {host["host"]: host for host in self.remediation["hosts"]}

    @property
    def states(self) -> dict[str, str]:
        return {name: host["state"] for name, host in self.hosts.items()}

    @property
    def diffs(self) -> dict[str, str]:
        """What was shown of each host's files, by host."""
        shown = re.findall(r"(?s)(--- before: (?:(?!--- before: ).)*?)\n+changed: \[(\w+)\]", self.output)
        return {host: text for text, host in shown}

    @property
    def recap(self) -> dict[str, dict[str, int]]:
        lines = self.output.rpartition("PLAY RECAP")[2].splitlines()[1:]
        counts = (line.partition(":")[::2] for line in lines if "ok=" in line)
        return {host.strip(): {k: int(v) for k, v in re.findall(r"(\w+)=(\d+)", rest)} for host, rest in counts}

    def verdict_of_second_audit(self, host: str) -> str:
        """Of the rule that the changes are for."""
        report = json.loads((EVIDENCE / "reports" / self.hosts[host]["verification"] / "report.json").read_text())
        (findings,) = (each["findings"] for each in report["hosts"] if each["host"] == host)
        return next(each["verdict"] for each in findings if each["rule"] == RULE)


def look(host: str, after: str) -> dict[str, Any]:
    """What ../files/look.py saw on ``host`` after a job."""
    return json.loads((EVIDENCE / f"{host}-{after}.json").read_text())


@pytest.fixture(scope="session")
def refused() -> Job:
    """With a policy that asks for what the guards refuse, on one host."""
    return Job("refused")


@pytest.fixture(scope="session")
def told() -> Job:
    """With --check --diff."""
    return Job("told")


@pytest.fixture(scope="session")
def stopped() -> Job:
    """One host after the other, and the service of the second doesn't start with what it is given."""
    return Job("stopped")


@pytest.fixture(scope="session")
def worsened() -> Job:
    """The second host is repaired; in the third the finding stays."""
    return Job("worsened")


@pytest.fixture(scope="session")
def missed() -> Job:
    """The third host is repaired, too; a fourth is gone."""
    return Job("missed")


@pytest.fixture(scope="session")
def idle() -> Job:
    """Once more."""
    return Job("idle")
