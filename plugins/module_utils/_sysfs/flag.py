# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A file of /sys that is a switch: Y or N for a module's parameter (zswap), 1 or 0 elsewhere (THP).

https://docs.kernel.org/admin-guide/mm/zswap.html, https://docs.kernel.org/admin-guide/mm/transhuge.html

    Y
    N
    1
"""

from __future__ import annotations

from .._records.unread import Malformed

_STATES = {b"Y": True, b"1": True, b"N": False, b"0": False}


def parse(data: bytes) -> bool:
    """Whether it is on. Raises Malformed."""
    try:
        return _STATES[data.rstrip(b"\n")]
    except KeyError:
        raise Malformed("expected Y, N, 1 or 0") from None
