# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Figures of a snapshot that a hostile host may have sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_BEYOND = 2**63


def count(value: Any) -> int | None:
    """``value`` if it is a whole number from 0 on that fits 64 bits."""
    sound = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _BEYOND
    return value if sound else None


def seconds(value: Any) -> float | None:
    """``value`` if it is a time from 0 on."""
    # NaN, which Python's JSON knows, is not even larger than nothing.
    sound = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < _BEYOND
    return float(value) if sound else None


def section(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The mapping ``name``; empty when there is none."""
    found = document.get(name)
    return found if isinstance(found, Mapping) else {}


def processes(snapshot: Mapping[str, Any]) -> Iterator[Mapping[str, Any]] | None:
    """The processes that have a pid; None when the snapshot has no list of them."""
    listed = section(snapshot, "processes").get("processes")
    if not isinstance(listed, list):
        return None
    return (each for each in listed if isinstance(each, Mapping) and count(each.get("pid")) is not None)
