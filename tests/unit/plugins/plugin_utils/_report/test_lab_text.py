# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.plugin_utils._report.lab_text import exercise, held, lesson, shown
from ansible_collections.fleet.memory.plugins.plugin_utils._report.printable import columns

from tests.support.fleets import HOSTILE
from tests.support.lessons import MIB, figure, hostile, kept

UNSAFE = "[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
"""What must not reach a terminal, line ends apart."""


def told(width: int = 80, colour: bool = False, **values: Any) -> str:
    return lesson("web1", kept(**values), width, colour)


def test_a_step_is_told_from_its_title_to_its_figures() -> None:
    assert told().splitlines() == [
        "web1: Step 6. Title of page_faults",
        "What page_faults teaches.",
        "  $ type page_faults",
        "    what page_faults printed",
        "Expected: What page_faults should show.",
        "Held: yes",
        "  minor faults: 2048 faults; taken: 64.0 MiB",
    ]


def test_a_demonstration_has_no_number() -> None:
    assert told(name="leak", number=None).startswith("web1: Title of leak\n")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"held": True}, "yes"),
        ({"held": False}, "no"),
        ({"held": None}, "not tried"),
        ({"held": None, "not_applicable": "the host has no swap"}, "not applicable"),
        ({"held": True, "not_applicable": "the host has no swap"}, "not applicable"),
    ],
)
@pytest.mark.parametrize("colour", [False, True])
def test_whether_it_held(values: dict[str, Any], words: str, colour: bool) -> None:
    assert held(kept(**values)) == words
    [line] = [line for line in told(colour=colour, **values).splitlines() if line.startswith("Held: ")]
    assert re.sub("\033\\[[0-9;]*m", "", line) == f"Held: {words}"
    assert ("\033" in line) is colour and (not colour or line.endswith("\033[0m"))


def test_the_reason_stands_in_place_of_the_figures() -> None:
    text = told(held=None, output=[], not_applicable="the host has no swap")
    assert text.endswith("Held: not applicable\n  the host has no swap")


def test_a_note_and_the_figures_stand_together() -> None:
    assert told(note="the cause is known").endswith(
        "Held: yes\n  the cause is known\n  minor faults: 2048 faults; taken: 64.0 MiB"
    )


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (None, "bytes", "unknown"),
        (None, "", "unknown"),
        (True, "", "yes"),
        (False, "bytes", "no"),
        (0, "bytes", "0 B"),
        (64 * MIB, "bytes", "64.0 MiB"),
        (-64 * MIB, "bytes", f"{-64 * MIB} bytes"),
        (1.5, "% of MemTotal", "1.5 % of MemTotal"),
        ("0x7f00", "", "0x7f00"),
        (1 << 63, "bytes", "8.00 EiB"),
        (10**400, "bytes", f"1{'0' * 400} bytes"),
        (float("nan"), "ns", "nan ns"),
        (float("inf"), "bytes", "inf bytes"),
        ([1, {}], "", "[1, {}]"),
    ],
)
def test_a_figure_in_words(value: Any, unit: str, words: str) -> None:
    assert shown(figure("what", value, unit)) == f"what: {words}"


@pytest.mark.parametrize("width", [0, 20, 40, 79, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    long = "a lot of words " * 30
    wide = "漢字" * 300
    text = told(width, teaches=long, expected=long, note=long, command=[long, wide], output=[long, wide])
    assert max(map(columns, text.splitlines())) <= max(width, 40)
    assert text.count("…") == 4


@pytest.mark.parametrize("name", [*HOSTILE, "\udcff\udcfe", "a\n::error::forged", "\x9b2J", "\x00"])
def test_hostile_names_stay_names(name: str) -> None:
    told = lesson(name, hostile(name), 80, False)
    assert not re.search(UNSAFE, told)
    # A name adds no line to those that a tame one has, as long as it is no longer.
    tame = lesson("n", hostile("n"), 80, False)
    if len(name) < 20:
        assert len(told.splitlines()) == len(tame.splitlines())
    assert not [line for line in told.splitlines() if line.startswith("::")]
    found = {"number": name, "title": name, "solved": True, "found": name}
    assert not re.search(UNSAFE, exercise(name, found)) and "\n" not in exercise(name, found)
