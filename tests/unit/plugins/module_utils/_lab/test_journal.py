# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._lab import cleanup
from ansible_collections.fleet.memory.plugins.module_utils._lab.identity import starttime
from ansible_collections.fleet.memory.plugins.module_utils._lab.journal import (
    FILE,
    LESSON,
    PROCESS,
    BadFolder,
    Journal,
)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    made = Journal(str(tmp_path))
    os.mkdir(made.folder, 0o700)  # as a lesson has left it that was killed
    return made


def sleeper() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])


def test_the_folder_is_the_user_s_own(journal: Journal) -> None:
    assert os.stat(journal.folder).st_mode & 0o777 == 0o700
    journal.open()
    assert [each["kind"] for each in journal.entries()] == [LESSON]
    assert journal.close() and journal.close()
    journal.open()
    assert os.stat(journal.folder).st_mode & 0o777 == 0o700 and journal.close()


@pytest.mark.parametrize("spoil", ["link", "file", "open to others", "of another user"])
def test_a_folder_that_somebody_else_laid_there_is_not_used(tmp_path: Path, spoil: str) -> None:
    made = Journal(str(tmp_path), uid=os.geteuid() + (spoil == "of another user"))
    place = Path(made.folder)
    if spoil == "link":
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        place.symlink_to(tmp_path / "elsewhere")
    elif spoil == "file":
        place.touch(mode=0o700)
    else:
        place.mkdir(mode=0o755 if spoil == "open to others" else 0o700)
    with pytest.raises(BadFolder, match="remove it"):
        made.open()
    with pytest.raises(BadFolder):
        list(made.entries())


def test_an_entry_lasts_until_it_is_struck(journal: Journal) -> None:
    entry = journal.note(FILE, "a/b", path="/x")
    assert [(each["kind"], each["path"], each["entry"]) for each in journal.entries()] == [(FILE, "/x", entry)]
    assert not journal.close()
    journal.strike(entry)
    journal.strike(entry)
    assert list(journal.entries()) == [] and journal.close()


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"[1]", b"{}", b'{"kind": "process"}', b'{"kind": "x", "path": "/etc"}']
)
def test_a_spoilt_entry_names_nothing_that_could_be_ended(journal: Journal, content: bytes) -> None:
    Path(journal.folder, "file-x.json").write_bytes(content)
    assert cleanup.left(journal) == [f"folder {journal.folder}"]
    assert cleanup.clean(journal) == [f"folder {journal.folder}"]
    assert cleanup.left(journal) == cleanup.clean(journal) == [] and not Path(journal.folder).exists()


def test_only_what_is_written_down_is_ended(journal: Journal, tmp_path: Path) -> None:
    ours, theirs = sleeper(), sleeper()
    try:
        mine, foreign = tmp_path / "mine", tmp_path / "foreign"
        for path in mine, foreign:
            path.touch()
        journal.note(PROCESS, str(ours.pid), pid=ours.pid, starttime=starttime(ours.pid))
        journal.note(FILE, "mine", path=str(mine))
        assert sorted(cleanup.left(journal)) == [f"file {mine}", f"process {ours.pid}"]
        # A child of the test itself stays a zombie until it is waited for: reap it as init would.
        signal.signal(signal.SIGCHLD, lambda *_: ours.poll())
        assert sorted(cleanup.clean(journal)) == [f"file {mine}", f"process {ours.pid}"]
        assert ours.wait(5) == -signal.SIGKILL and theirs.poll() is None
        assert not mine.exists() and foreign.exists()
        assert cleanup.left(journal) == [] and not Path(journal.folder).exists()
    finally:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for process in ours, theirs:
            process.kill()
            process.wait()


def test_a_process_with_the_same_number_is_another_one(journal: Journal) -> None:
    process = sleeper()
    try:
        began = starttime(process.pid)
        assert began is not None
        journal.note(PROCESS, str(process.pid), pid=process.pid, starttime=began - 1)
        assert cleanup.left(journal) == cleanup.clean(journal) == [f"folder {journal.folder}"]
        assert process.poll() is None
    finally:
        process.kill()
        process.wait()


def test_an_entry_holds_no_more_than_numbers_and_paths(journal: Journal) -> None:
    entry = journal.note(PROCESS, "7", pid=7, starttime=9)
    me = {"owner": os.getpid(), "owner_starttime": starttime(os.getpid())}
    assert json.loads(Path(entry).read_text()) == {**me, "kind": PROCESS, "pid": 7, "starttime": 9}


def test_what_a_lesson_needs_that_is_being_held_is_left_alone(journal: Journal) -> None:
    owner, child = sleeper(), sleeper()
    try:
        held_by = {"owner": owner.pid, "owner_starttime": starttime(owner.pid)}
        journal.note(PROCESS, str(child.pid), pid=child.pid, starttime=starttime(child.pid), **held_by)
        assert cleanup.left(journal) == cleanup.clean(journal) == [] and child.poll() is None
        owner.kill()
        owner.wait()
        signal.signal(signal.SIGCHLD, lambda *_: child.poll())
        assert cleanup.left(journal) == cleanup.clean(journal) == [f"process {child.pid}"]
        assert child.wait(5) == -signal.SIGKILL and not Path(journal.folder).exists()
    finally:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for process in owner, child:
            process.kill()
            process.wait()


def test_the_folder_comes_back_when_another_course_has_removed_it(journal: Journal) -> None:
    other = Journal(str(Path(journal.folder).parent))
    assert other.close()
    entry = journal.note(FILE, "a", path="/x")
    assert [each["entry"] for each in other.entries()] == [entry]
