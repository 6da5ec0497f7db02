# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import unicodedata

import pytest
from ansible_collections.fleet.memory.plugins.plugin_utils._report.printable import clipped, columns, printable
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("nginx", "nginx"),
        ("Größe 漢字", "Größe 漢字"),
        ("\x1b[2J", "\\x1b[2J"),
        ("a\nb\tc", "a\\x0ab\\x09c"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("line\u2028break", "line\\u2028break"),
        ("\udcff", "\\udcff"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_what_cannot_be_seen_is_spelled_out(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text())
def test_nothing_hidden_is_left(text: str) -> None:
    assert not any(unicodedata.category(character).startswith("C") for character in printable(text))


def test_a_long_name_is_cut_and_says_so() -> None:
    assert printable("n" * 5000, 10) == "nnnnnnnnn…"
    assert printable("n" * 10, 10) == "n" * 10


@given(st.text(), st.integers(min_value=1, max_value=40))
def test_clipped_never_exceeds_the_width(text: str, width: int) -> None:
    assert columns(clipped(text, width)) <= width


def test_wide_characters_take_two_cells() -> None:
    assert columns("漢字") == 4
    assert clipped("漢字漢字", 5) == "漢字…"
