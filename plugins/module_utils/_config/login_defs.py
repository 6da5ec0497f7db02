# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/etc/login.defs: where the ids of ordinary users begin and end.

https://man7.org/linux/man-pages/man5/login.defs.5.html

    #SYS_UID_MIN              100
    UID_MIN                  1000
    UID_MAX                 60000
"""

from __future__ import annotations

import re
from typing import Tuple

_LINE = re.compile(rb"^[ \t]*(UID_MIN|UID_MAX)[ \t]+(\d{1,10})[ \t\r]*(?:#.*)?$", re.MULTILINE)

DEFAULT = (1000, 60000)


def parse(data: bytes) -> Tuple[int, int]:
    """``(UID_MIN, UID_MAX)``, shadow's own defaults for what the file doesn't say. Never raises."""
    found = {key: int(number) for key, number in _LINE.findall(data)}
    return found.get(b"UID_MIN", DEFAULT[0]), found.get(b"UID_MAX", DEFAULT[1])
