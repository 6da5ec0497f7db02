# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit as a user runs it: exit codes, reports, and what it says when something is wrong."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.live import said

ANSIBLE_PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")

HERE = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
# Port 9 is the discard service's: nobody listens, and ssh is refused at once.
GONE = {"ansible_host": "127.0.0.1", "ansible_port": 9, "ansible_ssh_common_args": "-o BatchMode=yes"}
NO_PYTHON = {"ansible_connection": "local", "ansible_python_interpreter": "/nonexistent/python3"}

BAD_POLICY = {
    "rules": [{"id": "free-memory", "title": "Much is free", "severity": "catastrophic", "pass_when": "`true`"}]
}


class Audit:
    """Runs of fleet.memory.audit in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, hosts: dict[str, dict[str, Any]], **variables: Any) -> subprocess.CompletedProcess[str]:
        inventory = self.folder / "inventory.yml"
        inventory.write_text(yaml.safe_dump({"all": {"hosts": hosts}}))
        command = [ANSIBLE_PLAYBOOK, "fleet.memory.audit", "-i", inventory, "-e", json.dumps(variables)]
        return subprocess.run(
            command, cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )

    @property
    def reports(self) -> Path:
        """Where reports go when nothing else is said."""
        return self.folder / "reports"

    @property
    def report(self) -> dict[str, Any]:
        return json.loads((self.reports / "latest" / "report.json").read_text())


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    return Audit(tmp_path)


@pytest.fixture
def watched(tmp_path: Path) -> tuple[dict[str, str], Path]:
    """A host that notes in a file when Ansible comes to it, and that file."""
    note, python = tmp_path / "touched", tmp_path / "python3"
    python.write_text(f'#!/bin/sh\ntouch "{note}"\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    return {"ansible_connection": "local", "ansible_python_interpreter": str(python)}, note


def test_a_complete_audit_succeeds_whatever_it_finds(audit: Audit, watched: tuple[dict[str, str], Path]) -> None:
    host, note = watched
    run = audit.run({"one": host})
    assert run.returncode == 0, said(run)
    assert note.exists()
    assert [(entry["host"], entry["status"]) for entry in audit.report["hosts"]] == [("one", "audited")]
    assert audit.report["coverage"]["complete"] is True
    verdicts = {finding["verdict"] for finding in audit.report["hosts"][0]["findings"]}
    assert verdicts <= {"pass", "fail", "unknown", "not_applicable"}
    assert "changed=0" in run.stdout
    assert "1 of 1 host audited" in said(run)


def test_what_is_at_risk_reaches_every_report(audit: Audit) -> None:
    run = audit.run({"one": HERE})
    [host] = audit.report["hosts"]
    memory = host["memory"]
    assert memory["paging_verdict"] in {"quiet", "some_major_faults", "severe_pressure"}
    assert -100 < memory["ledger_residual_percent"] < 100
    assert 0 < memory["pss_exact_percent"] <= 100
    assert memory["nearest_ceiling"]["used_percent"] >= 0
    assert memory["next_victim"]["command"]
    verdicts = {finding["rule"]: finding["verdict"] for finding in host["findings"]}
    assert {"paging-pressure", "oom-next-victim", "ledger-residual", "pss-identity"} <= verdicts.keys()
    assert "error" not in verdicts.values()
    assert all(len(json.dumps(finding["actual"])) < 2000 for finding in host["findings"])
    assert [signal["signal"] for signal in audit.report["signals"]][:2] == ["pressure", "oom_kills"]
    assert "What is at risk" in run.stdout
    assert "What is at risk" in (audit.reports / "latest" / "report.html").read_text()


def test_the_inventory_decides_when_paging_is_pressure(audit: Audit) -> None:
    nothing = {"memory_policy_paging_verdicts": [], "memory_policy_paging_stall_percent_min": 0}
    # More than a busy machine can have, which other tests may be making of this one.
    anything = {"memory_policy_paging_stall_percent_min": 101}
    run = audit.run({"strict": {**HERE, **nothing}, "lenient": {**HERE, **anything}})
    assert run.returncode == 0, said(run)
    found = {
        host["host"]: finding
        for host in audit.report["hosts"]
        for finding in host["findings"]
        if finding["rule"] == "paging-pressure"
    }
    assert (found["strict"]["verdict"], found["lenient"]["verdict"]) == ("fail", "pass")
    assert "pages per second had to come from disk" in found["strict"]["message"]


def test_reports_lie_where_the_readme_says(audit: Audit) -> None:
    run = audit.run({"one": HERE})
    folder = audit.reports / audit.report["run"]["id"]
    assert (audit.reports / "latest").resolve() == folder
    for name in ("report.json", "report.html"):
        assert (folder / name).stat().st_mode & 0o777 == 0o600
        assert str(folder / name) in run.stdout


def test_missed_hosts_have_a_row_and_make_the_run_fail(audit: Audit) -> None:
    run = audit.run({"here": HERE, "gone": GONE, "no_python": NO_PYTHON})
    assert run.returncode != 0
    hosts = {entry["host"]: entry for entry in audit.report["hosts"]}
    statuses = {name: entry["status"] for name, entry in hosts.items()}
    assert statuses == {"here": "audited", "gone": "unreachable", "no_python": "failed"}
    assert "onnection refused" in hosts["gone"]["reason"]
    assert "/nonexistent/python3" in hosts["no_python"]["reason"]
    assert hosts["here"]["findings"]
    coverage = audit.report["coverage"]
    assert (coverage["expected"], coverage["audited"], coverage["complete"]) == (3, 1, False)
    assert "1 of 3 hosts audited, 2 missed (1 unreachable, 1 failed)" in said(run)


def test_a_fleet_that_is_wholly_gone_is_reported_too(audit: Audit) -> None:
    run = audit.run({"gone": GONE})
    assert run.returncode != 0
    assert [entry["status"] for entry in audit.report["hosts"]] == ["unreachable"]


def test_an_empty_inventory_is_an_error(audit: Audit) -> None:
    run = audit.run({})
    assert run.returncode != 0
    assert "inventory has no hosts" in said(run)
    assert not audit.reports.exists()


def test_a_bad_policy_is_told_before_any_host_is_touched(
    audit: Audit, watched: tuple[dict[str, str], Path], tmp_path: Path
) -> None:
    host, note = watched
    policy = tmp_path / "ours.yml"
    policy.write_text(yaml.safe_dump(BAD_POLICY))
    run = audit.run({"one": host}, memory_audit_policies=[str(policy)])
    assert run.returncode != 0
    # File and line, rule, key, and what was expected.
    assert re.search(r"ours\.yml:\d+: rule free-memory: key 'severity': expected one of info, low, medium", said(run))
    assert not note.exists()


def test_a_bad_waiver_is_told_before_any_host_is_touched(
    audit: Audit, watched: tuple[dict[str, str], Path], tmp_path: Path
) -> None:
    host, note = watched
    (tmp_path / "ours.yml").write_text("waivers:\n  - {rule: swap-*, groups: [all], owner: us, expires: 2027-02-30}\n")
    run = audit.run({"one": host}, memory_compliance_waivers="ours.yml")
    assert run.returncode != 0
    assert "ours.yml:2: waiver 1: key 'expires': expected a date" in said(run)
    assert "ours.yml:2: waiver 1: key 'reason': expected a text, and it is missing" in said(run)
    assert not note.exists()


def test_a_waiver_with_a_date_as_yaml_reads_it(audit: Audit) -> None:
    """Ansible gives an unquoted date of the inventory as a date."""
    waiver = {"rule": "memory-available", "reason": "r", "owner": "storage team", "expires": date(2999, 12, 31)}
    waivers = [{**waiver, "groups": ["all"]}, {**waiver, "hosts": ["nobody"]}]
    impossible = {"memory_policy_available_percent_min": 101}
    run = audit.run({"one": {**HERE, **impossible, "memory_compliance_waivers": waivers}})
    assert run.returncode == 0, said(run)
    [finding] = [each for each in audit.report["hosts"][0]["findings"] if each["rule"] == "memory-available"]
    assert (finding["verdict"], finding["waiver"]["expires"]) == ("waived", "2999-12-31")
    assert "the waiver of storage team for memory-available on nobody matches no host or rule" in said(run)
