# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import re
import sys
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
    monkeypatch.setattr(action.screen.color, "ANSIBLE_COLOR", True)
    fleet(tmp_path / "store", missed("a"))
    _result, screen = run(store=str(tmp_path / "store"), report_dir=str(tmp_path / "reports"))
    assert "\x1b[" in screen.screen and "Missed hosts" in screen.screen
    assert "\x1b[" not in screen.log and "Missed hosts" in screen.log


def test_without_the_terminal_nothing_is_printed(tmp_path: Path) -> None:
    fleet(tmp_path / "store", audited("a"))
    result, screen = run(store=str(tmp_path / "store"), report_dir=str(tmp_path / "reports"), formats=["json"])
    assert (result["complete"], list(result["paths"]), screen.screen) == (True, ["json"], "")


def test_all_files_of_a_pipeline(tmp_path: Path) -> None:
    fleet(tmp_path / "store", audited("a", finding("available", "fail", 4, "m")), missed("b"))
    formats = ["json", "html", "junit", "sarif", "csv", "markdown"]
    result, screen = run(
        store=str(tmp_path / "store"), report_dir=str(tmp_path / "reports"), formats=formats, gate={"fail_on": "high"}
    )
    assert list(result["paths"]) == formats
    assert {Path(path).name for path in result["paths"].values()} == set(os.listdir(tmp_path / "reports" / RUN))
    assert Path(result["paths"]["markdown"]).read_text("utf-8").startswith("## Memory compliance: FAILED\n")
    assert screen.screen == ""


def test_junit_follows_the_gate_in_what_counts(tmp_path: Path) -> None:
    fleet(tmp_path / "store", audited("a", finding("available", "unknown", None, "m")))
    where = {"store": str(tmp_path / "store"), "report_dir": str(tmp_path / "reports"), "formats": ["junit"]}
    for unknown_fails, told in ((True, 'errors="1"'), (False, 'errors="0"')):
        result, _screen = run(**where, gate={"unknown_fails": unknown_fails})
        assert told in Path(result["paths"]["junit"]).read_text("utf-8").splitlines()[1]


def test_annotations_are_printed_when_asked_for_and_not_logged(tmp_path: Path) -> None:
    fleet(tmp_path / "store", audited("a", finding("available", "fail", 4, "m")))
    _result, screen = run(store=str(tmp_path / "store"), report_dir=str(tmp_path / "reports"), formats=["github"])
    assert (screen.screen, screen.log) == ("::error title=Title of available::a: m", "")


def test_on_github_no_name_in_the_tables_is_a_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet(tmp_path / "store", missed("::error::forged"), audited("##[error]forged"))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    where = {
        "store": str(tmp_path / "store"),
        "report_dir": str(tmp_path / "reports"),
        "formats": ["terminal", "github"],
    }
    screens = [run(**where)[1] for _run in range(2)]
    tokens = set()
    for screen in screens:
        begin, text, end = re.fullmatch(
            r"::stop-commands::(\w{64})\n(.*)\n::(\w{64})::(?:::error .*)", screen.screen, re.S
        ).groups()
        assert begin == end and begin not in text and "##[error]forged" in text
        assert "stop-commands" not in screen.log
        tokens.add(begin)
    assert len(tokens) == 2


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
    monkeypatch.setattr(action, "MISSING", ["SQLAlchemy>=2.0"])
    with pytest.raises(AnsibleActionFail, match=r"fleet\.memory\.report needs .*-m pip install 'SQLAlchemy"):
        run(store="store")


def test_junit_asks_for_its_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(action.junit, "MISSING", ImportError("No module named 'junitparser'", name="junitparser"))
    monkeypatch.setitem(sys.modules, "junitparser", None)
    with pytest.raises(AnsibleActionFail, match=r"junit\.xml needs .*-m pip install 'junitparser"):
        run(store="store", formats=["junit"])
    fleet(tmp_path / "store", audited("a"))
    run(store=str(tmp_path / "store"), report_dir=str(tmp_path / "reports"), formats=["sarif"])


def test_the_documentation_has_the_options_of_the_action() -> None:
    documented = yaml.safe_load(module.DOCUMENTATION)["options"]
    assert _without_descriptions(documented) == action.ARGUMENTS


def _without_descriptions(documented: dict[str, Any]) -> dict[str, Any]:
    """Documented options as the argument spec that they should be."""
    spec: dict[str, Any] = {}
    for name, option in documented.items():
        spec[name] = {key: value for key, value in option.items() if key not in ("description", "suboptions")}
        if "suboptions" in option:
            spec[name]["options"] = _without_descriptions(option["suboptions"])
    return spec
