# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The exercises without and with the solutions of the document."""

from __future__ import annotations

import pytest

from .conftest import HOSTS, USERS, kept

NUMBERS = list(range(1, 11))


@pytest.fixture(params=[(host, user) for host in HOSTS for user in USERS], ids="-".join)
def checks(request: pytest.FixtureRequest) -> dict:
    """What the checker said before and after the solutions were typed."""
    return kept("{}-exercises-{}".format(*request.param))


def test_without_its_solution_an_exercise_is_not_solved(checks: dict) -> None:
    assert [check["number"] for check in checks["before"]] == NUMBERS
    assert [check["title"] for check in checks["before"] if check["solved"]] == []
    for check in checks["before"]:
        assert f"memory-lab/{check['number']}" in check["found"] or f"memory-lab-{check['number']}" in check["found"]


def test_with_its_solution_an_exercise_is_solved(checks: dict) -> None:
    assert [check["number"] for check in checks["after"]] == NUMBERS
    assert [check for check in checks["after"] if not check["solved"]] == []


def test_the_playbook_fails_where_an_exercise_is_not_solved() -> None:
    said = kept("unsolved")
    assert said["rc"] != 0
    # Molecule lets Ansible tell of failures on the other stream.
    failed = [line for line in (said["stdout"] + said["stderr"]).splitlines() if line.startswith("fatal: ")]
    assert sorted(line.split()[1] for line in failed) == [f"[{host}]:" for host in HOSTS]
    for line in failed:
        assert "exercise 3, A process of a known size, is not solved yet: no process of user 0 has memory-lab-3" in line


def test_the_playbook_says_what_it_found_where_it_is_solved() -> None:
    said = kept("solved")
    assert said["rc"] == 0, said["stdout"]
    for host in HOSTS:
        assert f"{host}: exercise 3, A process of a known size, is solved: process " in said["stdout"]
    assert "Step 1." not in said["stdout"]
