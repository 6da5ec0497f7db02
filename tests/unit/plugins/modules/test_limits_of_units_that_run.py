# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module limits where units run already: their cgroups, their restarts, what they use."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

import pytest

pytest.importorskip("ansible.module_utils.testing")

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.fleet.memory.plugins.module_utils._change import live
from ansible_collections.fleet.memory.plugins.modules import limits

from tests.support.hand_made import hand_made
from tests.support.limits_host import LIMITS, RUNNING, STAT, STATUS, UNIT, Make, maker, pam, unit


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Make:
    return maker(tmp_path, monkeypatch, capsys)


GROUP = "/sys/fs/cgroup/system.slice/search.service/"
IN_CGROUP = {
    **RUNNING,
    "/proc/self/mountinfo": "25 1 0:9 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
    GROUP + "cgroup.procs": "7\n",
    GROUP + "memory.current": "4096\n",
    GROUP + "memory.max": "max\n",
    "/proc/meminfo": "MemTotal:       16384000 kB\n",
}


def test_a_unit_that_runs_has_its_memory_limit_at_once_and_no_more_when_it_goes(machine: Make) -> None:
    """Also with a systemd that is slow to give its cgroups what it has read: this one does nothing at all."""
    host = machine(IN_CGROUP)
    result = host.set(unit("MemoryMax", "8G"))
    running = [each for each in result["changes"] if each["scope"] == "running"]
    assert [(each["where"], each["from"], each["to"]) for each in running] == [
        (GROUP + "memory.max", "max", "8589934592")
    ]
    assert host.read(GROUP + "memory.max") == "8589934592"
    assert result["waiting"] == [] and host.set(unit("MemoryMax", "8G"))["changed"] is False
    host.set(unit("MemoryMax", state="absent"))
    assert host.read(GROUP + "memory.max") == "max"


def test_a_cgroup_that_has_lost_its_limit_gets_it_again(machine: Make) -> None:
    host = machine({**IN_CGROUP, UNIT: "[Service]\nMemoryMax=8589934592\n"})
    result = host.set(unit("MemoryMax", "8G"))
    assert [each["scope"] for each in result["changes"]] == ["running"]
    assert host.read(GROUP + "memory.max") == "8589934592"


def test_a_cgroup_that_does_not_take_the_limit_takes_everything_back(
    machine: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = machine(IN_CGROUP)
    monkeypatch.setattr(live, "set_value", lambda *_what: None)
    before = host.files()
    result = host.set(unit("MemoryMax", "8G"))
    assert result["failed"] and "memory.max is max and not 8589934592" in result["msg"]
    assert host.files() == before


@pytest.mark.parametrize("share", ["0%", "1%"])
def test_a_percentage_is_guarded_like_a_number(machine: Make, share: str) -> None:
    host = machine({**IN_CGROUP, GROUP + "memory.current": "200000000\n"})
    assert "its processes hold 200000000" in host.set(unit("MemoryMax", share))["msg"]
    assert host.set(unit("MemoryMax", "2%"))["changed"]
    assert host.read(GROUP + "memory.max") == "335544320"


def test_a_limit_that_this_cgroup_version_lacks_is_told(machine: Make, warned: List[str]) -> None:
    group = "/sys/fs/cgroup/memory/system.slice/search.service/"
    host = machine(
        {
            **RUNNING,
            "/proc/self/mountinfo": "25 1 0:9 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n",
            "/proc/7/cgroup": "4:memory:/system.slice/search.service\n1:name=systemd:/system.slice/search.service\n",
            "/proc/1/cgroup": "4:memory:/init.scope\n1:name=systemd:/init.scope\n",
            group + "cgroup.procs": "7\n",
            group + "memory.usage_in_bytes": "4096\n",
            group + "memory.limit_in_bytes": "9223372036854771712\n",
        }
    )
    host.set(unit("MemoryHigh", "1G"), unit("MemoryMax", "2G"))
    assert any("cgroup v1 has no such limit" in each for each in warned)
    assert host.read(group + "memory.limit_in_bytes") == "2147483648"


def test_where_systemd_has_no_memory_cgroups_it_is_told(machine: Make, warned: List[str]) -> None:
    assert machine(RUNNING).set(unit("MemoryMax", "8G"))["changed"]
    assert any("systemd has no memory cgroups here" in each for each in warned)


# --- restarts that are still to come ---

BOOTED = {"/proc/stat": "cpu 1\nctxt 1\nbtime 1000000000\nprocesses 1\n"}
HAS = LIMITS.replace("1024                 524288 ", "65536                65536  ")


def test_a_restart_that_is_still_to_come_is_not_forgotten(machine: Make) -> None:
    host = machine({**RUNNING, **BOOTED})
    assert host.set(unit("NOFILE", 65536))["waiting"] == ["search.service"]
    again = host.set(unit("NOFILE", 65536))
    assert (again["changed"], again["changes"], again["waiting"]) == (False, [], ["search.service"])
    told = host.set(unit("NOFILE", 65536), restart=True, check=True)
    assert (told["changed"], told["restarted"], told["waiting"]) == (True, ["search.service"], [])
    done = host.set(unit("NOFILE", 65536), restart=True)
    assert done["changed"] and "systemctl restart search.service" in host.commands


def test_a_unit_that_has_the_limit_already_needs_no_restart(machine: Make) -> None:
    host = machine({**RUNNING, **BOOTED, "/proc/7/limits": HAS})
    assert host.set(unit("NOFILE", 65536))["waiting"] == []


def test_a_unit_that_was_restarted_since_and_sets_its_own_limits_is_not_waiting(machine: Make) -> None:
    host = machine({**RUNNING, **BOOTED})
    host.set(unit("NOFILE", 65536))
    hand_made(host.root, {"/proc/7/stat": STAT.replace(" 99 ", " 999999999999 ")})
    assert host.set(unit("NOFILE", 65536))["waiting"] == []


def test_the_process_that_has_run_longest_counts(machine: Make) -> None:
    """What a service has started has limits of its own, and whatever pid."""
    child = {path.replace("/7/", "/6/"): text for path, text in RUNNING.items()}
    child["/proc/6/stat"] = STAT.replace("7 (java)", "6 (child)").replace(" 99 ", " 100 ")
    assert machine({**RUNNING, **BOOTED, **child, "/proc/7/limits": HAS}).set(unit("NOFILE", 65536))["waiting"] == []


def test_what_is_removed_waits_for_a_restart_where_others_say_something_else(machine: Make) -> None:
    host = machine({**RUNNING, **BOOTED, "/proc/7/limits": HAS, UNIT: "[Service]\nLimitNOFILE=65536\n"})
    hand_made(host.root, {"/usr/lib/systemd/system/search.service": "[Service]\nLimitNOFILE=1024\n"})
    absent = unit("NOFILE", state="absent")
    assert host.set(absent)["waiting"] == ["search.service"]
    assert host.set(absent)["waiting"] == ["search.service"]


@pytest.mark.parametrize(
    ("soft", "has", "said"),
    [
        (65536, "1024                 524288 ", "after the restart process 7 has 1024:524288 and not 65536:65536"),
        (65536, "65536                524288 ", "has 65536:524288"),
        (4096, "1024                 65536  ", "has 1024:65536 and not 4096:65536"),
        (65536, "65536                65536  ", None),
        # Many a server raises its own soft limit.
        (4096, "65536                65536  ", None),
    ],
)
def test_after_a_restart_the_main_process_is_looked_at(
    machine: Make, monkeypatch: pytest.MonkeyPatch, soft: int, has: str, said: Optional[str]
) -> None:
    host = machine({**RUNNING, **BOOTED})
    host.shown = "MainPID=7\n"

    def command(_module: AnsibleModule, words: List[str], **_options: Any) -> Tuple[int, str, str]:
        if "restart" in words:
            hand_made(host.root, {"/proc/7/limits": LIMITS.replace("1024                 524288 ", has)})
        return host.command(words)

    monkeypatch.setattr(AnsibleModule, "run_command", command)
    result = host.set(unit("NOFILE", soft=soft, hard=65536), restart=True)
    if said:
        assert result["failed"] and said in result["msg"]
        assert not os.path.exists(str(host.root) + UNIT)
        assert host.commands.count("systemctl restart search.service") == 2
    else:
        assert result["restarted"] == ["search.service"]


def test_after_a_restart_the_oom_score_is_looked_at(machine: Make) -> None:
    host = machine({**RUNNING, **BOOTED})
    host.shown = "MainPID=7\n"
    result = host.set(unit("OOMScoreAdjust", 300), restart=True)
    assert result["failed"] and "after the restart process 7 has 0 and not 300" in result["msg"]


def test_managers_of_users_that_run_already_are_named(machine: Make, warned: List[str]) -> None:
    manager = {
        "/proc/9/stat": "9 (systemd) S 1 9 9 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 50 1000 10",
        "/proc/9/status": STATUS,
        "/proc/9/limits": LIMITS,
        "/proc/9/cgroup": "0::/user.slice/user-1000.slice/user@1000.service/init.scope\n",
    }
    host = machine({**BOOTED, **manager})
    wish = {"manager": "user", "item": "NOFILE", "value": 4096}
    for _time in range(2):
        warned.clear()
        host.set(wish)
        assert [each for each in warned if "user@1000.service" in each]
    hand_made(host.root, {"/proc/9/stat": manager["/proc/9/stat"].replace(" 50 ", " 999999999999 ")})
    warned.clear()
    host.set(wish)
    assert not warned


def test_fewer_tasks_than_the_user_of_a_unit_runs(machine: Make) -> None:
    limits = LIMITS + "Max processes             4096                 4096                 processes \n"
    host = machine({**RUNNING, "/proc/7/limits": limits})
    assert "belongs to a user who runs tasks: 3" in host.set(unit("NPROC", 2))["msg"]
    assert host.set(unit("NPROC", 3))["changed"]
    # The kernel lets root start what it likes.
    hand_made(host.root, {"/proc/7/status": STATUS.replace("Uid:\t1000", "Uid:\t0")})
    assert host.set(unit("NPROC", 2))["changed"]


@pytest.mark.parametrize(
    "entry", [pam("alice", "-", "nofile", 600000), unit("NOFILE", 600000), unit("NOFILE", soft=1, hard=524289)]
)
def test_more_than_the_first_process_may_give_is_refused(machine: Make, entry: Dict[str, Any]) -> None:
    """Without CAP_SYS_RESOURCE a login or a service gets less, and nobody says so."""
    host = machine({"/proc/self/status": "Name:\tx\nUid:\t0\t0\t0\t0\nCapEff:\t00000000a80c25fb\n"})
    before = host.files()
    refused = host.set(entry)
    assert refused["failed"] and "524288, the hard limit of process 1" in refused["msg"]
    assert host.files() == before
    assert host.set(dict(entry, force=True))["changed"]


def test_the_processes_are_grouped_once_for_all_entries(machine: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    read: List[str] = []
    files = limits.plan_all.__globals__["Files"]
    whole = files.read

    def noted(self: Any, path: str) -> bytes:
        read.append(path)
        return bytes(whole(self, path))

    monkeypatch.setattr(files, "read", noted)
    host = machine(RUNNING)
    entries = [unit(item, 4294967296, running=True) for item in ("AS", "DATA", "CORE", "FSIZE", "STACK")]
    host.set(*entries, check=True)
    assert read.count("/proc/7/cgroup") == 1
