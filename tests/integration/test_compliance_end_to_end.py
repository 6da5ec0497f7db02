# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gate as a pipeline runs it: exit codes, the last lines of output, and runs that are judged again."""

from __future__ import annotations

import json
import subprocess
import sys
import zlib
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.fleet.memory.plugins.plugin_utils._store.store import Store

from tests.support.live import said

ANSIBLE_PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")

HERE = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
# Port 9 is the discard service's: nobody listens, and ssh is refused at once.
GONE = {"ansible_host": "127.0.0.1", "ansible_port": 9, "ansible_ssh_common_args": "-o BatchMode=yes"}
BAD = {**HERE, "memory_policy_good": False}


def rule(name: str, pass_when: str, needs: str = "memory.meminfo", **keys: Any) -> dict[str, Any]:
    return {
        "id": name,
        "title": f"Rule {name}",
        "severity": "high",
        "needs": [needs],
        "actual": needs,
        "pass_when": pass_when,
        "message": "It is bad.",
        "rationale": "A test needs it.",
        "references": ["https://example.net/"],
        "remediation": {"text": "Nothing."},
        **keys,
    }


GOOD = {"good": {"default": True, "type": "bool", "description": "Whether the host is good"}}
POLICY = [rule("good", "parameter('good')", parameters=GOOD)]
STRICT = [rule("strict", "`false`", severity="critical")]
BLIND = [rule("blind", "`true`", needs="memory.nowhere")]


class Pipeline:
    """Jobs that run fleet.memory.compliance in one folder, with one store."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(
        self,
        hosts: dict[str, dict[str, Any]],
        *options: str,
        rules: list[dict[str, Any]] | None = None,
        playbook: str = "fleet.memory.compliance",
        **variables: Any,
    ) -> subprocess.CompletedProcess[str]:
        inventory = self.folder / "inventory.yml"
        inventory.write_text(yaml.safe_dump({"all": {"hosts": hosts}}))
        policy = self.folder / "policy.yml"
        policy.write_text(yaml.safe_dump({"title": "Of the test", "rules": rules or POLICY}))
        extra = json.dumps({"memory_audit_policies": [str(policy)], **variables})
        command = [ANSIBLE_PLAYBOOK, playbook, "-i", inventory, "-e", extra, *options]
        return subprocess.run(
            command, cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )

    @property
    def report(self) -> dict[str, Any]:
        return json.loads((self.folder / "reports" / "latest" / "report.json").read_text())

    @property
    def verdicts(self) -> dict[str, dict[str, str]]:
        """host -> rule -> verdict, of the newest run."""
        return {
            host["host"]: {finding["rule"]: finding["verdict"] for finding in host["findings"]}
            for host in self.report["hosts"]
        }


@pytest.fixture
def pipeline(tmp_path: Path) -> Pipeline:
    return Pipeline(tmp_path)


@pytest.fixture
def tripwire(tmp_path: Path) -> tuple[dict[str, str], Path]:
    """A host whose ssh notes in a file that it was called, and that file."""
    note, ssh = tmp_path / "touched", tmp_path / "ssh"
    ssh.write_text(f'#!/bin/sh\ntouch "{note}"\nexit 255\n')
    ssh.chmod(0o755)
    return {"ansible_host": "203.0.113.1", "ansible_ssh_executable": str(ssh)}, note


def last_words(run: subprocess.CompletedProcess[str]) -> str:
    """What stands below the recap: the gate's answer and nothing else."""
    _before, recap, after = run.stdout.rpartition("PLAY RECAP")
    assert recap, said(run)
    return after.partition("\n\n")[2]


def conditions(run: subprocess.CompletedProcess[str]) -> list[str]:
    """The conditions that the last lines name."""
    answer, *lines = last_words(run).splitlines()
    assert answer.startswith("Compliance gate ")
    assert all(line.startswith("  ") for line in lines)
    return [line.partition(":")[0].strip() for line in lines]


def test_a_good_fleet_passes(pipeline: Pipeline) -> None:
    run = pipeline.run({"one": HERE, "two": HERE})
    assert run.returncode == 0, said(run)
    assert "Compliance gate passed, run " in last_words(run)
    assert "2 of 2 hosts audited (100 %)" in last_words(run)
    files = {path.name for path in (pipeline.folder / "reports" / "latest").iterdir()}
    assert files == {"report.json", "report.html", "junit.xml", "report.sarif", "report.csv", "summary.md"}


def test_findings_fail_from_the_severity_on_that_is_asked_for(pipeline: Pipeline) -> None:
    run = pipeline.run({"one": HERE, "two": BAD})
    assert run.returncode != 0
    assert conditions(run) == ["findings"]
    assert last_words(run).endswith("findings: 1 finding of severity medium or above: good (high) on two\n")
    assert (pipeline.folder / "reports" / "latest" / "junit.xml").exists()
    for severity in ("critical", "none"):
        run = pipeline.run({"one": HERE, "two": BAD}, memory_compliance_fail_on=severity)
        assert run.returncode == 0, said(run)
        assert pipeline.verdicts["two"] == {"good": "fail"}


def test_a_missed_host_fails_unless_less_coverage_will_do(pipeline: Pipeline) -> None:
    run = pipeline.run({"one": HERE, "gone": GONE})
    assert run.returncode != 0
    assert conditions(run) == ["coverage"]
    assert "1 of 2 hosts audited (50 %), and 100 % are asked for; missed: gone (unreachable: " in last_words(run)
    assert pipeline.run({"one": HERE, "gone": GONE}, memory_compliance_min_coverage=50).returncode == 0
    assert pipeline.run({"one": HERE, "gone": GONE}, memory_compliance_min_coverage=50.1).returncode != 0


def test_every_condition_that_fails_is_named(pipeline: Pipeline) -> None:
    run = pipeline.run({"one": BAD, "gone": GONE}, rules=POLICY + BLIND)
    assert run.returncode != 0
    assert conditions(run) == ["coverage", "findings", "unknown"]


def test_a_fleet_that_is_wholly_gone_never_passes(pipeline: Pipeline) -> None:
    run = pipeline.run({"gone": GONE}, memory_compliance_min_coverage=0, memory_compliance_fail_on="none")
    assert run.returncode != 0
    assert conditions(run) == ["hosts"]


def test_what_cannot_be_judged_fails_unless_told_otherwise(pipeline: Pipeline) -> None:
    run = pipeline.run({"one": HERE}, rules=BLIND)
    assert run.returncode != 0
    assert conditions(run) == ["unknown"]
    assert "1 rule that can't be judged of severity medium or above: blind (high) on one" in last_words(run)
    assert pipeline.run({"one": HERE}, rules=BLIND, memory_compliance_unknown_fails=False).returncode == 0
    wrong = {**HERE, "memory_policy_good": "perhaps"}
    assert conditions(pipeline.run({"one": wrong})) == ["unknown"]
    assert pipeline.verdicts == {"one": {"good": "error"}}


def test_an_empty_inventory_fails(pipeline: Pipeline) -> None:
    run = pipeline.run({})
    assert run.returncode != 0
    assert "inventory has no hosts" in said(run)


def test_a_job_slice_without_hosts_fails(pipeline: Pipeline) -> None:
    # AWX gives each slice of a job an inventory script with its share of the hosts, which may be none.
    script = pipeline.folder / "slice"
    slice_of_nothing = {"_meta": {"hostvars": {}}, "all": {"children": ["web"]}, "web": {"hosts": []}}
    script.write_text(f"#!/bin/sh\necho '{json.dumps(slice_of_nothing)}'\n")
    script.chmod(0o755)
    run = pipeline.run({}, "-i", str(script))
    assert run.returncode != 0
    assert "inventory has no hosts" in said(run)


def test_a_limit_is_the_whole_of_what_is_asked_for_and_is_mentioned(pipeline: Pipeline) -> None:
    fleet = {"good": HERE, "bad": BAD, "gone": GONE}
    run = pipeline.run(fleet, "--limit", "good")
    assert run.returncode == 0, said(run)
    assert "1 of 1 host audited (100 %); 2 hosts of the inventory had no part in this run" in last_words(run)
    assert pipeline.run(fleet, "--limit", "bad").returncode != 0
    assert pipeline.run(fleet, "--limit", "nobody").returncode != 0


def test_with_a_baseline_only_what_is_new_fails(pipeline: Pipeline) -> None:
    assert pipeline.run({"one": BAD, "two": HERE}, rules=POLICY + BLIND).returncode != 0
    known = pipeline.report["run"]["id"]
    run = pipeline.run({"one": BAD, "two": HERE}, rules=POLICY + BLIND, memory_compliance_baseline_run=known)
    assert run.returncode == 0, said(run)
    assert f"no new findings of severity medium or above since run {known}, beside 1 known" in last_words(run)
    run = pipeline.run({"one": BAD, "two": BAD}, rules=POLICY + BLIND, memory_compliance_baseline_run=known)
    assert run.returncode != 0
    assert conditions(run) == ["findings"]
    assert last_words(run).endswith("beside 1 known: good (high) on two\n")


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"memory_compliance_baseline_run": "nonsense"}, "no run 'nonsense'"),
        ({"memory_compliance_run": "nonsense"}, "no run 'nonsense'"),
        ({"memory_compliance_fail_on": "catastrophic"}, "catastrophic"),
        ({"memory_compliance_min_coverage": 0.95}, "min_coverage must be a percentage, 0 or 1 to 100, and is 0.95"),
        ({"memory_compliance_waivers": [{"rule": "good"}]}, "waivers"),
    ],
)
def test_a_wrong_option_is_told_before_any_host_is_touched(
    pipeline: Pipeline, tripwire: tuple[dict[str, str], Path], variables: dict[str, Any], message: str
) -> None:
    host, note = tripwire
    run = pipeline.run({"one": host}, **variables)
    assert run.returncode != 0
    assert message in said(run)
    assert not note.exists()


def waiver(days: int, **keys: Any) -> dict[str, Any]:
    day = datetime.now(timezone.utc).date() + timedelta(days)
    return {"rule": "good", "hosts": ["two"], "reason": "Moves soon", "owner": "ops", "expires": str(day), **keys}


def test_a_waiver_holds_until_it_expires(pipeline: Pipeline) -> None:
    fleet = {"one": HERE, "two": BAD}
    run = pipeline.run(fleet, memory_compliance_waivers=[waiver(1)])
    assert run.returncode == 0, said(run)
    assert pipeline.verdicts["two"] == {"good": "waived"}
    assert "no findings of severity medium or above; 1 waived" in last_words(run)

    run = pipeline.run(fleet, memory_compliance_waivers=[waiver(-1)])
    assert run.returncode != 0
    assert "1 finding of severity medium or above (1 with a waiver that has expired): good" in last_words(run)

    run = pipeline.run(fleet, memory_compliance_waivers=[waiver(1, hosts=["one"])])
    assert run.returncode != 0


def test_an_earlier_run_is_judged_again_without_touching_a_host(
    pipeline: Pipeline, tripwire: tuple[dict[str, str], Path]
) -> None:
    unreachable, note = tripwire
    assert pipeline.run({"one": HERE, "two": BAD}).returncode != 0
    measured = pipeline.report
    earlier = measured["run"]["id"]

    fleet = {"one": unreachable, "two": unreachable}
    again = {"memory_compliance_run": earlier}
    run = pipeline.run(fleet, **again)
    assert run.returncode == 0, said(run)  # of today's variables none says that "two" is bad
    assert not note.exists()
    assert pipeline.report["run"]["rejudges"] == earlier
    assert pipeline.report["run"]["id"] != earlier
    assert f"Judged again from the snapshots of run {earlier}." in said(run)
    assert [host["memory"] for host in pipeline.report["hosts"]] == [host["memory"] for host in measured["hosts"]]
    assert [host["audited_at"] for host in pipeline.report["hosts"]] == [
        host["audited_at"] for host in measured["hosts"]
    ]

    run = pipeline.run(fleet, rules=STRICT, **again)
    assert run.returncode != 0
    assert conditions(run) == ["findings"]
    assert pipeline.verdicts == {"one": {"strict": "fail"}, "two": {"strict": "fail"}}
    everything = waiver(1, rule="str*", hosts=["*"])
    assert pipeline.run(fleet, rules=STRICT, memory_compliance_waivers=[everything], **again).returncode == 0
    # A run that was itself judged again has no snapshots of its own.
    run = pipeline.run(fleet, memory_compliance_run=pipeline.report["run"]["id"])
    assert run.returncode == 0, said(run)
    assert pipeline.report["run"]["rejudges"] == earlier

    assert not note.exists()
    # The tripwire is one: where a host is to be measured, its ssh is called.
    assert pipeline.run(fleet).returncode != 0
    assert note.exists()


def test_judging_again_speaks_for_the_hosts_of_that_run(pipeline: Pipeline) -> None:
    assert pipeline.run({"one": HERE, "left": HERE, "gone": GONE}).returncode != 0
    again = {"memory_compliance_run": pipeline.report["run"]["id"]}
    run = pipeline.run({"one": GONE, "gone": HERE, "new": HERE}, **again)
    assert run.returncode != 0
    assert conditions(run) == ["coverage"]
    hosts = {host["host"]: (host["status"], host["reason"]) for host in pipeline.report["hosts"]}
    assert hosts.keys() == {"one", "left", "gone"}
    assert hosts["one"] == ("audited", None)
    assert hosts["left"] == ("failed", "not in the inventory any more")
    assert hosts["gone"][0] == "unreachable" and "refused" in hosts["gone"][1]
    assert "1 of 3 hosts audited" in last_words(run)
    assert "1 host of the inventory had no part in this run" in last_words(run)

    run = pipeline.run({"one": GONE, "new": HERE}, "--limit", "one", **again)
    assert run.returncode == 0, said(run)
    run = pipeline.run({"one": GONE, "new": HERE}, "--limit", "new", **again)
    assert run.returncode != 0
    assert "none of the hosts that were asked for" in said(run)


def test_snapshots_of_the_first_version_are_judged_too(pipeline: Pipeline) -> None:
    parts: list[Any] = [
        {
            "schema_version": "1.0",
            "memory": {"meminfo": {"MemTotal": 1024}},
            "processes": {"groups": [], "coverage": {}},
            "limits": {},
        },
        [],
    ]
    (pipeline.folder / "reports").mkdir()
    store = Store.create(str(pipeline.folder / "reports" / "fleet-memory.sqlite"))
    store.begin({"id": "old", "collection_version": "0.0.9", "policies": []}, ["one"])
    snapshot = b"".join(zlib.compress(json.dumps(part).encode()) for part in parts)
    store.write_host({"run_id": "old", "host": "one", "status": "audited", "snapshot": snapshot})
    run = pipeline.run({"one": GONE}, rules=POLICY + BLIND, memory_compliance_run="old")
    assert conditions(run) == ["unknown"]
    assert pipeline.verdicts == {"one": {"good": "pass", "blind": "unknown"}}


def test_the_last_lines_are_there_in_a_playbook_of_ones_own_too(pipeline: Pipeline) -> None:
    own = pipeline.folder / "site.yml"
    own.write_text(yaml.safe_dump([{"ansible.builtin.import_playbook": "fleet.memory.compliance"}]))
    run = pipeline.run({"one": BAD}, playbook=str(own))
    assert run.returncode != 0
    assert conditions(run) == ["findings"]
