# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A course that is killed in the middle, with SIGKILL: its processes go with it, and a cleanup removes the rest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .conftest import HOSTS, MIB, on
from .machine import CGROUPS, SCENARIO, Host, all_hosts, course, kill, module, until

NOTHING: dict[str, Any] = {"processes": {}, "files": [], "cgroups": []}

FOLDER = "/tmp/fleet-memory-lab-0"


def look(host: str) -> dict[str, Any]:
    """What there is of the lab on ``host``, seen by ../files/look.py."""
    return json.loads(on(host, "python3", "-c", (SCENARIO / "files" / "look.py").read_text()))


@pytest.fixture
def hosts() -> list[Host]:
    """The hosts, with nothing of the lab on them."""
    assert [look(name) for name in HOSTS] == [NOTHING] * len(HOSTS)
    return all_hosts()


def assert_cleaned(hosts: str) -> None:
    """The lab's cleanup goes through, then its check; both say so."""
    for phase in "cleanup", "check":
        exit_code, output = module(hosts, phase=phase).result()
        assert exit_code == 0, output
        assert output.count('"left": []') == (len(HOSTS) if hosts == "all" else 1)


def test_a_killed_course_and_its_modules_leave_no_process(hosts: list[Host]) -> None:
    run = course(memory_lab_interval=20)
    until(lambda: all(host.holds(16 * MIB) for host in hosts), run)
    modules = [pid for host in hosts for pid in host.modules()]
    run.kill()
    assert kill(modules)
    until(lambda: not any(host.children() for host in hosts), seconds=5)

    assert [look(name)["files"] for name in HOSTS] == [[FOLDER]] * len(HOSTS)
    assert_cleaned("all")
    assert [look(name) for name in HOSTS] == [NOTHING] * len(HOSTS)


def test_modules_whose_course_is_killed_end_as_they_should(hosts: list[Host]) -> None:
    run = course(memory_lab_interval=2)
    until(lambda: all(host.holds(16 * MIB) for host in hosts), run)
    run.kill()
    assert all(host.children() for host in hosts)
    until(lambda: [look(name) for name in HOSTS] == [NOTHING] * len(HOSTS), seconds=30)


@pytest.mark.skipif(not (CGROUPS / "tasks").exists(), reason="no memory cgroup can be made in these containers")
def test_a_cgroup_of_a_killed_module_is_found_and_removed(hosts: list[Host]) -> None:
    host = hosts[-1]
    run = module(host.name, lesson="oom_kill")
    until(cgroups, run)
    (cgroup,) = cgroups()
    pid = int(cgroup.name.split("-")[3])
    assert kill(host.known_here(pid))
    run.kill()
    until(lambda: not host.children(), seconds=5)
    assert cgroup.exists()

    exit_code, output = module(host.name, phase="check").result()
    assert exit_code != 0
    assert f"the lab has left something behind: cgroup {cgroup}" in output
    assert_cleaned(host.name)
    assert look(host.name) == NOTHING


def cgroups() -> list[Path]:
    """Of labs; their names have the pid of the module that made them."""
    return list(CGROUPS.glob("fleet-memory-lab-*"))


@pytest.mark.parametrize("name", HOSTS)
def test_all_others_are_still_there(name: str) -> None:
    """Last of all: shells, sleeps and Pythons that were there before the first course."""
    before, now = (
        on(name, "cat", "/root/bystanders"),
        on(name, "systemctl", "show", "--property", "Id,MainPID", "bystander-*"),
    )
    assert len(pids(before)) == 6
    assert pids(now) == pids(before)


def pids(shown: str) -> dict[str, str]:
    """The processes of the units that ``systemctl show`` tells of, in whatever order."""
    found = (dict(line.split("=", 1) for line in unit.splitlines()) for unit in shown.split("\n\n"))
    return {unit["Id"]: unit["MainPID"] for unit in found if unit["MainPID"] != "0"}
