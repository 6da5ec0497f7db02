# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host with a process that the kernel had to kill, seen from inside and from the machine that has the log."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import kept, snapshot, vmstat

MIB = 2**20


@pytest.fixture(scope="module")
def inside() -> dict[str, Any]:
    return kept("killed-answers")["oom"]


@pytest.fixture(scope="module")
def machine() -> dict[str, Any]:
    """What the machine says, where it may read its log."""
    answer = kept("machine-answers")["oom"]
    if not any(source["read"] for source in answer["sources"]):
        pytest.skip(f"the kernel's log can't be read here: {answer['sources']}")
    return answer


@pytest.fixture(scope="module")
def kill(machine: dict[str, Any]) -> dict[str, Any]:
    (kill,) = [kill for kill in machine["kills"] if kill["pid"] == kept("killed")["pid"]]
    return kill


def test_the_victim_is_named(kill: dict[str, Any]) -> None:
    assert (kill["victim"], kill["uid"], kill["constraint"]) == ("killed", 0, "cgroup")
    # Whoever asked for the last page: the process itself, or what was just started beside it.
    assert kill["triggered_by"]["command"]


def test_it_is_known_whose_limit_it_was(kill: dict[str, Any]) -> None:
    container = kept("killed")["container"]
    assert container in kill["limit_cgroup"]
    assert kill["cgroup"].startswith(kill["limit_cgroup"])


def test_it_held_what_the_limit_allowed(kill: dict[str, Any]) -> None:
    assert 64 * MIB < kill["anon_rss_bytes"] < 128 * MIB
    assert kill["total_vm_bytes"] > 256 * MIB


def test_the_kernel_counted_it() -> None:
    before, after = vmstat(kept("killed")["vmstat_before"]), vmstat(kept("machine-answers")["vmstat"])
    assert before["oom_kill"] < after["oom_kill"]


def test_inside_there_is_no_log_and_the_reason_is_given(inside: dict[str, Any]) -> None:
    assert inside["kills"] == []
    sources = {source["source"]: source for source in inside["sources"]}
    assert (sources["kmsg"]["read"], sources["kmsg"]["reason"]) == (False, "unsupported")
    assert all(source["reason"] for source in inside["sources"] if not source["read"])


def test_inside_it_is_still_counted(inside: dict[str, Any]) -> None:
    assert inside["counts"]["vmstat_oom_kill"] > vmstat(kept("killed")["vmstat_before"])["oom_kill"]
    assert inside["counts"]["missing_from_log"] in (None, inside["counts"]["vmstat_oom_kill"])
    # Of the cgroup itself with v1, with v2 of each one above it.
    assert {events["oom_kill"] for events in inside["cgroup_events"]} == {1}


def test_the_audit_found_it(detected: dict[str, Any], kill: dict[str, Any]) -> None:
    assert detected["killed"]["oom-kills"]["verdict"] == "fail"
    # The kernel counted the same kill for the whole machine, but it wasn't in this container.
    assert detected["full"]["oom-kills"]["verdict"] == "pass"
    finding = detected["machine"]["oom-kills"]
    assert finding["verdict"] == "fail"
    # It names the newest. On a busy machine there may be newer ones than ours.
    kills = snapshot("detected", "machine")["oom"]["kills"]
    assert kill in kills
    assert [named["pid"] for named in finding["actual"]["last"]] == [newest["pid"] for newest in kills[:-3:-1]]


def test_a_kill_stays_a_finding(relieved: dict[str, Any]) -> None:
    assert relieved["killed"]["oom-kills"]["verdict"] == "fail"
