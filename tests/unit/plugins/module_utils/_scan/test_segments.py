# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The memory map of a process in a folder that looks like /proc."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._scan import segments
from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Files

STAT = "42 (app) S 1 1 1 0 -1 0 11 12 13 14 0 0 0 0 20 0 2 0 500 300000000 25 18446744073709551615\n"
BODY = "Rss: %d kB\nPss: 1 kB\nPrivate_Clean: 0 kB\nPrivate_Dirty: 1 kB\nSwap: 0 kB\nVmFlags: rd wr nh \n"
FIGURES = ("segments", "deleted_files", "mappings", "mappings_count", "mappings_truncated")
UNKNOWN = dict.fromkeys(FIGURES)


def smaps(*lines: str) -> str:
    return "".join(line + "\n" + BODY % number for number, line in enumerate(lines, 1))


SMAPS = smaps(
    "00400000-00401000 r-xp 00000000 fe:00 7    /opt/new\\012line",
    "7f0000000000-7f0000001000 rw-p 00000000 00:00 0 ",
    "7f0000002000-7f0000003000 rw-p 00000000 fe:00 8    /var/lib/old (deleted)",
    "7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0    [stack]",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "proc/42"
    for thread, pointer in ((42, "0x7ffc00010000"), (43, "0x7f0000000800")):
        (folder / "task" / str(thread)).mkdir(parents=True)
        (folder / "task" / str(thread) / "syscall").write_text(f"0 0x0 0x0 0x0 0x0 0x0 0x0 {pointer} 0x1\n")
    (folder / "stat").write_text(STAT)
    (folder / "smaps").write_text(SMAPS)
    program = tmp_path / "new\nline"
    shutil.copyfile(sys.executable, program)
    os.symlink(program, folder / "exe")
    return folder


def process(**different) -> dict:
    return {"pid": 42, "start_ticks": 500, "state": "S", "vsz_bytes": 4096, "unread": {"cgroup": "denied"}, **different}


def scan(folder: Path, scanned: dict) -> dict:
    return segments.scan_segments(Files(str(folder.parents[1])), scanned)


def found(result: dict) -> dict[str, int]:
    return {segment["segment"]: segment["rss_bytes"] // 1024 for segment in result["segments"]}


def test_a_process(folder: Path) -> None:
    scanned = process()
    result = scan(folder, scanned)
    # The link of `exe` is a path of this test's own here, so the program's file is a library with code.
    assert found(result) == {"library_text": 1, "thread_stack": 2, "file": 3, "stack": 4}
    assert [file["path"] for file in result["deleted_files"]] == ["/var/lib/old"]
    assert (result["mappings_count"], result["mappings_truncated"]) == (4, False)
    assert scanned["unread"] == {"cgroup": "denied"}


def test_the_program_is_known_by_the_link_even_with_a_newline_in_it(folder: Path) -> None:
    name = os.readlink(folder / "exe").replace("\n", "\\012")
    (folder / "smaps").write_text(SMAPS.replace("/opt/new\\012line", name))
    assert found(scan(folder, process()))["text"] == 1


@pytest.mark.parametrize("piece", [200, 300, 4096])
def test_read_in_pieces(folder: Path, monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    whole = scan(folder, process())
    monkeypatch.setattr(segments, "_PIECE", piece)
    assert scan(folder, process()) == whole


def test_a_thread_that_runs_or_has_ended(folder: Path) -> None:
    (folder / "task/42/syscall").write_text("running\n")
    (folder / "task/43/syscall").unlink()
    scanned = process()
    # One sign is left, the refused huge pages.
    assert found(scan(folder, scanned))["anonymous"] == 2
    assert "task" not in scanned["unread"]


def test_without_stack_pointers_and_headers_there_is_still_a_map(folder: Path) -> None:
    shutil.rmtree(folder / "task")
    (folder / "exe").unlink()
    scanned = process()
    assert found(scan(folder, scanned)) == {"library_text": 1, "anonymous": 2, "file": 3, "stack": 4}
    assert scanned["unread"] == {"cgroup": "denied", "task": "unsupported", "exe": "unsupported"}


def test_a_program_that_is_no_elf_file(folder: Path) -> None:
    Path(os.readlink(folder / "exe")).write_text("#!/bin/sh\n")
    scanned = process()
    assert scan(folder, scanned)["mappings_count"] == 4
    assert scanned["unread"]["exe"] == "malformed"


def test_the_kernel_refuses(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it does for the processes of others without CAP_SYS_PTRACE."""
    real = os.open

    def refusing(path, *arguments, **options):
        if path in ("smaps", "task"):
            raise PermissionError(13, "Permission denied")
        return real(path, *arguments, **options)

    monkeypatch.setattr(os, "open", refusing)
    scanned = process()
    assert scan(folder, scanned) == UNKNOWN
    assert scanned["unread"] == {"cgroup": "denied", "smaps": "denied", "task": "denied"}


@pytest.mark.parametrize(
    "content, reason", [("", "vanished"), ("nonsense\n", "malformed"), (SMAPS[:90], "malformed"), (None, "unsupported")]
)
def test_smaps_that_tells_nothing(folder: Path, content: str | None, reason: str) -> None:
    (folder / "smaps").unlink()
    if content is not None:
        (folder / "smaps").write_text(content)
    scanned = process()
    assert scan(folder, scanned) == UNKNOWN
    assert scanned["unread"]["smaps"] == reason


def test_another_process_of_the_same_number(folder: Path) -> None:
    scanned = process(start_ticks=499)
    assert scan(folder, scanned) == UNKNOWN
    assert scanned["unread"]["smaps"] == "vanished"


def test_a_process_that_has_ended(folder: Path) -> None:
    shutil.rmtree(folder)
    scanned = process()
    assert scan(folder, scanned) == UNKNOWN
    assert scanned["unread"]["smaps"] == "vanished"


def test_a_zombie_holds_nothing(folder: Path) -> None:
    scanned = process(state="Z", vsz_bytes=0)
    assert scan(folder, scanned) == dict(zip(FIGURES, ([], [], [], 0, False)))
