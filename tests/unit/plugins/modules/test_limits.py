# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module limits on hosts made by hand. Some tests are named after what community.general.pam_limits does wrong."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Dict, List, Optional

import pytest

pytest.importorskip("ansible.module_utils.testing")

from ansible_collections.fleet.memory.plugins.module_utils._change import record, undo, whole_file
from ansible_collections.fleet.memory.plugins.module_utils._tune.limits_wish import contradiction, wish

from tests.support.limits_host import CONF, HOST, PAM, RUNNING, UNIT, Make, maker, pam, unit
from tests.support.return_doc import assert_documented


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Make:
    return maker(tmp_path, monkeypatch, capsys)


# --- what community.general.pam_limits does wrong ---


def test_the_comment_of_another_line_is_copied_onto_a_new_line(machine: Make) -> None:
    text = "alice soft nofile 2048 # for the search engine\n"
    host = machine({CONF: text})
    host.set(pam("alice", "hard", "nofile", 4096))
    assert host.read(CONF) == text
    assert host.body(PAM) == ["alice hard nofile 4096"]


def test_the_file_is_replaced_when_nothing_changed(machine: Make) -> None:
    host = machine()
    assert host.set(pam("alice", "-", "nofile", 4096))["changed"]
    before = os.stat(str(host.root) + PAM)
    again = host.set(pam("alice", "-", "nofile", "4096"))
    after = os.stat(str(host.root) + PAM)
    assert (again["changed"], again["changes"], again["diff"], again["record"]) == (False, [], [], None)
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


@pytest.mark.parametrize("word", ["unlimited", "-1", "infinity", -1])
def test_unlimited_and_minus_one_are_taken_for_different(machine: Make, word: Any) -> None:
    host = machine({PAM: "alice - memlock unlimited\n"})
    before = host.files()
    assert host.set(pam("alice", "-", "memlock", word))["changed"] is False
    assert host.files() == before


def test_a_legal_line_with_chroot_makes_it_fail(machine: Make) -> None:
    host = machine({CONF: "ftp - chroot /ftp\n@users -\n"})
    assert host.set(pam("alice", "-", "nofile", 4096))["changed"]
    assert host.read(CONF) == "ftp - chroot /ftp\n@users -\n"


@pytest.mark.parametrize("domain", ["root", "*", "alice"])
def test_nproc_0_is_accepted_and_locks_people_out(machine: Make, domain: str) -> None:
    host = machine()
    before = host.files()
    refused = host.set(pam(domain, "-", "nproc", 0))
    assert refused["failed"] and "can log in" in refused["msg"]
    assert host.files() == before


def test_files_above_fs_nr_open_are_accepted_and_lock_people_out(machine: Make) -> None:
    host = machine()
    refused = host.set(pam("alice", "-", "nofile", 1048577), force=True)
    assert refused["failed"] and "fs.nr_open, 1048576" in refused["msg"]
    assert refused["refused"][0]["nr_open"] == 1048576
    assert host.set(pam("alice", "-", "nofile", 1048576))["changed"]


def test_a_line_cannot_be_removed(machine: Make) -> None:
    host = machine()
    host.set(pam("alice", "-", "nofile", 4096), pam("alice", "-", "memlock", 64))
    removed = host.set({"domain": "alice", "item": "nofile", "state": "absent"})
    assert [each["to"] for each in removed["changes"]] == [None, None]
    assert host.body(PAM) == ["alice - memlock 64"]
    host.set({"domain": "alice", "item": "memlock", "state": "absent"})
    assert not os.path.exists(str(host.root) + PAM)


# --- logins ---


def test_a_soft_half_leaves_the_hard_half(machine: Make) -> None:
    host = machine({PAM: "alice - nofile 4096\nbob soft core 0\n"})
    host.set(pam("alice", "soft", "nofile", 2048))
    assert host.body(PAM) == ["alice hard nofile 4096", "alice soft nofile 2048", "bob soft core 0"]


def test_check_mode_predicts_it_and_writes_nothing(machine: Make) -> None:
    host = machine()
    entries = [pam("alice", "-", "nofile", 4096), unit("NOFILE", 4096), unit("MemoryMax", "8G")]
    before = host.files()
    told = host.set(*entries, check=True)
    assert host.files() == before and not host.commands and not (host.root / "var").exists()
    done = host.set(*entries)
    assert all(told[key] == done[key] for key in ("changed", "changes", "diff", "restarted", "waiting"))
    assert_documented(done, "limits")
    assert len(done["diff"]) == 2


def test_a_later_file_that_wins_is_named(machine: Make) -> None:
    host = machine({"/etc/security/limits.d/95-x.conf": "# x\nalice - nofile 512\n"})
    before = host.files()
    refused = host.set(pam("alice", "-", "nofile", 4096))
    assert refused["failed"] and "/etc/security/limits.d/95-x.conf:2" in refused["msg"]
    assert host.files() == before
    assert host.set(pam("alice", "-", "nofile", 4096, force=True))["changed"]


def test_a_users_line_beats_that_of_everybody_and_is_told(machine: Make, warned: List[str]) -> None:
    host = machine({CONF: "alice hard nofile 512\n"})
    host.set(pam("*", "-", "nofile", 4096))
    assert any("for alice it is %s:1" % CONF in each for each in warned)


def test_a_soft_limit_above_anothers_hard_limit_would_be_lowered(machine: Make) -> None:
    host = machine({CONF: "alice hard nofile 512\n"})
    assert "would be lowered" in host.set(pam("alice", "soft", "nofile", 4096))["msg"]
    assert host.set(pam("alice", "-", "nofile", 4096))["changed"]


def test_a_line_that_switches_limits_off_is_named(machine: Make) -> None:
    host = machine({CONF: "alice -\n"})
    assert "switches all limits off" in host.set(pam("alice", "-", "nofile", 4096))["msg"]


@pytest.mark.parametrize(("item", "value"), [("as", 100), ("data", 0), ("stack", 1), ("nofile", 1)])
@pytest.mark.parametrize("kind", ["soft", "-"])
def test_a_limit_under_which_no_shell_starts_is_refused(machine: Make, item: str, value: int, kind: str) -> None:
    host = machine()
    before = host.files()
    refused = host.set(pam("root", kind, item, value))
    assert refused["failed"] and "/bin/sh doesn't start" in refused["msg"]
    assert host.files() == before


def test_a_limit_that_a_shell_can_live_with_is_taken(machine: Make) -> None:
    assert machine().set(pam("*", "-", "as", 4194304))["changed"]


def test_fewer_tasks_than_the_user_runs(machine: Make) -> None:
    host = machine(RUNNING)
    assert "alice runs 3 tasks now" in host.set(pam("alice", "-", "nproc", 2))["msg"]
    assert host.set(pam("alice", "-", "nproc", 3))["changed"]


def test_one_refused_entry_keeps_all_others_out(machine: Make) -> None:
    host = machine()
    before = host.files()
    assert host.set(pam("alice", "-", "memlock", 64), unit("NOFILE", 64), pam("root", "-", "nproc", 0))["failed"]
    assert host.files() == before and not host.commands


def test_no_pam_limits_on_the_host(machine: Make) -> None:
    host = machine(but=("/etc/security/limits.conf", "/etc/security/limits.d/README"))
    assert "no pam_limits" in host.set(pam("alice", "-", "nofile", 4096))["not_applicable"]


# --- units and managers ---


def test_a_drop_in_of_our_own_and_the_units_that_need_a_restart(machine: Make) -> None:
    host = machine(RUNNING)
    result = host.set(unit("NOFILE", 65536), unit("AS", "4G"))
    assert host.body(UNIT) == ["[Service]", "LimitAS=4294967296", "LimitNOFILE=65536"]
    assert {each["needs_restart"] for each in result["changes"]} == {"search.service"}
    assert result["restarted"] == [] and host.commands[0] == "systemctl daemon-reload"
    assert not any("restart" in each for each in host.commands)
    assert host.set(unit("NOFILE", 65536), unit("AS", "4096M"))["changed"] is False


def test_restarted_only_when_told_to(machine: Make) -> None:
    host = machine(RUNNING)
    result = host.set(unit("NOFILE", 65536), restart=True)
    assert result["restarted"] == ["search.service"]
    assert host.commands[:3] == [
        "systemctl daemon-reload",
        "systemctl restart search.service",
        "systemctl is-active search.service",
    ]


@pytest.mark.parametrize("failing", ["daemon-reload", "is-active", "restart"])
def test_a_failure_takes_everything_back(machine: Make, failing: str) -> None:
    host = machine(RUNNING)
    before = host.files()
    host.failing = failing
    result = host.set(unit("NOFILE", 65536), pam("alice", "-", "memlock", 64), restart=True)
    assert result["failed"] and "it failed" in result["msg"]
    assert host.files() == before


def test_systemd_that_says_otherwise_takes_everything_back(machine: Make) -> None:
    host = machine()
    before = host.files()
    host.shown = "LimitNOFILE=524288\nLimitNOFILESoft=1024\n"
    result = host.set(unit("NOFILE", 65536))
    assert result["failed"] and "systemd says LimitNOFILE=524288" in result["msg"]
    assert host.files() == before
    host.shown = "LimitNOFILE=65536\nLimitNOFILESoft=65536\n"
    assert host.set(unit("NOFILE", 65536), run="another")["changed"]


def test_a_soft_limit_alone_keeps_the_hard_one_that_is_in_force(machine: Make) -> None:
    host = machine()
    host.set(unit("NOFILE", 4096, type="soft"))
    assert host.body(UNIT) == ["[Service]", "LimitNOFILE=4096:524288"]
    host.set(unit("NOFILE", 600000, type="soft"))
    assert host.body(UNIT) == ["[Service]", "LimitNOFILE=600000"]


def test_a_drop_in_that_wins_is_named(machine: Make) -> None:
    host = machine({"/etc/systemd/system/search.service.d/99-x.conf": "[Service]\nLimitNOFILE=512\n"})
    before = host.files()
    refused = host.set(unit("NOFILE", 65536))
    assert refused["failed"] and "99-x.conf:2" in refused["msg"]
    assert host.files() == before


def test_an_alias_is_the_unit_that_it_names(machine: Make) -> None:
    host = machine()
    os.symlink("search.service", host.root / "usr/lib/systemd/system/find.service")
    host.set({"unit": "find", "item": "NOFILE", "value": 65536})
    assert host.body(UNIT) == ["[Service]", "LimitNOFILE=65536"]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (unit("AS", "1G"), "process 7 (java) has an address space of 2147483648 bytes (2048.0 MiB)"),
        (unit("AS", "1G", type="soft"), "process 7 (java) has an address space of"),
        (unit("AS", "2560M"), "had an address space of 3221225472"),
        (unit("NOFILE", 64), "uses file descriptors up to 100"),
        (unit("NOFILE", 1048577), "fs.nr_open, 1048576"),
        (unit("MemoryMax", "64M"), "its processes hold 104857600 bytes (100.0 MiB), more than the 67108864"),
        (unit("MemoryMax", "150M"), "have held 209715200"),
        (unit("MemorySwapMax", 0), "have swapped out 4096"),
        ({"unit": "none.service", "item": "NOFILE", "value": 64}, "no such unit"),
        ({"manager": "system", "item": "AS", "value": 4096}, "/bin/sh doesn't start"),
    ],
)
def test_guards_refuse_with_figures_before_anything_is_written(machine: Make, entry: Dict[str, Any], said: str) -> None:
    group = "/sys/fs/cgroup/system.slice/search.service/"
    host = machine(
        {
            **RUNNING,
            "/proc/self/mountinfo": "25 1 0:9 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
            group + "cgroup.procs": "7\n",
            group + "memory.current": "104857600\n",
            group + "memory.peak": "209715200\n",
            group + "memory.swap.current": "4096\n",
            group + "memory.max": "max\n",
        }
    )
    before = host.files()
    refused = host.set(entry)
    assert refused["failed"] and said in refused["msg"], refused["msg"]
    assert host.files() == before and not host.commands


def test_defaults_of_the_managers(machine: Make) -> None:
    host = machine()
    host.set({"manager": "system", "item": "NOFILE", "value": 65536}, {"manager": "user", "item": "CORE", "value": 0})
    assert host.body("/etc/systemd/system.conf.d/90-fleet-memory.conf") == ["[Manager]", "DefaultLimitNOFILE=65536"]
    assert host.body("/etc/systemd/user.conf.d/90-fleet-memory.conf") == ["[Manager]", "DefaultLimitCORE=0"]


def test_what_the_call_does_not_name_stays_and_absent_restores(machine: Make) -> None:
    host = machine()
    host.set(unit("NOFILE", 65536), unit("MemoryMax", "80%"))
    host.set(unit("NOFILE", state="absent"))
    assert host.body(UNIT) == ["[Service]", "MemoryMax=80%"]
    host.set(unit("MemoryMax", state="absent"))
    assert not os.path.exists(str(host.root) + UNIT)


def test_oom_score_of_running_processes_only_when_told_to(machine: Make) -> None:
    host = machine(RUNNING)
    host.set(unit("OOMScoreAdjust", -500))
    assert host.read("/proc/7/oom_score_adj") == "0\n"
    result = host.set(unit("OOMScoreAdjust", -500, running=True))
    assert host.read("/proc/7/oom_score_adj") == "-500"
    assert [each["scope"] for each in result["changes"]] == ["running"]


def test_rollback_gives_every_byte_back(machine: Make) -> None:
    host = machine({PAM: "bob - core 0\n"})
    before = host.files()
    host.set(unit("NOFILE", 65536), pam("alice", "-", "nofile", 4096), run="r1")
    assert host.files() != before
    undo.undo(record.Record(str(host.root), "r1", "b1"), str(host.root), lambda command: (0, "", ""))
    assert host.files() == before
    assert not os.path.exists(os.path.dirname(str(host.root) + UNIT))


def test_a_host_without_systemd(machine: Make) -> None:
    files = [path for path in HOST if "systemd" in path]
    assert "no systemd" in machine(but=tuple(files)).set(unit("NOFILE", 64))["not_applicable"]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"item": "nofile", "value": 1}, "exactly one of"),
        ({"domain": "a", "unit": "b", "item": "nofile", "value": 1}, "exactly one of"),
        (pam("a b", "-", "nofile", 1), "no user"),
        (pam("a\n* - nproc 0", "-", "nofile", 1), "no user"),
        (pam("%a", "-", "nofile", 1), "no user"),
        (pam("a:b", "-", "nofile", 1), "invalid range"),
        (pam("a", "-", "nofiles", 1), "is not one of"),
        (pam("a", "-", "nofile", "1\nroot - nproc 0"), "neither a number"),
        (pam("a", "-", "nofile", -5), "neither a number"),
        (pam("a", "-", "as", "4G"), "neither a number"),
        (pam("a", "-", "nofile", True), "neither a number"),
        (unit("NOFILE"), "give value"),
        (unit("NOFILE", 1, soft=1), "not both"),
        (unit("NOFILE", soft=2, hard=1), "soft is above hard"),
        (unit("MemoryMax", "101%"), "neither"),
        (unit("OOMScoreAdjust", 1001), "-1000 to 1000"),
        (unit("Nice", 1), "not known"),
        ({"unit": "a/../b", "item": "NOFILE", "value": 1}, "no name of a unit"),
        ({"unit": "a.slice", "item": "NOFILE", "value": 1}, "has no Limit"),
        ({"manager": "system", "item": "MemoryMax", "value": 1}, "not known"),
        ({"pid": 1, "item": "NOFILE", "state": "absent"}, "rollback only"),
    ],
)
def test_entries_that_make_no_sense(machine: Make, entry: Dict[str, Any], said: str) -> None:
    host = machine()
    before = host.files()
    refused = host.set(pam("alice", "-", "memlock", 64), entry)
    assert refused["failed"] and said in refused["msg"] and "entry 2" in refused["msg"], refused["msg"]
    assert host.files() == before


@pytest.mark.parametrize(
    ("first", "second", "contradict"),
    [
        (unit("NOFILE", 5), unit("NOFILE", 6), True),
        (unit("NOFILE", soft=5), unit("NOFILE", hard=6), False),
        (unit("NOFILE", 5), unit("NOFILE", 5), False),
        (unit("NOFILE", 5), {**unit("NOFILE"), "state": "absent"}, True),
        (unit("MemoryMax", "50%"), unit("MemoryMax", "60%"), True),
        (unit("NOFILE", 5), {**unit("NOFILE", 6), "unit": "other.service"}, False),
        (pam("a", "soft", "nofile", 5), pam("a", "hard", "nofile", 6), False),
        (pam("a", "-", "nofile", 5), pam("a", "hard", "nofile", 6), True),
    ],
)
def test_entries_that_contradict_each_other(first: Dict[str, Any], second: Dict[str, Any], contradict: bool) -> None:
    wishes = [wish({"type": "-", **entry}, False) for entry in (first, second)]
    assert (contradiction(wishes) is not None) is contradict


def test_a_file_that_is_not_what_was_written_is_found_by_the_proof(
    machine: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = machine()
    put = whole_file.put

    def spoil(path: str, state: Optional[whole_file.FileState]) -> None:
        own = path.endswith("/90-fleet-memory.conf")
        put(path, whole_file.new_state(b"# nothing\n", state, 0o644) if own and state else state)

    monkeypatch.setattr(whole_file, "put", spoil)
    result = host.set(pam("*", "-", "nofile", 4096))
    assert result["failed"] and "90-fleet-memory.conf is not what was written" in result["msg"]
    assert not (host.root / "etc/security/limits.d/90-fleet-memory.conf").exists()
