# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Taking a run back, after others have been at work on the host."""

from __future__ import annotations

import os
import resource
import subprocess
import sys

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._change import live, outlook, record, undo
from ansible_collections.fleet.memory.plugins.module_utils._change.transaction import Transaction

from tests.support.hand_made import hand_made

LIVE = "/proc/sys/vm/swappiness"
STAT = "%d (x) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 %d 1000 1 18446744073709551615" + " 0" * 27 + "\n"


@pytest.fixture(name="root")
def host(tmp_path):
    hand_made(tmp_path, {LIVE: "60", "/proc/sys/kernel/random/boot_id": "b1\n", "/etc/old": "old\n"})
    return tmp_path


def command(_arguments):
    return 0, "", ""


def begun(root, run="r1"):
    return Transaction(str(root), run, command)


def kept(root, run="r1", boot="b1"):
    return record.Record(str(root), run, boot)


def take_back(root, run="r1", boot="b1"):
    return {each["what"]: each["result"] for each in undo.undo(kept(root, run, boot), str(root), command)}


def conflicts(root, run="r1", boot="b1"):
    return {each["what"]: each["why"] for each in outlook.conflicts(kept(root, run, boot), str(root))}


def changed(root, path="/etc/old", content=b"new\n", run="r1"):
    with begun(root, run) as change:
        change.file(path, content)


def test_somebody_edited_the_file_since(root):
    changed(root)
    assert conflicts(root) == {}
    (root / "etc/old").write_text("edited\n")
    assert conflicts(root) == {"/etc/old": "changed since by somebody else"}


def test_somebody_changed_the_mode_since(root):
    changed(root)
    os.chmod(str(root / "etc/old"), 0o600)
    assert list(conflicts(root)) == ["/etc/old"]


def test_somebody_removed_the_file_since(root):
    changed(root)
    os.unlink(str(root / "etc/old"))
    assert list(conflicts(root)) == ["/etc/old"]
    assert take_back(root) == {"/etc/old": undo.RESTORED}


@pytest.mark.parametrize("kind", ["link", "folder"])
def test_the_file_is_something_else_by_now(root, kind):
    changed(root)
    os.unlink(str(root / "etc/old"))
    if kind == "link":
        (root / "etc/victim").write_text("mine")
        os.symlink("victim", str(root / "etc/old"))
    else:
        (root / "etc/old").mkdir()
    assert list(conflicts(root)) == ["/etc/old"]
    assert take_back(root) == {"/etc/old": undo.RESTORED if kind == "link" else undo.FAILED}
    if kind == "link":
        assert (root / "etc/victim").read_text() == "mine"
        assert (root / "etc/old").read_text() == "old\n"
    else:
        assert kept(root).data["state"] == record.DONE


def test_somebody_took_it_back_already(root):
    changed(root)
    (root / "etc/old").write_text("old\n")
    assert conflicts(root) == {}
    assert take_back(root) == {"/etc/old": undo.AS_BEFORE}


def test_a_later_run_is_named(root):
    changed(root, run="r1")
    changed(root, content=b"newer\n", run="a-later-one")
    assert conflicts(root) == {"/etc/old": "changed since, by run a-later-one, which has to be rolled back first"}
    assert outlook.conflicts(kept(root), str(root))[0]["later_runs"] == ["a-later-one"]
    assert conflicts(root, "a-later-one") == {}
    take_back(root, "a-later-one")
    assert conflicts(root) == {}
    assert take_back(root) == {"/etc/old": undo.RESTORED}
    assert (root / "etc/old").read_text() == "old\n"


def test_an_edit_between_two_parts_of_a_run(root):
    changed(root, content=b"one\n")
    (root / "etc/old").write_text("edited\n")
    changed(root, content=b"two\n")
    assert conflicts(root) == {"/etc/old": "changed by somebody else between two parts of the run"}


def test_two_parts_of_a_run_change_the_same(root):
    changed(root, content=b"one\n")
    changed(root, content=b"two\n")
    assert conflicts(root) == {}
    assert [each.restored["content"] for each in outlook.differences(kept(root), str(root))] == ["b2xkCg=="]
    take_back(root)
    assert (root / "etc/old").read_text() == "old\n"


def test_a_value_after_a_reboot(root):
    with begun(root) as change:
        change.value(LIVE, "10")
    (root / LIVE[1:]).write_text("33")
    assert conflicts(root, boot="b2") == {LIVE: "changed since by somebody else, or by the reboot"}
    (root / LIVE[1:]).write_text("10")
    assert conflicts(root, boot="b2") == {}
    assert take_back(root, boot="b2") == {LIVE: undo.RESTORED}
    assert (root / LIVE[1:]).read_text() == "60"


def test_a_value_that_the_kernel_does_not_take_back(root, monkeypatch):
    with begun(root) as change:
        change.value(LIVE, "10")
    monkeypatch.setattr(live, "set_value", lambda place, text: None)
    assert take_back(root) == {LIVE: undo.FAILED}
    assert kept(root).data["state"] == record.DONE


def test_one_that_fails_does_not_keep_the_others(root, monkeypatch):
    with begun(root) as change:
        change.file("/etc/old", b"x")
        change.value(LIVE, "10")
    monkeypatch.setattr(live, "set_value", lambda place, text: None)
    assert take_back(root) == {LIVE: undo.FAILED, "/etc/old": undo.RESTORED}
    monkeypatch.undo()
    assert take_back(root) == {LIVE: undo.RESTORED, "/etc/old": undo.AS_BEFORE}
    assert kept(root).data["state"] == record.ROLLED_BACK


def test_a_cgroup_that_is_no_more(root):
    path = "/sys/fs/cgroup/memory/x/memory.swappiness"
    hand_made(root, {path: "60"})
    with begun(root) as change:
        change.value(path, "10")
    os.unlink(str(root) + path)
    assert conflicts(root) == {}
    assert outlook.differences(kept(root), str(root)) == []
    assert take_back(root) == {path: undo.GONE}


@pytest.mark.parametrize(
    ("pid_now", "boot", "result"),
    [(100, "b1", undo.RESTORED), (101, "b1", undo.GONE), (None, "b1", undo.GONE), (100, "b2", undo.GONE)],
    ids=["the same", "another with its pid", "ended", "another boot"],
)
def test_a_value_of_a_process(root, pid_now, boot, result):
    path = "/proc/7/oom_score_adj"
    hand_made(root, {path: "0  ", "/proc/7/stat": STAT % (7, 100)})
    with begun(root) as change:
        change.value(path, "500", pid=7)
    if pid_now is None:
        os.unlink(str(root / "proc/7/stat"))
    else:
        hand_made(root, {"/proc/7/stat": STAT % (7, pid_now)})
    assert conflicts(root, boot=boot) == {}
    assert [bool(outlook.differences(kept(root, boot=boot), str(root)))] == [result == undo.RESTORED]
    # A file of the kernel takes a write for the whole value; this one needs the same length for that.
    if result == undo.RESTORED:
        hand_made(root, {path: "5"})
    assert take_back(root, boot=boot) == {path: result}


def test_the_limits_of_a_real_process(tmp_path):
    os.symlink("/proc", str(tmp_path / "proc"))
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        before = resource.prlimit(child.pid, resource.RLIMIT_NOFILE)
        with begun(tmp_path) as change:
            change.limit(child.pid, "NOFILE", (100, before[1]))
            change.limit(child.pid, "NOFILE", (100, before[1]))
        boot = change.record.boot_id
        assert len(kept(tmp_path, boot=boot).steps) == 1
        assert resource.prlimit(child.pid, resource.RLIMIT_NOFILE) == (100, before[1])
        name = "RLIMIT_NOFILE of process %d" % child.pid
        resource.prlimit(child.pid, resource.RLIMIT_NOFILE, (99, before[1]))
        assert conflicts(tmp_path, boot=boot) == {name: "changed since by somebody else"}
        assert take_back(tmp_path, boot=boot) == {name: undo.RESTORED}
        assert resource.prlimit(child.pid, resource.RLIMIT_NOFILE) == before
    finally:
        child.kill()
        child.wait()
    assert take_back(tmp_path, boot=boot) == {name: undo.GONE}


def test_a_process_that_ends_just_now(root, monkeypatch):
    hand_made(root, {"/proc/7/stat": STAT % (7, 100)})
    monkeypatch.setattr(live, "limit", lambda pid, name: (1, 2))
    monkeypatch.setattr(live, "set_limit", lambda pid, name, wanted: None)
    with begun(root) as change:
        change.limit(7, "AS", (1, 1))

    def gone(*_arguments):
        raise ProcessLookupError(3, "No such process")

    monkeypatch.setattr(live, "limit", gone)
    assert conflicts(root) == {}
    assert outlook.differences(kept(root), str(root)) == []
    assert take_back(root) == {"RLIMIT_AS of process 7": undo.GONE}
    with begun(root, "r2") as change:
        change.limit(7, "AS", (1, 1))
    assert not change.changed


def test_a_folder_with_files_of_others_stays(root):
    changed(root, "/etc/a.d/b.d/ours")
    assert outlook.emptied_folders(kept(root), str(root)) == ["/etc/a.d/b.d", "/etc/a.d"]
    (root / "etc/a.d/theirs").write_text("x")
    assert outlook.emptied_folders(kept(root), str(root)) == ["/etc/a.d/b.d"]
    assert take_back(root) == {"/etc/a.d/b.d/ours": undo.RESTORED, "/etc/a.d/b.d": undo.RESTORED, "/etc/a.d": undo.KEPT}
    assert os.listdir(str(root / "etc/a.d")) == ["theirs"]
    assert kept(root).data["state"] == record.ROLLED_BACK


def test_a_folder_that_somebody_made_a_file_of_stays(root):
    changed(root, "/etc/a.d/ours")
    os.unlink(str(root / "etc/a.d/ours"))
    os.rmdir(str(root / "etc/a.d"))
    (root / "etc/a.d").write_text("x")
    assert take_back(root) == {"/etc/a.d/ours": undo.AS_BEFORE, "/etc/a.d": undo.KEPT}


def test_a_unit_that_a_later_run_restarted_with_the_file_of_this_one_is_restarted(root):
    (root / "run/systemd/system").mkdir(parents=True)
    changed(root, "/etc/systemd/system/a.service.d/90-fleet-memory.conf")
    with begun(root, "r0") as change:
        change.restart("a.service")
        change.restart("b.service")
    assert undo.restarted(kept(root), str(root)) == ["a.service"]
    assert undo.restarted(kept(root, "r0"), str(root)) == ["a.service", "b.service"]
    assert take_back(root, "r0") == {"a.service": undo.RESTORED, "b.service": undo.RESTORED}
    assert take_back(root)["a.service"] == undo.RESTORED


def test_one_that_an_earlier_run_restarted_is_not(root):
    with begun(root, "r0") as change:
        change.restart("a.service")
    changed(root, "/etc/systemd/system/a.service.d/90-fleet-memory.conf")
    assert undo.restarted(kept(root), str(root)) == []


def test_a_record_that_cannot_be_read_keeps_no_run_from_being_taken_back(root):
    changed(root, "/etc/systemd/system/a.service.d/90-fleet-memory.conf")
    (root / record.FOLDER[1:] / "r0.json").write_text("{")
    assert undo.restarted(kept(root), str(root)) == []
    assert take_back(root)["/etc/systemd/system/a.service.d/90-fleet-memory.conf"] == undo.RESTORED


def test_a_step_of_a_later_version_is_not_passed_over(root):
    changed(root)
    with begun(root) as change:
        change.record.add({"kind": "teleport", "path": "/x"})
    assert take_back(root) == {"/x": undo.FAILED, "/etc/old": undo.RESTORED}
    assert kept(root).data["state"] != record.ROLLED_BACK


@pytest.mark.parametrize(
    ("text", "value"),
    [("60\n", "60"), ("always [madvise] never\n", "madvise"), ("1 2\t3\n", "1\t2\t3"), ("[always]", "always")],
)
def test_what_a_kernel_file_holds(tmp_path, text, value):
    (tmp_path / "a").write_text(text)
    assert live.value(str(tmp_path / "a")) == value


def test_a_hard_limit_that_may_not_grow_is_a_denial(monkeypatch):
    def denied(*_arguments):
        raise ValueError("not allowed to raise maximum limit")

    monkeypatch.setattr(resource, "prlimit", denied)
    with pytest.raises(PermissionError, match="not allowed"):
        live.set_limit(1, "AS", (1, 1))
