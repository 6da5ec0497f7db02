# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads files that a healthy host may well not have.

That such a file is absent is an answer, not a gap, so it isn't recorded as unread. Every other failure is.
"""

from __future__ import annotations

from typing import Callable, List, Optional, TypeVar

from .._records.unread import MALFORMED, UNSUPPORTED, Malformed, Unread
from .files import Readings

Record = TypeVar("Record")


def parsed_if_present(readings: Readings, path: str, parse: Callable[[bytes], Record]) -> Optional[Record]:
    """``parse`` applied to the file ``path``; None when it is absent, or, with a line in ``unread``, unreadable."""
    try:
        return parse(readings.files.read(path))
    except Unread as error:
        if error.reason != UNSUPPORTED:
            readings.unread[path] = error.reason
    except Malformed:
        readings.unread[path] = MALFORMED
    return None


def names_if_present(readings: Readings, path: str) -> List[str]:
    """The names in the folder ``path``; none when it is absent, or, with a line in ``unread``, unreadable."""
    try:
        return readings.files.names(path)
    except Unread as error:
        if error.reason != UNSUPPORTED:
            readings.unread[path] = error.reason
        return []
