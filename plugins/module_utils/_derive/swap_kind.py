# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a swap area is made of."""

from __future__ import annotations

import re

_ZRAM = re.compile(r"/dev/zram[0-9]+\Z")


def swap_kind(path: str, kernel_type: str) -> str:
    """``zram`` for a compressed RAM disk, which the kernel lists as a partition; else the kernel's own word."""
    return "zram" if _ZRAM.match(path) else kernel_type
