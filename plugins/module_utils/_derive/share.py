# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shares as percentages."""

from __future__ import annotations

from typing import Optional


def percent(part: Optional[int], whole: Optional[int]) -> Optional[float]:
    """``part`` of ``whole`` in percent, two places; None when either is unknown, or the whole is nothing."""
    if part is None or not whole:
        return None
    return round(100.0 * part / whole, 2)


def remainder(whole: Optional[int], part: Optional[int]) -> Optional[int]:
    """What is left of ``whole`` without ``part``; None when either is unknown."""
    if whole is None or part is None:
        return None
    return whole - part
