# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A limit as a play gives it: ``3000000000``, ``"512M"`` or ``"unlimited"``."""

from __future__ import annotations

import re
from typing import Any

UNLIMITED = -1
"""The kernel's RLIM_INFINITY as Python shows it."""

SIZES = ("AS", "CORE", "DATA", "FSIZE", "MEMLOCK", "STACK")
"""Limits in bytes; the others are counts."""

NAMES = (*SIZES, "NOFILE", "NPROC")

_WORDS = ("unlimited", "infinity", "-1")
_NUMBER = re.compile(r"([0-9]{1,19})([KMGT]?)", re.ASCII)
_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
_MOST = 2**63 - 1


def parse(raw: Any, size: bool = True) -> int:
    """Bytes or a count, ``UNLIMITED`` for none. Only a ``size`` takes a suffix, of 1024. Raises ValueError."""
    words = "" if isinstance(raw, (bool, float)) else str(raw).strip()
    if words in _WORDS:
        return UNLIMITED
    found = _NUMBER.fullmatch(words)
    if not found or (found.group(2) and not size):
        expected = "bytes, with K, M, G or T behind if need be," if size else "a number"
        raise ValueError("%r is neither %s nor unlimited" % (raw, expected))
    number = int(found.group(1)) * _UNITS[found.group(2)]
    if number > _MOST:
        raise ValueError("%r is more than the kernel takes; say unlimited" % raw)
    return number


def render(value: int) -> str:
    return "unlimited" if value == UNLIMITED else str(value)


def above(one: int, other: int) -> bool:
    """Whether ``one`` allows more than ``other``."""
    return other != UNLIMITED and (one == UNLIMITED or one > other)
