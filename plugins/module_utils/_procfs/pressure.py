# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/proc/pressure/memory: the share of time in which tasks waited for memory (PSI).

https://docs.kernel.org/accounting/psi.html

    some avg10=0.22 avg60=0.17 avg300=1.11 total=58761459
    full avg10=0.00 avg60=0.13 avg300=0.96 total=57767411
"""

from __future__ import annotations

import re
from typing import Optional

from .._records.unread import Malformed

_SHARE = rb"(\d{1,3}\.\d\d)"
_LINE = re.compile(
    rb"^(some|full) avg10=" + _SHARE + rb" avg60=" + _SHARE + rb" avg300=" + _SHARE + rb" total=(\d{1,20})$",
    re.MULTILINE,
)


def parse(data: bytes) -> dict[str, Optional[dict[str, float]]]:
    """``{some: {avg10, avg60, avg300, total_microseconds}, full: the same or None}``; the averages are percentages.

    A file without ``full`` is legal, as in /proc/pressure/cpu of older kernels. Raises Malformed without ``some``.
    """
    lines: dict[str, Optional[dict[str, float]]] = {"some": None, "full": None}
    for kind, avg10, avg60, avg300, total in _LINE.findall(data):
        lines[kind.decode("ascii")] = {
            "avg10": float(avg10),
            "avg60": float(avg60),
            "avg300": float(avg300),
            "total_microseconds": int(total),
        }
    if lines["some"] is None:
        raise Malformed("/proc/pressure/memory has no 'some' line")
    return lines
