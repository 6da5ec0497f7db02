# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages about the lab name every lesson and every exercise, and what they tell to type is what the lab runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.fleet.memory.plugins.module_utils._lab.course import LESSONS
from ansible_collections.fleet.memory.plugins.module_utils._lab.exercises import EXERCISES
from ansible_collections.fleet.memory.plugins.module_utils._lab.outcome import Lesson

ROOT = Path(__file__).parents[3]
PAGES = {name: (ROOT / "docs" / "lab" / f"{name}.md").read_text() for name in ("lesson", "exercises", "solutions")}

COURSE = [each.LESSON for each in LESSONS.values()]


def section(lesson: Lesson) -> str:
    """What stands below the heading of the lesson, up to the next one."""
    title = f"Step {lesson.number}: {lesson.title}" if lesson.number else lesson.title
    [found] = re.findall(rf"^### {re.escape(title)}\n(.*?)(?=^##|\Z)", PAGES["lesson"], re.MULTILINE | re.DOTALL)
    return found


def test_the_lesson_has_the_course_in_its_order() -> None:
    headings = re.findall(r"^### (?:Step \d+: )?(.+)$", PAGES["lesson"], re.MULTILINE)
    titles = [lesson.title for lesson in COURSE]
    assert [heading for heading in headings if heading in titles] == titles


@pytest.mark.parametrize("lesson", COURSE, ids=LESSONS)
def test_each_lesson_has_its_command_and_output(lesson: Lesson) -> None:
    [shown] = re.findall(r"^```text\n(.*?)^```$", section(lesson), re.MULTILINE | re.DOTALL)
    lines = shown.splitlines()
    typed = [f"$ {line.split('     #')[0]}" for line in lesson.command]
    assert lines[: len(typed)] == typed
    assert len(lines) > len(typed)


@pytest.mark.parametrize("page", ["exercises", "solutions"])
def test_all_exercises_are_there_in_their_order(page: str) -> None:
    headings = re.findall(r"^## (\d.*)$", PAGES[page], re.MULTILINE)
    assert headings == [f"{number}. {exercise.title}" for number, exercise in enumerate(EXERCISES, 1)]


def test_each_exercise_says_how_it_is_checked_and_has_a_hint() -> None:
    parts = re.split(r"^## \d+\. ", PAGES["exercises"], flags=re.MULTILINE)[1:]
    for number, part in enumerate(parts, 1):
        assert f"`-e exercise={number}`" in part
        assert "*Hint:*" in part


def test_every_variable_of_the_lab_has_its_default_in_the_lesson() -> None:
    defaults = yaml.safe_load((ROOT / "roles/lab/defaults/main.yml").read_text())
    told = dict(re.findall(r"^\| `(memory_lab_\w+)` \| (\S+) \|", PAGES["lesson"], re.MULTILINE))
    assert told == {name: str(value) for name, value in defaults.items()}


@pytest.mark.parametrize("page", PAGES)
def test_links_between_the_pages_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\((?!https:)([^)#]+)", PAGES[page]):
        assert (ROOT / "docs" / "lab" / target).is_file()
