# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The course with ``--check``, on the host with the oldest Python."""

from __future__ import annotations

from .conftest import EVIDENCE, kept, lessons

HOST = "lab11"


def test_each_lesson_is_explained_and_none_is_tried() -> None:
    told = kept("told")
    assert told["rc"] == 0, told["stdout"]
    parts = told["stdout"].split(f"{HOST}: ")
    shown = " ".join(" ".join(parts).split())
    for lesson in lessons(HOST, "root").values():
        number = f"Step {lesson['number']}. " if lesson["number"] else ""
        (part,) = [part for part in parts if part.startswith(f"{number}{lesson['title']}\n")]
        assert "\nHeld: not tried\n" in part
        assert f"  $ {lesson['command'][0]}"[:60] in part
        assert lesson["expected"] in shown


def test_there_is_no_page() -> None:
    assert not (EVIDENCE / "told").exists()


def test_there_is_no_trace_on_the_host() -> None:
    assert kept(f"{HOST}-traces") == []
