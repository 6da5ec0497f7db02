# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A change holds wholly, or nothing is changed."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import List

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._change import live, outlook, record, undo, whole_file
from ansible_collections.fleet.memory.plugins.module_utils._change.transaction import RolledBack, Transaction

from tests.support.hand_made import hand_made

LIVE = "/proc/sys/vm/swappiness"


@pytest.fixture(name="root")
def host(tmp_path):
    hand_made(tmp_path, {LIVE: "60\n", "/proc/sys/kernel/random/boot_id": "b1\n", "/etc/old": "old\n"})
    return tmp_path


def begun(root, command=None, run="r1"):
    return Transaction(str(root), run, command or (lambda _command: (0, "", "")))


def kept(root, run="r1"):
    return record.Record(str(root), run, "b1")


def results(error) -> List[str]:
    return [each["result"] for each in error.value.undone]


def test_an_error_takes_back_everything(root):
    with pytest.raises(RolledBack, match="no proof") as error, begun(root) as change:
        change.value(LIVE, "10")
        change.file("/etc/a.d/b/new", b"new")
        change.file("/etc/old", b"other")
        raise ValueError("no proof")
    assert isinstance(error.value.cause, ValueError)
    assert results(error) == [undo.RESTORED] * 5
    assert (root / "proc/sys/vm/swappiness").read_text() == "60"[:2] + "\n"
    assert (root / "etc/old").read_text() == "old\n"
    assert sorted(os.listdir(str(root / "etc"))) == ["old"]
    assert kept(root).data["state"] == record.ROLLED_BACK


def test_an_error_in_the_second_part_takes_back_the_first(root):
    with begun(root) as change:
        change.file("/etc/old", b"one")
    with pytest.raises(RolledBack), begun(root) as change:
        change.file("/etc/new", b"two")
        raise ValueError
    assert (root / "etc/old").read_text() == "old\n"
    assert not (root / "etc/new").exists()


def test_an_end_of_the_program_takes_back_everything(root):
    with pytest.raises(SystemExit), begun(root) as change:
        change.file("/etc/old", b"one")
        raise SystemExit(1)
    assert (root / "etc/old").read_text() == "old\n"


def test_what_is_as_wanted_is_not_touched(root):
    before = (root / "etc/old").stat()
    with begun(root) as change:
        change.file("/etc/old", b"old\n", mode=0o600)
        change.file("/etc/none", None)
        change.file("/etc/none.d/none", None)
        change.value(LIVE, "60")
    after = (root / "etc/old").stat()
    assert (before.st_ino, before.st_mtime_ns, before.st_mode) == (after.st_ino, after.st_mtime_ns, after.st_mode)
    assert not change.changed
    assert not kept(root).known


def test_a_file_keeps_its_mode_and_a_new_one_gets_it(root):
    os.chmod(str(root / "etc/old"), 0o640)
    with begun(root) as change:
        change.file("/etc/old", b"x", mode=0o644)
        change.file("/etc/new", b"x", mode=0o600)
    assert stat.S_IMODE((root / "etc/old").stat().st_mode) == 0o640
    assert stat.S_IMODE((root / "etc/new").stat().st_mode) == 0o600


def test_behind_a_link_it_is_the_file_that_changes(root):
    os.symlink("old", str(root / "etc/link"))
    with begun(root) as change:
        change.file("/etc/link", b"x")
    assert os.readlink(str(root / "etc/link")) == "old"
    assert (root / "etc/old").read_bytes() == b"x"
    assert kept(root).steps[0]["path"] == "/etc/old"


def test_behind_a_link_to_a_folder_that_is_missing_the_folder_is_made(root):
    os.symlink("real.d", str(root / "etc/link.d"))
    with begun(root) as change:
        change.file("/etc/link.d/a", b"x")
    assert (root / "etc/real.d/a").read_bytes() == b"x"
    undo.undo(kept(root), str(root), change.command)
    assert sorted(os.listdir(str(root / "etc"))) == ["link.d", "old"]


def test_a_link_out_of_the_root_is_not_followed(root):
    os.symlink("/etc/passwd", str(root / "etc/link"))
    with pytest.raises(RolledBack, match="leads out of"), begun(root) as change:
        change.file("/etc/link", b"x")


@pytest.mark.parametrize("kind", ["folder", "null"])
def test_what_is_no_file_is_refused_and_stays(root, kind):
    if kind == "folder":
        (root / "etc/a").mkdir()
        path = "/etc/a"
    else:
        path = "/etc/old/below"
    with pytest.raises(RolledBack) as error, begun(root) as change:
        change.file(path, b"x")
    assert undo.FAILED not in results(error)
    assert (root / "etc/old").read_text() == "old\n"


def test_a_step_that_was_recorded_and_then_failed(root, monkeypatch):
    def full(path, state):
        if path.endswith("/etc/old") and state["content"] != before["content"]:
            raise OSError(errno.ENOSPC, "No space left on device", path)
        put(path, state)

    put = whole_file.put
    before = whole_file.state_of(str(root / "etc/old"))
    monkeypatch.setattr(whole_file, "put", full)
    with pytest.raises(RolledBack, match="No space") as error, begun(root) as change:
        change.value(LIVE, "10")
        change.file("/etc/old", b"x")
    assert results(error) == [undo.AS_BEFORE, undo.RESTORED]


def test_a_record_that_can_not_be_written_keeps_the_host_as_it_is(root, monkeypatch):
    def full(path, state):
        raise OSError(errno.ENOSPC, "No space left on device", path)

    monkeypatch.setattr(whole_file, "put", full)
    with pytest.raises(RolledBack, match="No space") as error, begun(root) as change:
        change.value(LIVE, "10")
    # The step was never done; that the record can't be closed is said.
    assert results(error) == [undo.AS_BEFORE, undo.FAILED]
    assert (root / "proc/sys/vm/swappiness").read_text() == "60\n"


def test_a_record_that_can_not_be_closed_takes_the_change_back(root, monkeypatch):
    close = record.Record.close

    def closed(self, state):
        if state == record.DONE:
            raise OSError(errno.ENOSPC, "No space left on device", self.path)
        close(self, state)

    monkeypatch.setattr(record.Record, "close", closed)
    with pytest.raises(RolledBack, match="No space") as error, begun(root) as change:
        change.file("/etc/old", b"x")
    assert results(error) == [undo.RESTORED]
    assert (root / "etc/old").read_text() == "old\n"


def test_the_kernel_refuses_a_value(root, monkeypatch):
    write = os.write

    def refuse(descriptor, data):
        if bytes(data) == b"999":
            raise OSError(errno.EINVAL, "Invalid argument")
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", refuse)
    with pytest.raises(RolledBack, match=r"Invalid argument, writing 999: .*vm/swappiness"), begun(root) as change:
        change.value(LIVE, "999")
    assert (root / "proc/sys/vm/swappiness").read_text() == "60\n"


def test_the_record_has_what_the_kernel_made_of_a_value(root, monkeypatch):
    monkeypatch.setattr(live, "set_value", lambda place, text: (root / LIVE[1:]).write_text("4096"))
    with begun(root) as change:
        change.value(LIVE, "5000")
    assert kept(root).steps[0]["after"] == "4096"


OTHER = "/proc/sys/vm/min_free_kbytes"


def set_together(root, monkeypatch):
    """The kernel file LIVE, whose write makes the kernel set OTHER."""
    hand_made(root, {OTHER: "5000\n"})

    def kernel(place, text):
        Path(place).write_text(text)
        if place.endswith(LIVE):
            (root / OTHER[1:]).write_text("23112")

    monkeypatch.setattr(live, "set_value", kernel)
    with begun(root) as change:
        change.value(LIVE, "10", together={OTHER: "5000", LIVE: "10"})


def test_what_the_kernel_changes_along_with_a_value_comes_back_too(root, monkeypatch):
    set_together(root, monkeypatch)
    assert [(step["path"], step["after"]) for step in kept(root).steps] == [(OTHER, "23112"), (LIVE, "10")]
    undo.undo(kept(root), str(root), lambda _command: (0, "", ""))
    assert [(root / path[1:]).read_text() for path in (LIVE, OTHER)] == ["60", "5000"]


def test_what_the_kernel_made_of_it_since_is_no_conflict_and_stays(root, monkeypatch):
    set_together(root, monkeypatch)
    (root / OTHER[1:]).write_text("23100")
    assert outlook.conflicts(kept(root), str(root)) == []
    monkeypatch.setattr(live, "set_value", lambda place, text: Path(place).write_text(text))
    undo.undo(kept(root), str(root), lambda _command: (0, "", ""))
    assert [(root / path[1:]).read_text() for path in (LIVE, OTHER)] == ["60", "23100"]


def test_a_run_that_was_rolled_back_is_over(root):
    with pytest.raises(RolledBack), begun(root) as change:
        change.file("/etc/old", b"x")
        raise ValueError
    over = pytest.raises(record.RecordError, match="run r1 was rolled back on this host; use another id")
    with over, begun(root):
        pass
    with begun(root, run="r2") as change:
        change.file("/etc/old", b"x")


def test_nothing_happens_while_another_run_holds_the_lock(root):
    with record.locked(str(root)), pytest.raises(record.RecordError, match="another run"), begun(root) as change:
        change.file("/etc/old", b"x")
    assert (root / "etc/old").read_text() == "old\n"


def test_what_a_killed_run_left_beside_a_file_goes_though_the_file_is_as_wanted(root):
    (root / "etc/.old.fleet-memory-new").write_bytes(b"o")
    with begun(root) as change:
        change.file("/etc/old", b"old\n")
    assert os.listdir(str(root / "etc")) == ["old"]


def test_a_restart_that_fails_is_undone_with_the_old_file(root):
    (root / "run/systemd/system").mkdir(parents=True)
    said = []

    def command(arguments):
        said.append(arguments[2:])
        bad = arguments[2] == "restart" and (root / "etc/systemd/system/x.d/a").exists()
        return (1, "", "x failed\n") if bad else (0, "", "")

    failure = pytest.raises(RolledBack, match="systemctl --no-ask-password restart x: x failed")
    with failure, begun(root, command) as change:
        change.file("/etc/systemd/system/x.d/a", b"x")
        change.reload_units()
        change.restart("x")
    assert said == [["daemon-reload"], ["restart", "x"], ["daemon-reload"], ["restart", "x"]]
    assert not (root / "etc/systemd").exists()


def test_without_systemd_nothing_is_told_to_it(root):
    def command(arguments):
        raise AssertionError(arguments)

    with pytest.raises(RolledBack) as error, begun(root, command) as change:
        change.file("/etc/systemd/system/x.d/a", b"x")
        raise ValueError
    assert undo.FAILED not in results(error)
