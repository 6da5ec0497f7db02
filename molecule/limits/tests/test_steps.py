# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role says, and what it leaves alone."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Looks

testinfra_hosts = [f"podman://limits{release}" for release in (11, 12, 13)]

PAM = "/etc/security/limits.d/90-fleet-memory.conf"
OWN = {
    PAM,
    "/etc/systemd/system/holder.service.d/90-fleet-memory.conf",
    "/etc/systemd/system/opener.service.d/90-fleet-memory.conf",
    "/etc/systemd/system.conf.d/90-fleet-memory.conf",
    "/etc/systemd/user.conf.d/90-fleet-memory.conf",
}
FOLDERS = {
    "/etc/security/limits.d",
    "/etc/systemd",
    "/etc/systemd/system",
    "/etc/systemd/system/holder.service.d",
    "/etc/systemd/system/opener.service.d",
    "/etc/systemd/system.conf.d",
    "/etc/systemd/user.conf.d",
}


def test_check_mode_tells_what_is_then_done(answers: dict[str, Any]) -> None:
    told, done = answers["told"], answers["set"]
    assert told["changed"] and len(told["changes"]) > 14
    for key in ("changed", "changes", "diff", "waiting", "restarted", "not_applicable"):
        assert told[key] == done[key], key
    assert (told["record"], done["record"]) == (None, "/var/lib/fleet-memory/rollback/tuned.json")


@pytest.mark.parametrize("stage", ["told", "refused"])
def test_nothing_is_written_by_check_mode_or_when_refused(looks: Looks, stage: str) -> None:
    assert looks.changed("before", stage) == set()
    assert looks[stage]["records"] == []
    assert looks[stage]["services"] == looks["before"]["services"]
    assert looks[stage]["manager"] == looks["before"]["manager"]


def test_only_our_own_files_are_written(looks: Looks) -> None:
    changed = looks.changed("before", "set")
    assert OWN <= changed <= OWN | FOLDERS
    before, after = looks.files("before"), looks.files("set")
    assert {tuple(after[path][:3]) for path in OWN - {PAM}} == {(0o100644, 0, 0)}
    assert after[PAM][:3] == before[PAM][:3]
    assert after[PAM][0] == 0o100640


def test_the_second_time_changes_nothing(looks: Looks, answers: dict[str, Any]) -> None:
    again = answers["again"]
    assert (again["changed"], again["changes"], again["diff"], again["record"]) == (False, [], [], None)
    # Inodes and times, too.
    assert looks["again"] == looks["set"]


def test_a_restart_that_is_still_to_come_is_not_forgotten(answers: dict[str, Any]) -> None:
    assert answers["set"]["waiting"] == answers["again"]["waiting"] == ["holder.service"]
    restarted = answers["restarted"]
    assert (restarted["changed"], restarted["changes"], restarted["waiting"]) == (True, [], [])
    assert restarted["restarted"] == ["holder.service"]


@pytest.mark.parametrize(
    "why",
    [
        "nofile of domain auditor: 2000000 is above fs.nr_open",
        "nproc of domain auditor: with 0 processes nobody it is for can log in",
        "as of domain auditor: with 102400 the shell /bin/sh doesn't start",
        "(holder) uses file descriptors up to 10",
        "(holder) belongs to a user who runs tasks: 1, more than the 0",
        "(opener): without CAP_SYS_RESOURCE a hard limit that was lowered from 4096 to 2000",
    ],
)
def test_what_harms_is_refused_with_the_figures(answers: dict[str, Any], why: str) -> None:
    refused = answers["refused"]
    assert refused["failed"] and refused["changes"] == []
    assert why in refused["msg"]


@pytest.mark.parametrize("unit", ["holder", "opener"])
def test_less_memory_than_is_used_is_refused(looks: Looks, answers: dict[str, Any], unit: str) -> None:
    looks.memory_max("before", unit)
    assert f"MemoryMax of {unit}.service: its processes hold" in answers["refused"]["msg"]


def test_a_rehearsed_rollback_shows_everything_and_writes_nothing(looks: Looks, answers: dict[str, Any]) -> None:
    assert looks["rehearsed"] == looks["removed"]
    assert all(f"--- before: {path}" in answers["rehearsed"] for path in OWN)


def test_a_rollback_restores_byte_for_byte(looks: Looks) -> None:
    assert looks.files("taken_back") == looks.files("before")
    assert looks["taken_back"]["login"] == looks["before"]["login"]
    assert looks["taken_back"]["manager"] == looks["before"]["manager"]
