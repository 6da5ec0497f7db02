# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Batches: what is done, what is taken back, what is left, and the exit code."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.plugin_utils._store.remediations import Remediations

from .conftest import DROP_IN, EVIDENCE, HOSTS, NEW, OLD, RULE, Job, look


def untouched(host: str, after: str) -> bool:
    """Whether all of /etc and the service are as in the beginning."""
    before, now = look(host, "nothing"), look(host, after)
    return (now["etc"], now["service"], now["temporary"]) == (before["etc"], before["service"], [])


def done(host: str, after: str) -> bool:
    """Whether the new file is there, nothing else is new, and the service has been restarted with it."""
    before, now = look(host, "nothing"), look(host, after)
    others = {path: state for path, state in now["etc"].items() if path != DROP_IN}
    service = {"state": "active", "reloaded": True, "open_files": NEW}
    return DROP_IN in now["etc"] and (others, now["service"], now["temporary"]) == (before["etc"], service, [])


def state_of_record(host: str, job: Job) -> Any:
    record = look(host, job.name)["records"].get(job.run)
    return record and record["state"]


@pytest.mark.parametrize("host", HOSTS)
def test_the_hosts_have_the_old_limit_in_the_beginning(host: str) -> None:
    assert look(host, "nothing")["service"] == {"state": "active", "reloaded": True, "open_files": OLD}
    assert look(host, "nothing")["kept"] == {}


def test_a_batch_that_fails_is_taken_back_and_stops_those_behind_it(stopped: Job) -> None:
    assert stopped.exit_code != 0
    assert stopped.remediation["complete"] is False
    assert stopped.states == {"fix11": "done", "fix12": "failed", "fix13": "not_tried"}
    assert done("fix11", "stopped")
    assert untouched("fix12", "stopped")
    assert untouched("fix13", "stopped")
    assert [state_of_record(host, stopped) for host in HOSTS] == ["done", "rolled_back", None]


def test_it_is_said_why(stopped: Job) -> None:
    assert "restart work.service" in stopped.hosts["fix12"]["reason"]
    assert "everything was taken back" in stopped.hosts["fix12"]["reason"]
    assert stopped.hosts["fix11"]["comparison"]["gone"] == [RULE]
    assert [change["made"] for host in HOSTS for change in stopped.hosts[host]["changes"]] == [True, False, False]


def test_what_did_not_help_is_taken_back(worsened: Job) -> None:
    assert worsened.exit_code != 0
    assert worsened.states == {"fix12": "done", "fix13": "worse"}
    assert f"{RULE} is still there" in worsened.hosts["fix13"]["reason"]
    assert done("fix12", "worsened")
    assert untouched("fix13", "worsened")
    assert state_of_record("fix13", worsened) == "rolled_back"
    assert [worsened.verdict_of_second_audit(host) for host in ("fix12", "fix13")] == ["pass", "fail"]


def test_a_host_that_is_gone_is_named_and_the_others_are_remedied(missed: Job) -> None:
    assert missed.exit_code != 0
    assert missed.remediation["missed"] == ["gone"]
    assert missed.states == {"fix13": "done"}
    assert missed.remediation["complete"] is False
    assert done("fix13", "missed")


def test_the_finding_is_gone_in_the_second_audit(stopped: Job, missed: Job) -> None:
    assert stopped.verdict_of_second_audit("fix11") == "pass"
    assert missed.verdict_of_second_audit("fix13") == "pass"


def test_a_second_time_there_is_nothing_to_do(idle: Job) -> None:
    assert idle.exit_code == 0
    assert (idle.remediation["complete"], idle.remediation["hosts"]) == (True, [])
    assert {host: idle.recap[host]["changed"] for host in HOSTS} == dict.fromkeys(HOSTS, 0)
    for host in HOSTS:
        assert look(host, "idle") == look(host, "missed")


@pytest.mark.parametrize("name", ["refused", "told", "stopped", "worsened", "missed", "idle"])
def test_the_store_and_the_reports_say_the_same(name: str) -> None:
    job = Job(name)
    rows = Remediations.open(str(EVIDENCE / "reports" / "fleet-memory.sqlite")).remedied(job.run)
    assert {row["host"]: row["state"] for row in rows} == job.states
    assert {row["host"]: [change["setting"] for change in row["changes"]] for row in rows} == {
        host: [change["setting"] for change in found["changes"]] for host, found in job.hosts.items()
    }
    page = job.folder / "remediation.html"
    assert page.stat().st_mode & 0o777 == 0o600
    assert job.run in page.read_text()


@pytest.mark.parametrize(("host", "job"), [("fix11", "stopped"), ("fix12", "worsened"), ("fix13", "missed")])
def test_taking_a_run_back_restores_bytes_and_modes(host: str, job: str) -> None:
    undone = Job(f"{job}_undone")
    assert undone.exit_code == 0
    assert {name: counts["changed"] for name, counts in undone.recap.items()} == {**dict.fromkeys(HOSTS, 0), host: 1}
    assert untouched(host, f"{job}_undone")
    assert look(host, f"{job}_undone")["records"][Job(job).run]["state"] == "rolled_back"
