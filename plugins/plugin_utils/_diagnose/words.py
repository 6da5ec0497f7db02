# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Figures as a person reads them. The unit is in the key: ``rss_bytes``, ``used_percent``, ``lasts_seconds``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .._report.printable import printable
from .._report.sizes import UNKNOWN, percent, size

LONGEST = 300
"""Characters of a name or an explanation from the host."""

_SUFFIXES = ("_bytes_per_second", "_per_second", "_bytes", "_percent", "_seconds")

_TIMES = ((86400, "day"), (3600, "h"), (60, "min"))


def value(key: str, found: Any) -> str:
    """One value: ``1.5 GiB``, ``12.5%``, ``3.2 min``, ``none``; printable whatever the host has sent."""
    if found is None:
        return UNKNOWN
    if isinstance(found, bool):
        return "yes" if found else "no"
    if isinstance(found, (int, float)):
        return _number(key, found)
    if isinstance(found, list):
        return "; ".join(item(each) for each in found) or "none"
    return item(found)


def item(found: Any) -> str:
    """A thing with its figures: ``python, pid 12, rss 1.5 GiB``. A name that it doesn't have is left out."""
    if not isinstance(found, Mapping):
        return printable(str(found), LONGEST)
    return ", ".join(_parts(found))


def label(key: str) -> str:
    """``vsz_of_rss_percent`` -> ``vsz of rss``; a rate keeps the words that its value needs."""
    suffix = next((each for each in _SUFFIXES if key.endswith(each)), "")
    return key.removesuffix(suffix).replace("_", " ")


def is_told(key: str, found: Any) -> bool:
    """A figure that isn't known is told to be unknown; a name that isn't there is not."""
    return found is not None or key.endswith(_SUFFIXES)


def _parts(found: Mapping[str, Any]) -> Iterator[str]:
    for number, (key, each) in enumerate(found.items()):
        if is_told(key, each):
            words = value(key, each)
            yield words if number == 0 and isinstance(each, str) else f"{label(key)} {words}"


def _number(key: str, found: int | float) -> str:
    if key.endswith("_bytes_per_second"):
        return f"{size(found)}/s"
    if key.endswith("_bytes"):
        return size(found)
    if key.endswith("_percent"):
        return percent(found)
    if key.endswith("_seconds"):
        return _time(found)
    words = f"{found:,.1f}".removesuffix(".0") if isinstance(found, float) else str(found)
    return f"{words}/s" if key.endswith("_per_second") else words


def _time(seconds: float) -> str:
    for length, unit in _TIMES:
        if seconds >= 2 * length:
            return f"{seconds / length:,.1f} {unit}{'s' if unit == 'day' else ''}"
    return f"{seconds:.1f} s"
