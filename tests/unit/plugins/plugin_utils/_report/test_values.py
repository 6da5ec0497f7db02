# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.plugin_utils._report.values import LONGEST, Spread, shown


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "unknown"),
        (True, "true"),
        (60, "60"),
        (7.5, "7.5"),
        (7.0, "7"),
        ("always", "always"),
        ("", ""),
        ([], "none"),
        (["java (12) 91 %", "\x1b[2J"], "java (12) 91 %, \\x1b[2J"),
        (
            [{"pid": 1, "used_percent": 91.5}, {"pid": 2, "used_percent": None}],
            "pid 1, used_percent 91.5; pid 2, used_percent unknown",
        ),
        ({"read": 52, "unread": {"denied": 1}, "hidepid": False}, "read 52, unread denied 1, hidepid false"),
        ({}, "none"),
        ([[[["deep"]]]], '["deep"]'),
        (float("nan"), "nan"),
    ],
)
def test_shown(value: Any, text: str) -> None:
    assert shown(value) == text


@pytest.mark.parametrize("value", ["x" * 5000, list(range(5000)), {"x" * 5000: 1}, 10**400, 1e300])
def test_no_value_is_longer_than_a_line(value: Any) -> None:
    assert len(shown(value)) <= LONGEST


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([], ""),
        ([60], "60"),
        ([60, 60], "60"),
        ([7.25, 2, 5], "2 to 7.25"),
        (["always", "never"], "2 values"),
        ([1, "many"], "2 values"),
        ([True, 3], "2 values"),
        ([None, 3], "2 values"),
    ],
)
def test_spread(values: list[Any], text: str) -> None:
    spread = Spread()
    for value in values:
        spread.add(value)
    assert spread.text(list(dict.fromkeys(map(shown, values)))) == text
