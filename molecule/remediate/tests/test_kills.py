# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The remediation is killed at moments spread over its run: each file is the old or the new one, and another ends it.

Four moments of 20, and the one when a host has its new file and not yet a service that runs with it; ``--all-kills``
tries them all. In turn the controlling process is killed alone, whose workers then finish what they are at; with its
workers, so that modules on the hosts are left to themselves; and with these modules.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .conftest import DROP_IN, HOSTS, NEW, OLD, TOLD
from .fleet import Fleet, Run

MOMENTS = 20
CHOSEN = (8, 12, 13, 15)
WRITTEN = "written"

VICTIMS = ("process", "workers, too", "modules, too")

Looks = dict[str, dict[str, Any]]


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
def undisturbed(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> tuple[float, Looks, Looks]:
    """How long it takes, and the hosts before and after."""
    fleet.reset()
    before = fleet.looks()
    run = Run("remediate", tmp_path_factory.mktemp("undisturbed"))
    assert run.wait() == 0, run.output
    return run.seconds, before, fleet.looks()


@pytest.fixture
def old_hosts(fleet: Fleet, undisturbed: Any) -> Iterator[None]:
    fleet.reset()
    yield
    fleet.reset()


@pytest.mark.usefixtures("old_hosts")
def test_a_killed_run_leaves_old_or_new_and_another_one_ends_it(
    moment: Any, fleet: Fleet, undisturbed: tuple[float, Looks, Looks], tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    seconds, old, new = undisturbed
    victims = VICTIMS[2 if moment == WRITTEN else moment % 3]
    run = Run("remediate", tmp_path / "killed")
    killed_after = wait_for(moment, seconds, run, fleet)
    run.kill(whole=victims != VICTIMS[0])
    if victims == VICTIMS[2]:
        fleet.kill_modules()
    fleet.wait_until_idle(run)

    left = fleet.looks()
    told = [standing(left[host]) for host in HOSTS]
    lines = pytestconfig.stash.setdefault(TOLD, [])
    lines.append(f"killed {moment!s:>7} {killed_after:6.1f} s of {seconds:.1f} s, {victims:12}  {'  '.join(told)}")
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


def wait_for(moment: Any, seconds: float, run: Run, fleet: Fleet) -> float:
    """The seconds that it took."""
    if moment == WRITTEN:
        while not fleet.has_drop_in():
            assert not run.ended, run.output
            time.sleep(0.005)
    else:
        time.sleep(max(0.0, seconds * moment / (MOMENTS + 1) - run.seconds))
    return run.seconds


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
