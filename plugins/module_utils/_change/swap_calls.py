# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""swapon(2) and swapoff(2), by this process itself.

A program that is started for it would go on after this process was killed, and turn off what the next run has just
turned on. The kernel gives up a swapoff whose process is killed; the file stays in use then.
"""

from __future__ import annotations

import errno
import os
from typing import Any, Optional

try:
    import ctypes
except ImportError:  # not every Python was built with it
    ctypes = None  # type: ignore[assignment]

_PREFER = 0x8000


def possible() -> bool:
    return ctypes is not None


def swap_on(place: str, priority: Optional[int]) -> None:
    """Swap to the file ``place``; priority None is the kernel's choice. Raises OSError."""
    _called("swapon", place, 0 if priority is None else _PREFER | priority)


def swap_off(place: str) -> None:
    """Move all that it holds elsewhere, which may take minutes. Raises OSError."""
    _called("swapoff", place)


def _called(name: str, place: str, *flags: int) -> None:
    if not possible():
        raise OSError(errno.ENOSYS, "this Python has no ctypes", place)
    libc: Any = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(os.fsencode(place), *flags):
        number = ctypes.get_errno()
        raise OSError(number, "%s: %s" % (name, os.strerror(number)), place)
