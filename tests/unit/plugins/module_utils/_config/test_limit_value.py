# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Limits as a play gives them."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._config.limit_value import above, parse, render


@pytest.mark.parametrize(
    ("raw", "size", "expected"),
    [
        (3000000000, True, 3000000000),
        ("3000000000", True, 3000000000),
        ("512M", True, 536870912),
        ("2K", True, 2048),
        ("3G", True, 3221225472),
        ("1T", True, 1099511627776),
        ("unlimited", True, -1),
        ("infinity", False, -1),
        (-1, False, -1),
        (" 64 ", False, 64),
        (0, False, 0),
        (2**63 - 1, True, 2**63 - 1),
    ],
)
def test_what_is_meant(raw: Any, size: bool, expected: int) -> None:
    assert parse(raw, size) == expected


@pytest.mark.parametrize(
    ("raw", "size"),
    [
        ("64K", False), ("-2", True), ("1.5G", True), (1.5, True), (True, False), ("", True), ("1 G", True),
        ("0x10", True), (2**63, True), ("9" * 40, True), ("\u0663", True), ("64\n65", True), (None, True), ({}, True),
        ("9000000000T", True), ("1g", True),
    ],
)  # fmt: skip
def test_what_is_none(raw: Any, size: bool) -> None:
    with pytest.raises(ValueError):
        parse(raw, size)


def test_which_allows_more() -> None:
    assert above(-1, 5) and above(6, 5)
    assert not above(5, 5) and not above(5, -1) and not above(-1, -1)


def test_in_words() -> None:
    assert [render(value) for value in (-1, 0, 7)] == ["unlimited", "0", "7"]
