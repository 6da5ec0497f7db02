# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleActionFail
from ansible_collections.fleet.memory.plugins.action import report as action
from ansible_collections.fleet.memory.plugins.modules import report as module

from tests.support.fleets import RUN, audited, finding, fleet, missed
from tests.support.return_doc import assert_documented


class Screen:
    """In place of Ansible's display."""

    columns = 79

    def __init__(self) -> None:
        self.screen = ""
        self.log = ""

    def display(self, text: str, screen_only: bool = False, log_only: bool = False) -> None:
        self.screen += "" if log_only else text
        self.log += "" if screen_only else text


def run(**arguments: Any) -> tuple[dict[str, Any], Screen]:
    task = SimpleNamespace(args=arguments, async_val=0, check_mode=False, diff=False)
    connection = SimpleNamespace(_shell=SimpleNamespace(tmpdir="/nowhere"))
    plugin = action.ActionModule(task, connection, None, None, None, None)
    plugin._display = Screen()
    return plugin.run(task_vars={}), plugin._display


def test_the_result_is_small_and_as_documented(tmp_path: Path) -> None:
    fleet(
        tmp_path / "store",
        audited("a", finding("available", "fail", 4, "m")),
        *(missed(f"m{n:03d}") for n in range(500)),
    )
    result, screen = run(store=str(tmp_path / "store"), report_dir=str(tmp_path / "reports"))
    assert_documented(result, "report")
    assert len(str(result)) < 2000
    assert (result["changed"], result["complete"], result["run"]) == (False, False, RUN)
    assert result["hosts_by_worst_finding"]["critical"] == 1
    assert all(
        Path(path).is_absolute() and Path(path).exists() and path in screen.screen for path in result["paths"].values()
    )


def test_the_log_gets_no_colours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(action.color, "ANSIBLE_COLOR", True)
    fleet(tmp_path / "store", missed("a"))
    _result, screen = run(store=str(tmp_path / "store"), report_dir=str(tmp_path / "reports"))
    assert "\x1b[" in screen.screen and "Missed hosts" in screen.screen
    assert "\x1b[" not in screen.log and "Missed hosts" in screen.log


def test_without_the_terminal_nothing_is_printed(tmp_path: Path) -> None:
    fleet(tmp_path / "store", audited("a"))
    result, screen = run(store=str(tmp_path / "store"), report_dir=str(tmp_path / "reports"), formats=["json"])
    assert (result["complete"], list(result["paths"]), screen.screen) == (True, ["json"], "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"run": "other"}, "no run 'other'"),
        ({"store": "nothing-there"}, "store"),
        ({"store": "nonsense://"}, "store can't be read"),
        ({"report_dir": "/proc/reports"}, "can't be written below /proc/reports"),
        ({"formats": ["pdf"]}, "formats"),
    ],
)
def test_what_is_wrong_is_said_in_words(
    tmp_path: Path, arguments: dict[str, Any], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    fleet(tmp_path / "store", audited("a"))
    with pytest.raises(AnsibleActionFail, match=message):
        run(**{"store": str(tmp_path / "store"), "report_dir": str(tmp_path / "reports"), **arguments})


def test_a_missing_library_is_named_with_the_way_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(action, "MISSING", ImportError("No module named 'sqlalchemy'", name="sqlalchemy"))
    with pytest.raises(AnsibleActionFail, match=r"sqlalchemy.*-m pip install 'SQLAlchemy"):
        run(store="store")


def test_the_documentation_has_the_options_of_the_action() -> None:
    documented = yaml.safe_load(module.DOCUMENTATION)["options"]
    for option in documented.values():
        del option["description"]
    assert documented == action.ARGUMENTS
