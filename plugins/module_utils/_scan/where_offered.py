# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading what only some kernels have."""

from __future__ import annotations

from typing import Any, Callable, Iterable

from .._records.unread import UNSUPPORTED
from .files import Readings


def where_offered(
    readings: Readings, folder: str, names: Iterable[str], parse: Callable[[bytes], Any]
) -> dict[str, Any]:
    """The files ``names`` of ``folder``, parsed, by name; a file that this kernel doesn't have is no key at all.

    Otherwise the books of what is unread would fill with every feature of every other kernel. A file that is there
    and can't be read is None, and a line in ``unread``, as ever.
    """
    found = {}
    for name in names:
        path = folder + name
        value = readings.parsed(path, parse)
        if readings.unread.get(path) == UNSUPPORTED:
            del readings.unread[path]
        else:
            found[name] = value
    return found
