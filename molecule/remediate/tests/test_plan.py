# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Before anything is changed: what the guards refuse, what is told, and that it is what is done then."""

from __future__ import annotations

import pytest

from .conftest import DROP_IN, HOSTS, RULE, Job, look


def test_what_a_guard_refuses_is_told_with_the_figures(refused: Job) -> None:
    assert refused.exit_code != 0
    assert refused.remediation["complete"] is False
    (left,) = refused.hosts["fix11"]["left_alone"]
    assert (left["kind"], left["rules"]) == ("refused", ["more-files-than-there-can-be"])
    assert "fs.nr_open" in left["why"]
    assert left["why"] in " ".join(refused.output.split())


@pytest.mark.parametrize("job", ["refused", "told"])
@pytest.mark.parametrize("host", HOSTS)
def test_neither_writes_anything(host: str, job: str) -> None:
    assert look(host, job) == look(host, "nothing")


def test_the_plan_names_each_host_and_why(told: Job) -> None:
    assert told.exit_code == 0
    assert told.remediation["check_mode"] is True
    for host in HOSTS:
        (change,) = told.hosts[host]["changes"]
        assert change == {
            "role": "fleet.memory.limits",
            "rules": [RULE],
            "setting": "LimitNOFILE of work.service",
            "scope": "service",
            "where": DROP_IN,
            "before": None,
            "after": "8192",
            "needs_restart": "work.service",
            "restarted": True,
            "made": False,
        }
    plan = told.output.partition("Plan of run ")[2].partition("\n\nPLAY ")[0]
    assert "3 changes on 3 hosts." in plan
    assert "fix11, fix12, fix13\n  LimitNOFILE of work.service (service): nothing -> 8192\n" in plan
    assert f"because of {RULE}\n    work.service is restarted by this run" in plan


def test_what_is_told_is_what_is_done(told: Job, stopped: Job) -> None:
    planned, done = (job.hosts["fix11"]["changes"] for job in (told, stopped))
    assert [{**change, "made": True} for change in planned] == done
    assert told.diffs["fix11"] == stopped.diffs["fix11"]


@pytest.mark.parametrize("host", HOSTS)
def test_the_difference_is_the_file(told: Job, host: str) -> None:
    assert f"+++ after: {DROP_IN}\n" in told.diffs[host]
    assert "\n+LimitNOFILE=8192" in told.diffs[host]
