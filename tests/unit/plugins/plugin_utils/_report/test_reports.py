# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from ansible_collections.fleet.memory.plugins.plugin_utils._report import reports
from ansible_collections.fleet.memory.plugins.plugin_utils._report.overview import Overview
from ansible_collections.fleet.memory.plugins.plugin_utils._store.store import Store

from tests.support.fleets import RUN, audited, fleet


def write(store: Store, folder: Path, run: str = RUN, formats: tuple[str, ...] = ("json", "html")) -> dict[str, str]:
    return reports.write(store, Overview(store, store.run(run)), folder, formats)


def test_files_are_private_and_latest_leads_to_them(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "reports"
    paths = write(fleet(tmp_path / "store", audited("a")), folder)
    assert paths == {name: str(folder / RUN / f"report.{name}") for name in ("json", "html")}
    assert {stat.S_IMODE(os.stat(path).st_mode) for path in paths.values()} == {0o600}
    assert {stat.S_IMODE(each.stat().st_mode) for each in (folder, folder / RUN)} == {0o700}
    assert os.readlink(folder / "latest") == RUN


def test_only_what_was_asked_for_is_written(tmp_path: Path) -> None:
    store = fleet(tmp_path / "store", audited("a"))
    assert write(store, tmp_path / "none", formats=("terminal",)) == {}
    assert not (tmp_path / "none").exists()
    assert list(write(store, tmp_path / "one", formats=("html",))) == ["html"]
    assert os.listdir(tmp_path / "one" / RUN) == ["report.html"]


def test_every_format_has_its_file(tmp_path: Path) -> None:
    store = fleet(tmp_path / "store", audited("a"))
    paths = write(store, tmp_path / "reports", formats=tuple(reports.NAMES))
    names = ["junit.xml", "report.csv", "report.html", "report.json", "report.sarif", "summary.md"]
    assert (
        sorted(os.path.basename(path) for path in paths.values())
        == sorted(os.listdir(tmp_path / "reports" / RUN))
        == names
    )


def test_reports_of_an_older_run_leave_latest_alone(tmp_path: Path) -> None:
    store = fleet(tmp_path / "store", audited("a"), run="1")
    fleet(tmp_path / "store", audited("a"), run="2")
    write(store, tmp_path / "reports", "2")
    write(store, tmp_path / "reports", "1")
    assert os.readlink(tmp_path / "reports" / "latest") == "2"
    assert (tmp_path / "reports" / "1" / "report.html").exists()


@pytest.mark.parametrize("run", ["..", ".", "latest", "a/b", "../outside"])
def test_a_run_id_cannot_lead_out_of_the_folder(tmp_path: Path, run: str) -> None:
    store = fleet(tmp_path / "store", audited("a"), run=run)
    with pytest.raises(reports.BadRunId):
        write(store, tmp_path / "reports", run)
    assert sorted(os.listdir(tmp_path)) in (["store"], ["store", "store-shm", "store-wal"])
