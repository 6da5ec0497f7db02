# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Paths in the kernel's tables: white space and backslashes are written as ``\\`` and three octal digits.

Without that a swap file with a space in its name would shift the columns of /proc/swaps.
"""

from __future__ import annotations

import re

from .._records.text import text

_ESCAPE = re.compile(rb"\\([0-3][0-7]{2})")


def unescape(raw: bytes) -> str:
    """The path as it is on the host."""
    return text(_ESCAPE.sub(lambda found: bytes([int(found.group(1), 8)]), raw))
