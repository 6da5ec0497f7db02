# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Figures for people: binary units with three significant digits, percents, ranges.

Everything that a person reads goes through here, so that the terminal and the page never disagree.
report.json keeps the exact bytes.
"""

from __future__ import annotations

UNKNOWN = "unknown"

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")


def size(count: int | float | None) -> str:
    """``count`` bytes as ``23.4 GiB``; ``unknown`` for None, which is never the same as ``0 B``."""
    if count is None:
        return UNKNOWN
    number = float(count)
    unit = 0
    # 1023.95 would print as "1024 KiB": it belongs to the next unit already.
    while abs(number) >= 999.5 and unit < len(_UNITS) - 1:
        number /= 1024
        unit += 1
    return f"{_three_digits(number)} {_UNITS[unit]}" if unit else f"{int(number)} B"


def percent(value: float | None) -> str:
    """``value`` as ``12.5%``."""
    return UNKNOWN if value is None else f"{value:.1f}%"


def interval(exact: int | None, low: int | None, high: int | None) -> str:
    """An exact size, or the bounds between which it must lie when it could not be read: ``1.0 GiB to 1.5 GiB``."""
    if exact is not None or low is None or high is None:
        return size(exact)
    return size(low) if size(low) == size(high) else f"{size(low)} to {size(high)}"


def plural(count: int, noun: str) -> str:
    """``1 host``, ``2 hosts``, ``1,000 hosts``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _three_digits(number: float) -> str:
    magnitude = abs(number)
    decimals = 0 if magnitude >= 99.95 else 1 if magnitude >= 9.995 else 2
    return f"{number:.{decimals}f}"
