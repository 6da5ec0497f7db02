# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Swap files are made, resized and removed, and the process is killed before each single thing that it does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable, Optional

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._change import outlook, record, swap_calls, undo
from ansible_collections.fleet.memory.plugins.module_utils._change.transaction import Transaction

from tests.support.kills import each_moment
from tests.support.swap_host import FSTAB, PAGE, ROOT_FS, SwapHost

SWAP = "/swapfile"
BESIDE = "/.swapfile.fleet-memory-new"
LINE = b"/swapfile none swap sw 0 0\n"
SIZE = 16 * PAGE
RUN = "r1"

Work = Callable[[Path], None]
Tree = dict[str, Any]


def wanted(size: int, priority: Optional[int]) -> dict[str, Any]:
    owner = {"uid": os.geteuid(), "gid": os.getegid()}
    return {"size_bytes": size, "mode": 0o600, "active": True, "priority": priority, **owner}


def empty(root: Path) -> Path:
    SwapHost(root)
    return root


def swapping(root: Path) -> Path:
    host = SwapHost(root)
    host.make(SWAP, SIZE, priority=7)
    host.place(FSTAB).write_bytes(LINE + ROOT_FS.encode())
    return root


def again(root: Path) -> SwapHost:
    """The host as it is, with its programs."""
    host = SwapHost.__new__(SwapHost)
    host.root, host.commands, host.failing = root, [], {}
    return host


def add(root: Path) -> None:
    with Transaction(str(root), RUN, again(root).command) as change:
        change.swap(SWAP, wanted(SIZE, None))
        change.file(FSTAB, ROOT_FS.encode() + LINE)


def grow(root: Path) -> None:
    with Transaction(str(root), RUN, again(root).command) as change:
        change.swap(SWAP, wanted(2 * SIZE, 7))


def reprioritise(root: Path) -> None:
    with Transaction(str(root), RUN, again(root).command) as change:
        change.swap(SWAP, wanted(SIZE, 8))


def remove(root: Path) -> None:
    with Transaction(str(root), RUN, again(root).command) as change:
        change.file(FSTAB, ROOT_FS.encode())
        change.swap(SWAP, None)


CASES = {
    "add": (add, empty),
    "grow": (grow, swapping),
    "priority": (reprioritise, swapping),
    "gone": (remove, swapping),
}


def take_back(root: Path) -> None:
    with record.locked(str(root)):
        kept = record.Record(str(root), RUN, "b1")
        assert outlook.conflicts(kept, str(root)) == []
        undone = undo.undo(kept, str(root), again(root).command)
        assert [each for each in undone if each["result"] == undo.FAILED] == []


def tree(root: Path) -> Tree:
    """Content and mode of everything but the records, and what is swapped to."""
    files = {
        str(path)[len(str(root)) :]: (path.read_bytes() if path.is_file() else None, path.stat().st_mode)
        for path in root.rglob("*")
        if not str(path)[len(str(root)) :].startswith(("/var", "/proc"))
    }
    return {**files, "areas": {place[len(str(root)) :]: area for place, area in again(root).areas().items()}}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[Work, Callable[[Path], Path]]:
    # Counted all the same; what is on the disk can't be told from what is in the cache by a process that was killed.
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)

    def swap_on(place: str, priority: Optional[int]) -> None:
        again(Path(place).parent).swap_on(place, priority)

    monkeypatch.setattr(swap_calls, "swap_on", swap_on)
    monkeypatch.setattr(swap_calls, "swap_off", lambda place: again(Path(place).parent).swap_off(place))
    return CASES[request.param]


def done(work: Work, prepared: Callable[[Path], Path]) -> Callable[[Path], Path]:
    def make(root: Path) -> Path:
        work(prepared(root))
        return root

    return make


def safe(moments: Iterator[Path], old: Tree, new: Tree) -> Iterator[Path]:
    """The file is never half, and what is beside it never readable for others."""
    for root in moments:
        now = tree(root)
        assert now.get(SWAP) in (old.get(SWAP), new.get(SWAP))
        assert now[FSTAB] in (old[FSTAB], new[FSTAB])
        # A boot doesn't meet a line without its file.
        assert LINE not in now[FSTAB][0] or SWAP in now
        beside = now.get(BESIDE)
        assert beside is None or beside[1] & 0o7777 == 0o600
        assert set(now) - {BESIDE, SWAP, "/etc/.fstab.fleet-memory-new"} == set(old) - {SWAP}
        if now != old:
            assert record.all_records(str(root))[0]["run"] == RUN
        yield root


def test_a_run_killed_at_any_moment_is_finished_by_the_next(tmp_path: Path, case: Any) -> None:
    work, prepared = case
    old, new = tree(prepared(tmp_path / "old")), tree(done(work, prepared)(tmp_path / "new"))
    assert old != new
    for root in safe(each_moment(work, prepared, tmp_path, 20), old, new):
        work(root)
        assert tree(root) == new
        take_back(root)
        assert tree(root) == old


def test_a_run_killed_at_any_moment_is_rolled_back(tmp_path: Path, case: Any) -> None:
    work, prepared = case
    old, new = tree(prepared(tmp_path / "old")), tree(done(work, prepared)(tmp_path / "new"))
    for root in safe(each_moment(work, prepared, tmp_path, 20), old, new):
        take_back(root)
        assert tree(root) == old


def test_a_rollback_killed_at_any_moment_is_finished_by_the_next(tmp_path: Path, case: Any) -> None:
    work, prepared = case
    old, new = tree(prepared(tmp_path / "old")), tree(done(work, prepared)(tmp_path / "new"))
    for root in safe(each_moment(take_back, done(work, prepared), tmp_path, 15), old, new):
        take_back(root)
        assert tree(root) == old
