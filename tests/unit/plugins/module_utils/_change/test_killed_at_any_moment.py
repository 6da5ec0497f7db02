# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A process is killed before each single thing that it does to the disk, and once in the middle of each write."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Dict, Optional, Tuple

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._change import outlook, record, undo
from ansible_collections.fleet.memory.plugins.module_utils._change.transaction import Transaction

from tests.support.hand_made import hand_made
from tests.support.kills import each_moment

OWN = "/etc/sysctl.d/90-fleet-memory.conf"
OTHER = "/etc/sysctl.conf"
DROP_IN = "/etc/systemd/system/x.service.d/90-fleet-memory.conf"
GOING = "/etc/security/limits.d/90-fleet-memory.conf"
LIVE = "/proc/sys/vm/swappiness"
BEFORE = {
    OWN: "vm.swappiness = 30\n",
    OTHER: "vm.swappiness = 99\n" * 50,
    GOING: "* hard as 100\n",
    # As long as the new value: a file of the kernel takes each write for the whole value.
    LIVE: "60",
    "/proc/sys/kernel/random/boot_id": "b1\n",
    "/etc/systemd/system/y": "",
}
MODES = {OWN: 0o640, OTHER: 0o604, GOING: 0o600}
AFTER: Dict[str, Optional[bytes]] = {
    OWN: b"vm.swappiness = 10\n",
    OTHER: b"#fleet.memory# vm.swappiness = 99\n" * 50,
    DROP_IN: b"[Service]\nLimitNOFILE=1024\n",
    GOING: None,
}
RUN = "r1"


def no_command(command: Any) -> Tuple[int, str, str]:
    raise AssertionError(command)


def host(root: Path) -> Path:
    hand_made(root, BEFORE)
    for path, mode in MODES.items():
        os.chmod(str(root) + path, mode)
    return root


def job(root: Path) -> None:
    with Transaction(str(root), RUN, no_command) as change:
        change.value(LIVE, "10")
        for path, content in AFTER.items():
            change.file(path, content)


def take_back(root: Path) -> None:
    with record.locked(str(root)):
        kept = record.Record(str(root), RUN, "b1")
        assert outlook.conflicts(kept, str(root)) == []
        assert all(each["result"] != undo.FAILED for each in undo.undo(kept, str(root), no_command))


def tree(root: Path) -> Dict[str, Tuple[Optional[bytes], int]]:
    """Content and mode of everything but the records."""
    return {
        str(path)[len(str(root)) :]: (path.read_bytes() if path.is_file() else None, path.stat().st_mode)
        for path in root.rglob("*")
        if "/var" not in str(path)[len(str(root)) :]
    }


def done_host(root: Path) -> Path:
    job(host(root))
    return root


@pytest.fixture(name="old")
def old_tree(tmp_path: Path) -> Dict[str, Tuple[Optional[bytes], int]]:
    return tree(host(tmp_path / "old"))


@pytest.fixture(name="new")
def new_tree(tmp_path: Path) -> Dict[str, Tuple[Optional[bytes], int]]:
    return tree(done_host(tmp_path / "new"))


def assert_old_or_new(root: Path, old: Dict[str, Any], new: Dict[str, Any]) -> None:
    found = tree(root)
    for path in {**old, **new}:
        assert found.get(path) in (old.get(path), new.get(path)), path
    for path in found:
        # A half-written file has a name that no reader of a drop-in folder takes.
        assert path in old or path in new or path.endswith(".fleet-memory-new"), path
    if found != old:
        assert record.all_records(str(root))[0]["run"] == RUN


def test_a_run_killed_at_any_moment_is_finished_by_the_next(tmp_path, old, new):
    for root in each_moment(job, host, tmp_path):
        assert_old_or_new(root, old, new)
        job(root)
        assert tree(root) == new
        assert [each["state"] for each in record.all_records(str(root))] == [record.DONE]
        take_back(root)
        assert tree(root) == old


def test_a_run_killed_at_any_moment_is_rolled_back(tmp_path, old, new):
    for root in each_moment(job, host, tmp_path):
        assert_old_or_new(root, old, new)
        take_back(root)
        assert tree(root) == old
        assert [each["state"] for each in record.all_records(str(root))] in ([record.ROLLED_BACK], [])
        assert not list((root / "var/lib/fleet-memory/rollback").glob(".*"))


def test_a_rollback_killed_at_any_moment_is_finished_by_the_next(tmp_path, old, new):
    for root in each_moment(take_back, done_host, tmp_path):
        assert_old_or_new(root, old, new)
        take_back(root)
        assert tree(root) == old
        assert [each["state"] for each in record.all_records(str(root))] == [record.ROLLED_BACK]
