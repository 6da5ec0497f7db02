# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module lab: its options, its phases, and that check mode leaves no trace. The lessons are held elsewhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List

import pytest

pytest.importorskip("ansible.module_utils.testing")

from ansible.module_utils.testing import patch_module_args
from ansible_collections.fleet.memory.plugins.module_utils._lab.course import LESSONS
from ansible_collections.fleet.memory.plugins.module_utils._lab.identity import starttime
from ansible_collections.fleet.memory.plugins.module_utils._lab.journal import CGROUP, FILE, PROCESS, Journal
from ansible_collections.fleet.memory.plugins.modules import lab

from tests.support.return_doc import assert_documented

MIB = 1 << 20
GIB = 1 << 30
QUIET = {"MemTotal": 8 * GIB, "MemFree": GIB, "MemAvailable": 4 * GIB, "SwapTotal": 2 * GIB, "SwapFree": 2 * GIB}


class Machine:
    """This machine, but for its memory, and with the lab's folder in one of the test."""

    def __init__(self, base: Path, capsys: Any) -> None:
        self.base = base
        self.journal = Journal(str(base))
        self._capsys = capsys

    def run(self, check: bool = False, **options: Any) -> Dict[str, Any]:
        with patch_module_args(dict(options, _ansible_check_mode=check)), pytest.raises(SystemExit) as end:
            lab.main()
        result = json.loads(self._capsys.readouterr().out)
        assert end.value.code == (1 if result.get("failed") else 0)
        if not result.get("failed"):
            assert_documented(result, "lab")
        return result

    def refused(self, check: bool = False, **options: Any) -> str:
        result = self.run(check, **options)
        assert result["failed"]
        return result["msg"]

    @property
    def files(self) -> List[str]:
        return sorted(os.listdir(str(self.base)))


@pytest.fixture(name="host")
def machine(tmp_path, capsys, monkeypatch):
    base = tmp_path / "tmp"
    base.mkdir()
    monkeypatch.setattr(lab, "Journal", lambda: Journal(str(base)))
    monkeypatch.setattr(lab, "memory", lambda: QUIET)
    monkeypatch.setattr(lab, "pressure", lambda: None)
    monkeypatch.setattr(lab, "cgroup_room", lambda: None)
    return Machine(base, capsys)


# Options


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"bytes_max": -1}, "bytes_max must be between 0 and 1099511627776, and is -1"),
        ({"bytes_max": (1 << 40) + 1}, "bytes_max must be between"),
        ({"bytes_max": "much"}, "bytes_max"),
        ({"percent_max": -0.1}, "percent_max must be between 0 and 100, and is -0.1"),
        ({"percent_max": 101}, "percent_max must be between 0 and 100, and is 101"),
        ({"percent_max": "nan"}, "percent_max must be between 0 and 100, and is nan"),
        ({"samples": 1}, "samples must be between 2 and 100, and is 1"),
        ({"samples": 101}, "samples must be between 2 and 100, and is 101"),
        ({"samples": 2.5}, "samples"),
        ({"interval": 0.01}, "interval must be between 0.05 and 60, and is 0.01"),
        ({"interval": 61}, "interval must be between 0.05 and 60, and is 61"),
        ({"interval": "nan"}, "interval must be between 0.05 and 60, and is nan"),
        ({"interval": "often"}, "interval"),
    ],
)
@pytest.mark.parametrize("what", [{"lesson": "total_memory"}, {"phase": "begin"}, {"phase": "cleanup"}])
def test_options_out_of_range_are_named(host, what, options, said):
    assert said in host.refused(**what, **options)
    assert host.files == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "lesson, phase, exercise"),
        ({"samples": 5}, "lesson, phase, exercise"),
        ({"lesson": "leak", "phase": "begin"}, "mutually exclusive: lesson|phase|exercise"),
        ({"lesson": "leak", "exercise": 1}, "mutually exclusive: lesson|phase|exercise"),
        ({"phase": "check", "exercise": 1}, "mutually exclusive: lesson|phase|exercise"),
        ({"lesson": "no_such_lesson"}, "lesson"),
        ({"phase": "end"}, "phase must be one of: begin, cleanup, check, got: end"),
        ({"exercise": 0}, "exercise must be between 1 and 10, and is 0"),
        ({"exercise": 11}, "exercise must be between 1 and 10, and is 11"),
        ({"exercise": "first"}, "exercise"),
        ({"lesson": "leak", "step": "leak"}, "step"),
    ],
)
def test_exactly_one_thing_is_asked_for(host, options, said):
    assert said in host.refused(**options)
    assert host.files == []


def test_another_operating_system(host, monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert host.refused(lesson="leak") == "fleet.memory.lab needs Linux; this host's platform is darwin"


# Lessons


@pytest.mark.parametrize("lesson", LESSONS)
def test_check_mode_explains_a_lesson_and_leaves_no_trace(host, monkeypatch, lesson):
    monkeypatch.setattr(lab, "hold", lambda *_arguments: pytest.fail("a lesson was held in check mode"))
    result = host.run(check=True, lesson=lesson)
    assert (result["name"], result["held"], result["output"], result["evidence"]) == (lesson, None, [], [])
    assert (result["changed"], result["not_applicable"], result["seconds"]) == (False, None, 0.0)
    assert result["teaches"] and result["command"] and result["expected"] and result["title"]
    assert host.files == []


def test_a_lesson_is_held_and_leaves_no_trace(host):
    result = host.run(lesson="meminfo")
    assert (result["held"], result["number"], result["changed"]) == (True, 2, False)
    assert host.files == []


def test_the_folder_is_there_while_a_lesson_is_held(host, monkeypatch):
    def hold(name, made):
        assert os.stat(made.journal.folder).st_mode & 0o777 == 0o700
        assert (name, made.samples, made.interval, made.allowance) == ("leak", 7, 1.5, 100 * MIB)
        raise RuntimeError("a programmer's mistake")

    monkeypatch.setattr(lab, "hold", hold)
    with (
        pytest.raises(RuntimeError),
        patch_module_args({"lesson": "leak", "samples": 7, "interval": 1.5, "bytes_max": 100 * MIB}),
    ):
        lab.main()
    assert host.files == []


def test_what_a_lesson_could_not_remove_stays_in_the_book(host, monkeypatch):
    monkeypatch.setattr(lab, "hold", lambda name, made: made.journal.note(FILE, "x", path="/x") and {})
    host.journal.open()
    entry = host.journal.note(FILE, "earlier", path="/earlier")
    with pytest.raises(SystemExit), patch_module_args({"lesson": "leak"}):
        lab.main()
    assert os.path.exists(entry) and len(os.listdir(host.journal.folder)) == 2


@pytest.mark.parametrize(
    ("options", "memory", "room", "allowed"),
    [
        ({}, QUIET, None, 256 * MIB),
        ({"bytes_max": 0}, QUIET, None, 0),
        ({"bytes_max": 5}, QUIET, None, 5),
        ({"percent_max": 1}, QUIET, None, 4 * GIB // 100),
        ({"percent_max": 0}, QUIET, None, 0),
        ({}, dict(QUIET, MemAvailable=GIB), None, GIB // 10),
        ({}, dict(QUIET, MemAvailable=GIB), 100 * MIB, 10 * MIB),
        ({}, QUIET, 8 * GIB, 256 * MIB),
        ({}, QUIET, -5, 0),
        ({}, {"MemTotal": 8 * GIB, "MemFree": GIB}, None, GIB // 10),
        ({"bytes_max": 1 << 40, "percent_max": 100}, QUIET, None, 4 * GIB),
    ],
)
@pytest.mark.parametrize("what", [{"lesson": "leak"}, {"phase": "begin"}])
def test_the_allowance(host, monkeypatch, what, options, memory, room, allowed):
    monkeypatch.setattr(lab, "memory", lambda: memory)
    monkeypatch.setattr(lab, "cgroup_room", lambda: room)
    assert host.run(check=True, **what, **options)["allowance_bytes"] == allowed


def test_a_lesson_without_memory_is_not_for_this_host(host):
    result = host.run(lesson="leak", bytes_max=MIB - 1)
    assert (result["held"], result["output"], result["evidence"]) == (None, [], [])
    assert result["not_applicable"] == "the lab may take 0 MiB here, and this needs 9"


# Phases


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize(
    ("memory", "stalled", "said"),
    [
        (QUIET, 10.1, "programs wait for memory 10.1 % of the time (avg10); the lab begins below 10 %"),
        (dict(QUIET, MemAvailable=800 * MIB), 0.0, "800 MiB of 8192 MiB are available; the lab begins with 10 %"),
        (dict(QUIET, SwapFree=100 * MIB), 0.0, "1948 MiB of 2048 MiB of swap are used; the lab begins below 90 %"),
    ],
)
def test_a_course_does_not_begin_under_pressure(host, monkeypatch, check, memory, stalled, said):
    monkeypatch.setattr(lab, "memory", lambda: memory)
    monkeypatch.setattr(lab, "pressure", lambda: {"some": {"avg10": stalled}})
    assert host.refused(check, phase="begin") == "the lab doesn't begin on a host under pressure: " + said
    assert host.files == []


@pytest.mark.parametrize("check", [False, True])
def test_a_course_begins_on_a_quiet_host(host, monkeypatch, check):
    monkeypatch.setattr(lab, "pressure", lambda: {"some": {"avg10": 10.0}})
    result = host.run(check, phase="begin")
    assert (result["changed"], result["allowance_bytes"]) == (False, 256 * MIB)
    assert host.files == []


def test_a_host_whose_memory_is_not_told(host, monkeypatch):
    def memory():
        raise PermissionError(13, "Permission denied", "/proc/meminfo")

    monkeypatch.setattr(lab, "memory", memory)
    for what in {"lesson": "leak"}, {"phase": "begin"}:
        said = host.refused(**what)
        assert said == "the lab can't work on this host: [Errno 13] Permission denied: '/proc/meminfo'"


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("phase", ["cleanup", "check"])
def test_where_nothing_is_left(host, check, phase):
    result = host.run(check, phase=phase)
    assert (result["changed"], result["left"]) == (False, [])
    assert result.get("removed", []) == []
    assert host.files == []


def test_what_is_left_is_told_and_removed(host, tmp_path):
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    for path in theirs, ours:
        path.touch()
    host.journal.open()
    host.journal.note(FILE, "ours", path=str(ours))
    host.journal.note(CGROUP, "gone", path=str(tmp_path / "gone"))
    words = ["file %s" % ours]

    for check in False, True:
        found = host.run(check, phase="check")
        assert (found["failed"], found["left"]) == (True, words)
        assert found["msg"] == "the lab has left something behind: file %s" % ours
    told = host.run(check=True, phase="cleanup")
    assert (told["changed"], told["removed"], told["left"]) == (True, [], words)
    assert ours.exists() and host.files

    done = host.run(phase="cleanup")
    assert (done["changed"], done["removed"], done["left"]) == (True, words, [])
    assert not ours.exists() and theirs.exists() and host.files == []
    assert host.run(phase="check")["left"] == []
    assert host.run(phase="cleanup")["changed"] is False


def test_a_process_of_which_only_the_exit_code_is_left_is_gone(host):
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as process:
        host.journal.open()
        host.journal.note(PROCESS, str(process.pid), pid=process.pid, starttime=starttime(process.pid))
        assert host.run(phase="check")["left"] == ["process %d" % process.pid]
        process.stdin.close()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        folder = ["folder %s" % host.journal.folder]
        assert host.run(phase="check")["left"] == folder
        assert host.run(phase="cleanup")["removed"] == folder and host.files == []


def test_what_cannot_be_removed_is_told(host, tmp_path):
    folder = tmp_path / "a folder in place of the file"
    folder.mkdir()
    host.journal.open()
    host.journal.note(FILE, "x", path=str(folder))
    assert host.run(phase="cleanup")["left"] == ["file %s" % folder]
    assert host.run(phase="check")["left"] == ["file %s" % folder]


@pytest.mark.parametrize("what", [{"lesson": "meminfo"}, {"phase": "cleanup"}, {"phase": "check"}])
def test_a_folder_that_somebody_else_laid_there(host, tmp_path, what):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    (elsewhere / "file-x.json").write_text(json.dumps({"kind": FILE, "path": str(elsewhere / "precious")}))
    (elsewhere / "precious").touch()
    os.symlink(str(elsewhere), host.journal.folder)
    assert "is not a folder that only user %d may enter; remove it" % os.geteuid() in host.refused(**what)
    assert sorted(os.listdir(str(elsewhere))) == ["file-x.json", "precious"]


def test_a_folder_that_cannot_be_made(host, monkeypatch):
    monkeypatch.setattr(lab, "Journal", lambda: Journal(str(host.base / "nowhere")))
    assert "the lab can't work on this host: " in host.refused(lesson="meminfo")


# Exercises


def test_an_exercise_both_ways(host, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    found = host.run(exercise=1)
    missing = "there is no file ~/memory-lab/1"
    assert found["msg"] == "exercise 1, The host's memory, is not solved yet: " + missing
    assert found["exercise"] == {"number": 1, "title": "The host's memory", "solved": False, "found": missing}

    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 1024
    (tmp_path / "memory-lab").mkdir()
    (tmp_path / "memory-lab" / "1").write_text("%d\n" % total)
    for check in False, True:
        found = host.run(check, exercise="1")
        assert (found["changed"], found["exercise"]["solved"]) == (False, True)
        assert found["exercise"]["found"] == "the file says %d kB, as MemTotal does" % total
    assert host.files == []
