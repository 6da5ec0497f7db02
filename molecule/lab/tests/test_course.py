# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The course, as root and as an ordinary user."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .conftest import ALLOWANCE, CONCEPTS, EVIDENCE, HOSTS, MIB, STEPS, USERS, figures, kept, lessons

CGROUP_V1 = Path("/sys/fs/cgroup/memory/tasks").exists()

MAY_NOT_APPLY = {"major_faults", "swappiness", "huge_pages", "oom_kill"}
"""Whether they can be held depends on this machine: its disks, its swap, its kernel, its version of cgroups."""

TAKEN = {
    "watch": "taken",
    "segments": "put on the heap",
    "virtual_and_physical": "reserved",
    "leak": "leaked",
    "oom_kill": "asked for",
}
"""The evidence that says how much the lesson takes."""


@pytest.fixture(params=[(host, user) for host in HOSTS for user in USERS], ids="-".join)
def course(request: pytest.FixtureRequest) -> dict[str, dict[str, Any]]:
    return lessons(*request.param)


@pytest.fixture(params=HOSTS)
def root(request: pytest.FixtureRequest) -> dict[str, dict[str, Any]]:
    """The course of root."""
    return lessons(request.param, "root")


@pytest.fixture(params=HOSTS)
def auditor(request: pytest.FixtureRequest) -> dict[str, dict[str, Any]]:
    """The course of an ordinary user."""
    return lessons(request.param, "auditor")


def test_all_lessons_are_on_the_page_in_their_order(course: dict[str, dict[str, Any]]) -> None:
    assert tuple(course) == STEPS + CONCEPTS
    assert [lesson["number"] for lesson in course.values()] == [*range(1, 11), *[None] * 9]


def test_each_lesson_came_as_expected_or_says_why_it_can_not_be_held(course: dict[str, dict[str, Any]]) -> None:
    held = {name for name, lesson in course.items() if lesson["held"] is True}
    not_here = {name for name, lesson in course.items() if lesson["held"] is None and lesson["not_applicable"]}
    assert held | not_here == set(course)
    assert not_here <= MAY_NOT_APPLY
    for name in held:
        assert course[name]["evidence"]
        assert course[name]["output"]
        assert course[name]["not_applicable"] is None


def test_an_ordinary_user_is_told_what_needs_root(auditor: dict[str, dict[str, Any]]) -> None:
    assert auditor["oom_kill"]["not_applicable"] == "only root may make a memory cgroup"


@pytest.mark.skipif(not CGROUP_V1, reason="with cgroup v2 a container has no memory cgroups of its own to make")
def test_for_root_the_kernel_kills(root: dict[str, dict[str, Any]]) -> None:
    assert root["oom_kill"]["held"] is True
    assert figures(root["oom_kill"])["signal"] == 9


def test_the_allowance_is_kept(course: dict[str, dict[str, Any]]) -> None:
    assert {lesson["allowance_bytes"] for lesson in course.values()} == {ALLOWANCE}
    for name, what in TAKEN.items():
        if course[name]["held"]:
            assert MIB <= figures(course[name])[what] <= ALLOWANCE, name
    # It would take 200 MB if it might.
    assert "the lab may take 64 MiB" in str(course["bash_array"]["note"])
    assert figures(course["bash_array"])["RSS grew by"] <= ALLOWANCE
    assert figures(course["watch"])["RSS of the lab's process meanwhile"] <= ALLOWANCE + 32 * MIB


def test_series_are_as_long_and_as_dense_as_asked_for(course: dict[str, dict[str, Any]]) -> None:
    assert {len(each["points"]) for each in course["watch"]["series"]} == {3 * 2}
    (vsz, _rss) = course["leak"]["series"]
    assert len(vsz["points"]) == 4
    assert sorted(vsz["points"]) == vsz["points"]
    assert vsz["at_seconds"][-1] - vsz["at_seconds"][0] >= 0.3


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("host", HOSTS)
def test_the_page_is_there_for_people(host: str, user: str) -> None:
    page = (EVIDENCE / user / "lab" / f"{host}.html").read_text()
    for lesson in lessons(host, user).values():
        assert lesson["title"] in page
    assert page.count("<polyline") == sum(len(lesson["series"]) for lesson in lessons(host, user).values()) > 0


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("host", HOSTS)
def test_nothing_is_left(host: str, user: str) -> None:
    found = kept(f"{host}-{user}")
    assert (found["check"]["failed"], found["check"]["changed"], found["check"]["left"]) == (False, False, [])
    assert found["look"] == {"processes": {}, "files": [], "cgroups": []}
