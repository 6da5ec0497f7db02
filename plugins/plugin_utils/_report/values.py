# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a rule found, as a person reads it: one value, and many of them in one line."""

from __future__ import annotations

import json
from typing import Any

from .printable import printable
from .sizes import UNKNOWN

LONGEST = 80
"""Characters of a value shown: it may be another one on each of ten thousand hosts. report.json has all of them."""


_DEEPEST = 3
"""Levels of lists and mappings that are put into words; what lies deeper stays JSON."""


def shown(value: Any) -> str:
    """``value`` (anything that JSON can hold) in at most LONGEST printable characters."""
    return printable(_words(value, _DEEPEST), LONGEST)


def _words(value: Any, depth: int) -> str:
    if value is None:
        return UNKNOWN
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    if depth and isinstance(value, list):
        separator = "; " if any(isinstance(item, (dict, list)) for item in value) else ", "
        return separator.join(_words(item, depth - 1) for item in value[:LONGEST]) or "none"
    if depth and isinstance(value, dict):
        return ", ".join(f"{key} {_words(item, depth - 1)}" for key, item in list(value.items())[:LONGEST]) or "none"
    return json.dumps(value, ensure_ascii=False)


class Spread:
    """The values that a rule saw on many hosts: the range of numbers, or how many different ones there are."""

    def __init__(self) -> None:
        self._least: float | None = None
        self._greatest: float | None = None
        self._numeric = True

    def add(self, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self._numeric = False
        elif self._least is None or self._greatest is None:
            self._least = self._greatest = value
        else:
            self._least, self._greatest = min(self._least, value), max(self._greatest, value)

    def text(self, distinct: list[str]) -> str:
        """In a few words; ``distinct`` are the values as ``shown``."""
        if len(distinct) <= 1:
            return "".join(distinct)
        if self._numeric:
            return f"{shown(self._least)} to {shown(self._greatest)}"
        return f"{len(distinct):,} values"
