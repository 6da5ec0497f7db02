# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.fleet.memory.plugins.plugin_utils._report import files


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_is_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        files.write(tmp_path / "report.json", ["a", "b"])
    finally:
        os.umask(before)
    assert (tmp_path / "report.json").read_text() == "ab"
    assert mode(tmp_path / "report.json") == 0o600


def test_a_report_that_breaks_half_way_leaves_the_old_one_and_nothing_else(tmp_path: Path) -> None:
    def breaking() -> Iterator[str]:
        yield "half"
        raise RuntimeError

    files.write(tmp_path / "report.json", ["old"])
    with pytest.raises(RuntimeError):
        files.write(tmp_path / "report.json", breaking())
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("report.json", "old")]


def test_a_new_file_does_not_write_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("untouched")
    (tmp_path / "report.json").symlink_to("victim")
    files.write(tmp_path / "report.json", ["new"])
    assert (tmp_path / "victim").read_text() == "untouched"
    assert not (tmp_path / "report.json").is_symlink()


def test_a_lone_surrogate_cannot_stop_a_report(tmp_path: Path) -> None:
    files.write(tmp_path / "report.json", ["\udcff"])
    assert (tmp_path / "report.json").read_text() == "\\udcff"


def test_folders_are_private_and_existing_ones_keep_their_mode(tmp_path: Path) -> None:
    assert mode(files.private_folder(tmp_path / "new")) == 0o700
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o755)
    assert mode(files.private_folder(tmp_path / "shared")) == 0o755


def test_a_link_moves_in_one_step_and_is_relative(tmp_path: Path) -> None:
    files.point(tmp_path / "latest", "first")
    files.point(tmp_path / "latest", "second")
    assert os.readlink(tmp_path / "latest") == "second"
    assert os.listdir(tmp_path) == ["latest"]


def test_a_folder_in_place_of_the_link_is_not_destroyed(tmp_path: Path) -> None:
    (tmp_path / "latest").mkdir()
    with pytest.raises(OSError):
        files.point(tmp_path / "latest", "first")
    assert os.listdir(tmp_path) == ["latest"]
