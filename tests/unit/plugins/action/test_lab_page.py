# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleActionFail
from ansible_collections.fleet.memory.plugins.action import lab_page as action
from ansible_collections.fleet.memory.plugins.modules import lab_page as module

from tests.support.lessons import kept
from tests.support.return_doc import assert_documented
from tests.support.screen import Screen


def run(check_mode: bool = False, host: str = "web1", **arguments: Any) -> tuple[dict[str, Any], Screen]:
    task = SimpleNamespace(args=arguments, async_val=0, check_mode=check_mode, diff=False)
    connection = SimpleNamespace(_shell=SimpleNamespace(tmpdir="/nowhere"))
    plugin = action.ActionModule(task, connection, None, None, None, None)
    plugin._display = Screen()
    return plugin.run(task_vars={"inventory_hostname": host}), plugin._display


def names(path: Path) -> list[str]:
    return [lesson["name"] for lesson in json.loads(path.read_text("utf-8"))["lessons"]]


def test_both_files_are_written_and_told(tmp_path: Path) -> None:
    result, screen = run(lessons=[kept()], report_dir=str(tmp_path / "reports"))
    assert_documented(result, "lab_page")
    folder = tmp_path / "reports" / "lab"
    assert result == {
        "changed": False,
        "paths": {"html": str(folder / "web1.html"), "json": str(folder / "web1.json")},
    }
    assert sorted(os.listdir(folder)) == ["web1.html", "web1.json"]
    for path in result["paths"].values():
        assert os.stat(path).st_mode & 0o777 == 0o600
        assert f"Report: {path}\n" in screen.screen and f"Report: {path}\n" in screen.log
    assert os.stat(folder).st_mode & 0o777 == 0o700
    assert names(folder / "web1.json") == ["page_faults"]


def test_a_page_for_each_host(tmp_path: Path) -> None:
    for host in "web1", "web2":
        run(host=host, lessons=[kept(f"of {host}")], report_dir=str(tmp_path))
    assert names(tmp_path / "lab" / "web1.json") == ["of web1"]
    assert names(tmp_path / "lab" / "web2.json") == ["of web2"]


def test_reports_lie_where_the_playbook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(lessons=[])[0]["paths"]["json"] == str(tmp_path / "reports" / "lab" / "web1.json")


def test_check_mode_writes_nothing(tmp_path: Path) -> None:
    result, screen = run(True, lessons=[kept(held=None)], report_dir=str(tmp_path / "reports"))
    assert result["skipped"] is True and result["changed"] is False and "paths" not in result
    assert list(tmp_path.iterdir()) == []
    assert screen.screen == screen.log == ""


@pytest.mark.parametrize("name", ["..", "a/b", "", "a\0b"])
def test_a_name_that_cannot_be_that_of_a_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(AnsibleActionFail, match="can't be the name of a file"):
        run(host=name, lessons=[kept()], report_dir=str(tmp_path / "reports"))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("a file")
    with pytest.raises(AnsibleActionFail, match=r"The page of web1 can't be written below .*/reports/lab: "):
        run(lessons=[kept()], report_dir=str(tmp_path / "reports"))


def test_an_earlier_page_that_cannot_be_read_is_named_and_left_alone(tmp_path: Path) -> None:
    run(lessons=[kept()], report_dir=str(tmp_path))
    page, document = tmp_path / "lab" / "web1.html", tmp_path / "lab" / "web1.json"
    document.write_text("{")
    before = page.read_bytes()
    with pytest.raises(AnsibleActionFail, match=r"web1\.json holds no lessons of an earlier course; move it away"):
        run(lessons=[kept("leak", None)], report_dir=str(tmp_path))
    assert (page.read_bytes(), document.read_text()) == (before, "{")
    assert sorted(os.listdir(tmp_path / "lab")) == ["web1.html", "web1.json"]


@pytest.mark.parametrize("lessons", [None, "leak", [7]])
def test_what_is_no_list_of_lessons(tmp_path: Path, lessons: Any) -> None:
    with pytest.raises(AnsibleActionFail, match="lessons"):
        run(**({} if lessons is None else {"lessons": lessons}), report_dir=str(tmp_path / "reports"))
    assert list(tmp_path.iterdir()) == []


def test_the_documentation_has_the_options_of_the_action() -> None:
    documented = yaml.safe_load(module.DOCUMENTATION)["options"]
    spec = {name: {key: each[key] for key in each if key != "description"} for name, each in documented.items()}
    assert spec == action.ARGUMENTS
