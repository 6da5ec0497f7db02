# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The remediation on a host of its own: refused, foretold, done, there after a boot, taken back, gone after another.

Each stage is a fixture that notes what it saw, so that a test needs the stages before its own and no other test.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.kernels.guest import Guest, Play

ROLES = """\
- hosts: all
  gather_facts: false
  roles:
    - fleet.memory.swappiness
    - fleet.memory.limits
"""

# A rival after our file, with bytes that are no UTF-8 and a mode of its own; the live value is none of the files'.
PREPARE = r"""
printf '# caf\351\r\nvm.swappiness = 90\r\nkernel.panic = 5' > /etc/sysctl.d/99-zz.conf
chmod 640 /etc/sysctl.d/99-zz.conf
sysctl -q -w vm.swappiness=60
"""

VM = {
    "max_map_count": "262144",
    "min_free_kbytes": "30000",
    "overcommit_kbytes": "2000000",
    "overcommit_memory": "2",
    "overcommit_ratio": "0",  # the kernel's own doing, for the line above
    "page-cluster": "0",
    "swappiness": "10",
    "vfs_cache_pressure": "50",
}

LIMITS = [
    {"domain": "alice", "item": "nofile", "value": 2500},
    {"domain": "alice", "item": "as", "value": 2000000},
    {"unit": "database.service", "item": "NOFILE", "soft": 7000, "hard": 7001},
    {"unit": "worker@one", "item": "MemoryMax", "value": "48M"},
    {"unit": "worker@one", "item": "OOMScoreAdjust", "value": 200, "running": True},
    {"unit": "worker@two", "item": "NPROC", "value": 150, "running": True},
    {"manager": "system", "item": "NPROC", "value": 1500},
]

WISHES = {
    "memory_run": "story",
    "memory_swappiness_value": 10,
    "memory_swappiness_settings": {
        f"vm.{name}": value for name, value in VM.items() if name not in ("overcommit_ratio", "swappiness")
    },
    "memory_swappiness_transparent_hugepage": "madvise",
    "memory_swappiness_takeover": True,
    "memory_limits": LIMITS,
    "memory_limits_restart": True,
}

RECORD = "/var/lib/fleet-memory/rollback/story.json"

RULES = ("swappiness-range", "sysctl-not-persistent", "login-limit-not-in-service")


def look(host: Guest) -> dict[str, Any]:
    witness = Path(__file__).with_name("remediation_witness.py").read_text()
    login = host.new_login("ulimit -n; ulimit -v", "alice").split()
    return {**json.loads(host.run("python3 -", standard_input=witness)), "login": login}


def roles(host: Guest, *options: str, **wishes: Any) -> Play:
    (host.folder / "roles.yml").write_text(ROLES)
    return host.playbook("roles.yml", *options, **{**WISHES, **wishes})


def audit(host: Guest) -> dict[str, Any]:
    """What the rules for which there is a role found, by their ids."""
    play = host.playbook("fleet.memory.audit", memory_policy_swappiness_max=30)
    assert play.code == 0, play.said
    report = json.loads((host.folder / "reports" / "latest" / "report.json").read_text())
    return {each["rule"]: each for each in report["hosts"][0]["findings"] if each["rule"] in RULES}


@pytest.fixture(scope="module")
def before(host: Guest) -> dict[str, Any]:
    host.run(PREPARE)
    return look(host)


@pytest.fixture(scope="module")
def detected(host: Guest, before: dict[str, Any]) -> dict[str, Any]:
    return audit(host)


@pytest.fixture(scope="module")
def refused(host: Guest, detected: dict[str, Any]) -> tuple[Play, dict[str, Any]]:
    return roles(host, memory_swappiness_takeover=False), look(host)


@pytest.fixture(scope="module")
def foretold(host: Guest, refused: tuple[Play, dict[str, Any]]) -> tuple[Play, dict[str, Any]]:
    return roles(host, "--check", "--diff"), look(host)


@pytest.fixture(scope="module")
def done(host: Guest, foretold: tuple[Play, dict[str, Any]]) -> tuple[Play, dict[str, Any]]:
    play = roles(host, "--diff")
    assert play.code == 0, play.said
    return play, look(host)


@pytest.fixture(scope="module")
def again(host: Guest, done: tuple[Play, dict[str, Any]]) -> tuple[Play, dict[str, Any]]:
    return roles(host), look(host)


@pytest.fixture(scope="module")
def booted(host: Guest, again: tuple[Play, dict[str, Any]]) -> dict[str, Any]:
    host.reboot()
    return look(host)


@pytest.fixture(scope="module")
def detected_again(host: Guest, booted: dict[str, Any]) -> dict[str, Any]:
    return audit(host)


@pytest.fixture(scope="module")
def taken_back(host: Guest, detected_again: dict[str, Any]) -> tuple[Play, dict[str, Any]]:
    play = host.playbook("fleet.memory.rollback", run="story")
    assert play.code == 0, play.said
    return play, look(host)


@pytest.fixture(scope="module")
def booted_again(host: Guest, taken_back: tuple[Play, dict[str, Any]]) -> dict[str, Any]:
    host.reboot()
    return look(host)


def set_up(seen: dict[str, Any]) -> dict[str, Any]:
    """What the wishes are about, as the witness saw it."""
    units = seen["units"]
    return {
        "vm": seen["vm"],
        "huge": seen["huge"],
        "login": seen["login"],
        "default_nproc": seen["default_nproc"],
        "database": units["database.service"]["limits"]["Max open files"],
        "database shown": [units["database.service"]["shown"][key] for key in ("LimitNOFILESoft", "LimitNOFILE")],
        "one": [units["worker@one.service"][key] for key in ("memory.max", "oom_score_adj")],
        "one shown": [units["worker@one.service"]["shown"][key] for key in ("MemoryMax", "OOMScoreAdjust")],
        "two": units["worker@two.service"]["limits"]["Max processes"],
    }


AS_WISHED = {
    "vm": VM,
    "huge": "madvise",
    "login": ["2500", "2000000"],
    "default_nproc": "1500",
    "database": ["7000", "7001"],
    "database shown": ["7000", "7001"],
    "one": [str(48 << 20), "200"],
    "one shown": [str(48 << 20), "200"],
    "two": ["150", "150"],
}


def test_it_begins_as_nobody_wants_it(before: dict[str, Any], detected: dict[str, Any]) -> None:
    now = set_up(before)
    assert not [name for name, value in now.items() if value == AS_WISHED[name]]
    assert not set(VM.items()).intersection(now["vm"].items())
    assert {rule: found["verdict"] for rule, found in detected.items()} == dict.fromkeys(RULES, "fail")
    assert {"name": "vm.swappiness", "live": 60, "next_boot": 90, "file": "/etc/sysctl.d/99-zz.conf", "line": 2} in (
        detected["sysctl-not-persistent"]["actual"]
    )


def test_lines_that_would_win_are_named_and_nothing_is_written(
    before: dict[str, Any], refused: tuple[Play, dict[str, Any]]
) -> None:
    play, seen = refused
    assert play.code == 2
    result = play.result("vm_settings")
    assert "/etc/sysctl.d/99-zz.conf:2" in result["msg"] and "/etc/sysctl.d/90-guest.conf:5" in result["msg"]
    assert seen == before


def test_check_mode_foretells_it_and_writes_nothing(
    before: dict[str, Any], foretold: tuple[Play, dict[str, Any]], done: tuple[Play, dict[str, Any]]
) -> None:
    play, seen = foretold
    assert (play.code, seen) == (0, before)
    for module in "vm_settings", "limits":
        told, real = play.result(module), done[0].result(module)
        assert (told["changes"], told["diff"]) == (real["changes"], real["diff"])
        assert told["changes"] and (told["record"], real["record"]) == (
            None,
            "/var/lib/fleet-memory/rollback/story.json",
        )


def test_it_is_in_force_at_once(before: dict[str, Any], done: tuple[Play, dict[str, Any]]) -> None:
    play, seen = done
    assert set_up(seen) == AS_WISHED
    assert play.result("limits")["restarted"] == ["database.service"]
    restarted = {name for name, unit in seen["units"].items() if unit["pid"] != before["units"][name]["pid"]}
    assert restarted == {"database.service"}


def test_only_our_own_files_and_the_lines_taken_over_differ(
    before: dict[str, Any], done: tuple[Play, dict[str, Any]]
) -> None:
    etc, was = done[1]["etc"], before["etc"]
    others = {path for path in etc if etc[path] != was.get(path) and not path.endswith("/90-fleet-memory.conf")}
    folders = {"/etc/systemd/system/worker@one.service.d"}
    assert others == folders | {"/etc/sysctl.d/99-zz.conf", "/etc/sysctl.d/90-guest.conf"}
    assert etc["/etc/sysctl.d/99-zz.conf"][0] == "0o100640"
    assert set(was) <= set(etc)


def test_a_second_run_changes_nothing(done: tuple[Play, dict[str, Any]], again: tuple[Play, dict[str, Any]]) -> None:
    play, seen = again
    assert [play.result(module)["changes"] for module in ("vm_settings", "limits")] == [[], []]
    assert not any(result.get("changed") for result in play.results)
    assert seen == done[1]


def test_it_is_there_after_a_boot(done: tuple[Play, dict[str, Any]], booted: dict[str, Any]) -> None:
    assert booted["boot_id"] != done[1]["boot_id"]
    assert set_up(booted) == AS_WISHED
    assert booted["etc"] == done[1]["etc"]
    # A unit that nobody named has the manager's default now.
    assert booted["units"]["database.service"]["limits"]["Max processes"] == ["1500", "1500"]


def test_the_audit_finds_nothing_of_it_any_more(detected_again: dict[str, Any]) -> None:
    assert {rule: detected_again[rule]["verdict"] for rule in RULES[:2]} == dict.fromkeys(RULES[:2], "pass")
    still = detected_again["login-limit-not-in-service"]["actual"] or []
    assert "database.service" not in [each["unit"] for each in still]


def test_a_run_is_taken_back_byte_for_byte(before: dict[str, Any], taken_back: tuple[Play, dict[str, Any]]) -> None:
    play, seen = taken_back
    assert play.result("rollback")["conflicts"] == []
    assert seen["etc"] == before["etc"]
    now, then = set_up(seen), set_up(before)
    for live in "huge", "login", "default_nproc", "database", "database shown", "one shown":
        assert now[live] == then[live]
    assert now["vm"] == then["vm"]
    assert now["one"][0] == then["one"][0]


def test_a_boot_finds_what_was_before_the_run(before: dict[str, Any], booted_again: dict[str, Any]) -> None:
    was = set_up(before)
    # That was set by hand; 90 is what the file said.
    assert set_up(booted_again) == {**was, "vm": {**was["vm"], "swappiness": "90"}}
    assert booted_again["etc"] == before["etc"]
