# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Presses its host: ``press.py NAME MIB SECONDS``.

Once /run/press exists it writes to MIB MiB of memory, again and again, and rests for SECONDS in between. When it has
done so once, or has been killed (the unit says that), /run/pressed is there.
"""

from __future__ import annotations

import mmap
import sys
import time
from pathlib import Path

NAME, MIB, SECONDS = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])

Path("/proc/self/comm").write_text(NAME)
while not Path("/run/press").exists():
    time.sleep(0.1)
held = mmap.mmap(-1, MIB * 2**20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
while True:
    for page in range(0, len(held), mmap.PAGESIZE):
        held[page] = 1
    Path("/run/pressed").touch()
    time.sleep(SECONDS)
