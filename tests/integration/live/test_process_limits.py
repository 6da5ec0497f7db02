# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""process_limits on processes that really run; prlimit(1) and the processes themselves are the witnesses."""

from __future__ import annotations

import ctypes
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ansible.module_utils.testing")

from ansible.module_utils.testing import patch_module_args
from ansible_collections.fleet.memory.plugins.module_utils._change import live, record, undo
from ansible_collections.fleet.memory.plugins.modules import process_limits

from tests.support.live import run as witness
from tests.support.return_doc import assert_documented

Run = Callable[..., dict[str, Any]]

WORKER = """
import ctypes, mmap, resource, sys
with open("/proc/self/comm", "w") as file:
    file.write(sys.argv[1])
kept = []
print("ready", flush=True)
for line in sys.stdin:
    try:
        kept.append(mmap.mmap(-1, int(line)))
        print("mapped", flush=True)
    except OSError as error:
        print(error.strerror, flush=True)
"""

GIB = 2**30
CAP_SYS_RESOURCE = 1 << 24


def may_raise() -> bool:
    effective = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("CapEff"))
    return bool(int(effective.split()[1], 16) & CAP_SYS_RESOURCE)


class Worker:
    """A process that maps as many bytes as it is told."""

    def __init__(self, name: str = "limits-worker") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", WORKER, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout and self.process.stdin
        assert self.process.stdout.readline() == "ready\n"
        self.pid = self.process.pid

    def maps(self, size: int) -> str:
        assert self.process.stdout and self.process.stdin
        self.process.stdin.write("%d\n" % size)
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def limit(self, name: str) -> tuple[int, int]:
        return resource.prlimit(self.pid, getattr(resource, "RLIMIT_" + name))

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker()
    yield made
    made.end()


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Run:
    """This machine's processes; the rollback records lie in a folder of the test."""
    os.symlink("/proc", tmp_path / "proc")
    monkeypatch.setattr(process_limits, "ROOT", str(tmp_path))

    def run(check: bool = False, **options: Any) -> dict[str, Any]:
        with patch_module_args(dict(options, _ansible_check_mode=check)), pytest.raises(SystemExit):
            process_limits.main()
        return json.loads(capsys.readouterr().out)

    return run


def test_a_running_process_cannot_map_more_from_then_on(module: Run, worker: Worker) -> None:
    assert worker.maps(GIB) == "mapped"
    result = module(pid=worker.pid, limits={"AS": {"soft": 6 * GIB}})
    assert_documented(result, "process_limits")
    assert result["changed"] and result["not_applicable"] is None
    assert worker.limit("AS") == (6 * GIB, resource.RLIM_INFINITY)
    assert worker.maps(8 * GIB) == "Cannot allocate memory"
    assert witness("prlimit", "-p", str(worker.pid), "--as", "--noheadings", "-o", "SOFT").split() == [str(6 * GIB)]


def test_it_changes_nothing_when_run_again(module: Run, worker: Worker) -> None:
    options = {"pid": worker.pid, "limits": {"AS": {"soft": "3G"}}}
    assert module(**options)["changed"]
    again = module(**options)
    assert (again["changed"], again["changes"], again["diff"], again["record"]) == (False, [], [], None)


def test_check_mode_predicts_it_and_sets_nothing(module: Run, worker: Worker, tmp_path: Path) -> None:
    options = {"pid": worker.pid, "limits": {"AS": {"soft": "3G"}, "NOFILE": {"soft": 64}}}
    before = worker.limit("AS"), worker.limit("NOFILE")
    told = module(check=True, **options)
    assert (worker.limit("AS"), worker.limit("NOFILE")) == before
    assert not (tmp_path / "var").exists()
    done = module(**options)
    assert all(told[key] == done[key] for key in ("changed", "changes", "diff"))
    assert [each["setting"] for each in done["changes"]] == ["AS", "NOFILE"]


def test_rollback_gives_the_limits_back(module: Run, worker: Worker, tmp_path: Path) -> None:
    before = worker.limit("AS")
    module(pid=worker.pid, limits={"AS": {"soft": "3G"}}, run="one")
    undone = undo.undo(record.Record(str(tmp_path), "one", None), str(tmp_path), lambda command: (0, "", ""))
    assert [each["result"] for each in undone] == [undo.RESTORED]
    assert worker.limit("AS") == before


def test_a_limit_below_what_the_process_holds_is_refused(module: Run, worker: Worker) -> None:
    worker.maps(GIB)
    before = worker.limit("AS")
    refused = module(pid=worker.pid, limits={"AS": {"soft": GIB}})
    assert refused["failed"] and "process %d (limits-worker) has an address space of" % worker.pid in refused["msg"]
    assert refused["refused"][0]["vsz_bytes"] > GIB
    assert worker.limit("AS") == before
    forced = module(pid=worker.pid, limits={"AS": {"soft": GIB}}, force=True)
    assert forced["changed"] and forced["warnings"]
    assert worker.limit("AS")[0] == GIB


def test_a_limit_below_its_open_files_is_refused(module: Run, worker: Worker) -> None:
    refused = module(pid=worker.pid, limits={"NOFILE": {"soft": 2}})
    assert refused["failed"] and "file descriptors up to 3" in refused["msg"]


def test_files_above_fs_nr_open_are_refused_even_when_forced(module: Run, worker: Worker) -> None:
    most = int(Path("/proc/sys/fs/nr_open").read_text())
    refused = module(pid=worker.pid, limits={"NOFILE": {"hard": most + 1}}, force=True)
    assert refused["failed"] and "fs.nr_open" in refused["msg"]


@pytest.mark.skipif(may_raise(), reason="this user may raise hard limits")
def test_a_hard_limit_that_cannot_be_raised_leaves_nothing_half_done(module: Run, worker: Worker) -> None:
    files = worker.limit("NOFILE")
    space = worker.limit("AS")
    wanted = {"AS": {"soft": "3G"}, "NOFILE": {"hard": files[1] + 1}}
    refused = module(pid=worker.pid, limits=wanted, force=True)
    assert refused["failed"] and "CAP_SYS_RESOURCE" in refused["msg"]
    assert (worker.limit("AS"), worker.limit("NOFILE")) == (space, files)


@pytest.mark.skipif(may_raise(), reason="this user may raise hard limits")
def test_a_hard_limit_that_no_rollback_could_raise_is_lowered_only_by_force(module: Run, worker: Worker) -> None:
    assert "by no rollback" in module(pid=worker.pid, limits={"AS": {"hard": "3G"}})["msg"]
    forced = module(pid=worker.pid, limits={"AS": {"hard": "3G"}}, force=True)
    assert forced["changed"] and worker.limit("AS") == (3 * GIB, 3 * GIB)


def test_all_processes_of_a_command(module: Run) -> None:
    workers = [Worker("limits-many-%d" % os.getpid()) for _each in range(2)]
    other = Worker("limits-other")
    try:
        result = module(command="limits-many-%d" % os.getpid(), limits={"AS": {"soft": "3G"}})
        assert sorted(each["where"] for each in result["changes"]) == sorted(
            "/proc/%d/limits" % each.pid for each in workers
        )
        assert [each.limit("AS")[0] for each in workers] == [3 * GIB] * 2
        assert other.limit("AS")[0] == resource.RLIM_INFINITY
    finally:
        for each in [*workers, other]:
            each.end()


def test_a_failure_halfway_sets_the_others_back(module: Run, worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    before = worker.limit("AS"), worker.limit("STACK")
    kernel = live.set_limit

    def failing(pid: int, name: str, wanted: tuple[int, int]) -> None:
        if name == "STACK":
            raise PermissionError(1, "not permitted")
        kernel(pid, name, wanted)

    monkeypatch.setattr(live, "set_limit", failing)
    result = module(pid=worker.pid, limits={"AS": {"soft": "3G"}, "STACK": {"soft": "4M"}})
    assert result["failed"] and result["rolled_back"]
    assert (worker.limit("AS"), worker.limit("STACK")) == before


def test_a_limit_that_does_not_stick_is_a_failure(module: Run, worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "set_limit", lambda pid, name, wanted: None)
    result = module(pid=worker.pid, limits={"AS": {"soft": "3G"}})
    assert result["failed"] and "is unlimited:unlimited and not 3221225472:unlimited" in result["msg"]


def test_another_process_that_got_the_number_is_not_touched(
    module: Run, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = worker.limit("AS")
    real = live.starttime
    monkeypatch.setattr(live, "starttime", lambda root, pid: (real(root, pid) or 0) + 1)
    module(pid=worker.pid, limits={"AS": {"soft": "3G"}})
    assert worker.limit("AS") == before


def test_a_zombie_and_a_number_without_process(module: Run) -> None:
    ended = subprocess.Popen(["true"])
    os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
    refused = module(pid=ended.pid, limits={"AS": {"soft": "3G"}})
    ended.wait()
    assert refused["failed"] and "no process" in refused["msg"]
    assert "no process of" in module(command="no-such-command", limits={"AS": {"soft": 1}})["not_applicable"]


@pytest.mark.skipif(os.geteuid() != 0 or may_raise(), reason="only root without CAP_SYS_RESOURCE is in between")
def test_another_users_process_is_a_clear_refusal(module: Run) -> None:
    libc = ctypes.CDLL(None)
    child = subprocess.Popen(["sleep", "60"], preexec_fn=lambda: libc.setresuid(65534, 65534, 65534))
    try:
        refused = module(pid=child.pid, limits={"AS": {"soft": "3G"}})
        assert refused["failed"] and "belongs to another user" in refused["msg"]
    finally:
        child.kill()
        child.wait()
