# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The remediation is killed at moments spread over its run: each file is the old or the new one, and another ends it.

Two moments of 20, and the one when a host has its new file and not yet a service that runs with it; ``--all-kills``
tries them all. In turn the controlling process is killed alone, whose workers then finish what they are at; with its
workers, so that modules on the hosts are left to themselves; and with these modules.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from .conftest import DROP_IN, HOSTS, NEW, OLD, TOLD
from .fleet import Fleet, Run

MOMENTS = 20
CHOSEN = (13, 16)
WRITTEN = "written"

VICTIMS = ("process", "workers, too", "modules, too")

Looks = dict[str, dict[str, Any]]


class Undisturbed(NamedTuple):
    """A run that nobody killed: at which second each of its plays and tasks began, when it ended, what it changed."""

    headings: list[float]
    seconds: float
    old: Looks
    new: Looks

    def moment(self, number: int) -> tuple[int, float]:
        """The last heading before that moment of the run, and the seconds since then."""
        when = self.seconds * number / (MOMENTS + 1)
        begun = [second for second in self.headings if second <= when]
        return len(begun), when - (begun[-1] if begun else 0.0)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "moment" in metafunc.fixturenames:
        every = metafunc.config.getoption("all_kills")
        metafunc.parametrize("moment", [WRITTEN, *(range(1, MOMENTS + 1) if every else CHOSEN)])


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    if not shutil.which("podman"):
        pytest.skip("there is no podman here, so there are no hosts whose remediation could be killed")
    return Fleet()


@pytest.fixture(scope="module")
def undisturbed(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    fleet.reset()
    old = fleet.looks()
    run = Run("remediate", tmp_path_factory.mktemp("undisturbed"))
    headings: list[float] = []
    while not run.ended:
        headings.extend([run.seconds] * (run.headings - len(headings)))
        time.sleep(0.01)
    seconds = run.seconds
    assert run.wait() == 0, run.output
    return Undisturbed(headings, seconds, old, fleet.looks())


def test_a_killed_run_leaves_old_or_new_and_another_one_ends_it(
    moment: Any, fleet: Fleet, undisturbed: Undisturbed, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    old, new = undisturbed.old, undisturbed.new
    fleet.reset()
    victims = VICTIMS[2 if moment == WRITTEN else moment % 3]
    run = Run("remediate", tmp_path / "killed")
    wait_for(moment, undisturbed, run, fleet)
    at = f"{run.seconds:5.1f} s, heading {run.headings:2} of {len(undisturbed.headings)}"
    run.kill()
    if victims == VICTIMS[2]:
        fleet.kill_modules()
    if victims != VICTIMS[0]:
        run.kill_others()
    fleet.wait_until_idle(run)

    left = fleet.looks()
    told = [standing(left[host]) for host in HOSTS]
    lines = pytestconfig.stash.setdefault(TOLD, [])
    lines.append(f"killed {moment!s:>7} {at}, {victims:12}  {' | '.join(told)}")
    for host in HOSTS:
        assert_old_or_new(left[host], old[host], new[host])

    again = Run("remediate", tmp_path / "again")
    assert again.wait() == 0, again.output
    ended = fleet.looks()
    for host in HOSTS:
        assert ended[host]["etc"] == new[host]["etc"]
        assert ended[host]["service"] == new[host]["service"]

    if moment == WRITTEN or moment % 4 == 0:
        take_back(ended, tmp_path)
        restored = fleet.looks()
        for host in HOSTS:
            assert (restored[host]["etc"], restored[host]["service"]) == (old[host]["etc"], old[host]["service"])


def wait_for(moment: Any, undisturbed: Undisturbed, run: Run, fleet: Fleet) -> None:
    """Until the run is as far as the undisturbed one was at that moment; this one may be slower or faster."""
    if moment == WRITTEN:
        while not fleet.has_drop_in():
            assert not run.ended, run.output
            time.sleep(0.005)
        return
    heading, rest = undisturbed.moment(moment)
    while run.headings < heading:
        assert not run.ended, run.output
        time.sleep(0.005)
    pace = run.seconds / undisturbed.headings[heading - 1] if heading else 1.0
    time.sleep(rest * pace)


def standing(look: dict[str, Any]) -> str:
    """The file, how many files the service may open, the records' states, and what lies about."""
    file = "new file" if DROP_IN in look["etc"] else "old file"
    states = ",".join(sorted(record["state"] for record in look["records"].values())) or "no record"
    lying = f" +{len(look['temporary'])} temporary" if look["temporary"] else ""
    return f"{file}, {(look['service']['open_files'] or ['down'])[0]}, {states}{lying}"


def assert_old_or_new(look: dict[str, Any], old: dict[str, Any], new: dict[str, Any]) -> None:
    etc = {path: state for path, state in look["etc"].items() if path not in look["temporary"]}
    assert etc in (old["etc"], new["etc"])
    assert look["service"]["state"] == "active"
    assert look["service"]["open_files"] in (OLD, NEW)


def take_back(looks: Looks, folder: Path) -> None:
    """Every run that left a record, the last first."""
    for run_id in sorted({run_id for look in looks.values() for run_id in look["records"]}, reverse=True):
        undone = Run("rollback", folder / run_id, run=run_id)
        assert undone.wait() == 0, undone.output
