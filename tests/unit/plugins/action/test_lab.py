# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.action import lab as action
from ansible_collections.fleet.memory.plugins.plugin_utils._report import lab_text

from tests.support.lessons import returned
from tests.support.return_doc import assert_documented
from tests.support.screen import Screen


def run(answer: dict[str, Any], facts: Any = None, host: str = "web1") -> tuple[dict[str, Any], Screen]:
    """What the action makes of what the module answered, and what was shown."""
    task = SimpleNamespace(args={}, async_val=0, check_mode=False, diff=False)
    connection = SimpleNamespace(transport="ssh", _shell=SimpleNamespace(tmpdir="/nowhere"))
    plugin = action.ActionModule(task, connection, None, None, None, None)

    def execute(module_name: str, task_vars: dict[str, Any]) -> dict[str, Any]:
        assert (module_name, task_vars["inventory_hostname"]) == ("fleet.memory.lab", host)
        return dict(answer)

    plugin._execute_module = execute
    plugin._display = Screen()
    variables = {"inventory_hostname": host} if facts is None else {"inventory_hostname": host, "ansible_facts": facts}
    return plugin.run(task_vars=variables), plugin._display


def collected(result: dict[str, Any]) -> Any:
    return result["ansible_facts"]["memory_lab_lessons"]


def test_a_lesson_is_shown_and_collected() -> None:
    answer = returned()
    result, screen = run(answer)
    assert_documented({key: value for key, value in result.items() if key != "ansible_facts"}, "lab")
    assert {key: value for key, value in result.items() if key != "ansible_facts"} == answer
    [lesson] = collected(result)
    assert set(lesson) == set(lab_text.KEYS)
    assert lesson == {**{key: answer[key] for key in lab_text.KEYS if key != "held_at"}, "held_at": lesson["held_at"]}
    assert re.fullmatch(r"2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\dZ", lesson["held_at"])
    for shown in screen.screen, screen.log:
        assert "web1: Step 6. Title of page_faults\n" in shown and "\nHeld: yes\n" in shown


@pytest.mark.parametrize("facts", [None, {}, {"memory_lab_lessons": None}, {"memory_lab_lessons": []}])
def test_the_first_lesson_is_the_first(facts: Any) -> None:
    assert [lesson["name"] for lesson in collected(run(returned("leak"), facts)[0])] == ["leak"]


def test_earlier_lessons_stay_in_their_order() -> None:
    before = [{"name": "watch"}, {"name": "leak"}]
    after = collected(run(returned("leak"), {"memory_lab_lessons": before})[0])
    assert [lesson["name"] for lesson in after] == ["watch", "leak", "leak"]
    assert after[:2] == before == [{"name": "watch"}, {"name": "leak"}]


def test_a_course_begins_without_lessons() -> None:
    result, screen = run({"changed": False, "allowance_bytes": 0}, {"memory_lab_lessons": [{"name": "leak"}]})
    assert collected(result) == []
    assert screen.screen == screen.log == ""


@pytest.mark.parametrize(
    "answer",
    [
        {"changed": True, "removed": ["process 7"], "left": []},
        {"changed": False, "left": []},
        {**returned(), "failed": True, "msg": "no"},
        {**returned(), "unreachable": True, "msg": "gone"},
        {"failed": True, "msg": "samples must be between 2 and 100, and is 1", "allowance_bytes": 7},
    ],
)
def test_what_is_no_lesson_is_handed_on_as_it_is(answer: dict[str, Any]) -> None:
    result, screen = run(answer, {"memory_lab_lessons": [{"name": "leak"}]})
    assert result == answer
    assert screen.screen == screen.log == ""


def test_a_lesson_that_was_only_explained() -> None:
    result, screen = run(returned(held=None, output=[], evidence=[]))
    assert collected(result)[0]["held"] is None
    assert "Held: not tried" in screen.log and "Held: yes" not in screen.log


def test_a_solved_exercise_says_what_was_found() -> None:
    found = {"number": 3, "title": "A process of a known size", "solved": True, "found": "process 7 has 61.0 MiB"}
    result, screen = run({"changed": False, "exercise": found})
    words = "web1: exercise 3, A process of a known size, is solved: process 7 has 61.0 MiB"
    assert screen.screen == screen.log == f"\n{words}\n"
    assert "ansible_facts" not in result


def test_the_log_gets_no_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(action.screen.color, "ANSIBLE_COLOR", True)
    _result, screen = run(returned())
    assert "Held: \033[0;32myes\033[0m" in screen.screen
    assert "\033" not in screen.log and "Held: yes" in screen.log


@pytest.mark.parametrize(
    "answer",
    [
        returned(output=["a", "::error::forged", "\n::error::forged"], note="::error::forged"),
        {"exercise": {"number": 1, "title": "t", "solved": True, "found": "\n::error::forged"}},
    ],
    ids=["lesson", "exercise"],
)
def test_on_github_nothing_that_a_host_says_is_a_command(
    answer: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    screens = [run(answer, host="::error::host")[1] for _run in range(2)]
    tokens = set()
    for screen in screens:
        told = re.fullmatch(r"::stop-commands::(\w{64})\n(.*)\n::(\w{64})::", screen.screen, re.DOTALL)
        assert told is not None
        begin, text, end = told.groups()
        assert begin == end and begin not in text and "::error::forged" in text
        assert "stop-commands" not in screen.log
        tokens.add(begin)
    assert len(tokens) == 2
