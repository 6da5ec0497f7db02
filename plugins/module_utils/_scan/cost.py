# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the audit itself costs the host, and how it steps back behind the host's own work."""

from __future__ import annotations

import contextlib
import os
import resource
import sys
import time
from typing import Dict, Iterator, Union

try:
    import ctypes
except ImportError:
    # A Python that was built without libffi.
    ctypes = None  # type: ignore[assignment]

NICENESS = 10

_GIVEN = os.getpriority(os.PRIO_PROCESS, 0)
"""The niceness that this process was started with."""

_LAST_OF_BEST_EFFORT = (2 << 13) | 7
"""ioprio_set(2). The idle class below it might never get its turn, with the lock of some process in its hands."""

_IOPRIO_SET = {"x86_64": 251, "aarch64": 30, "riscv64": 30, "ppc64le": 273, "s390x": 282}
"""The number of the system call in 64-bit programs; Python has no function for it."""


def step_back() -> None:
    """Lowers this process's own CPU and I/O priority; the host's work goes first."""
    try:
        os.nice(NICENESS)
    except OSError:
        # A host that forbids even this is still audited.
        pass
    number = _IOPRIO_SET.get(os.uname().machine)
    if number and ctypes and sys.maxsize > 2**32:
        # 1, 0: this very process. A failure comes back as -1, and is as good as no such call.
        ctypes.CDLL(None).syscall(number, 1, 0, _LAST_OF_BEST_EFFORT)


@contextlib.contextmanager
def in_a_hurry() -> Iterator[None]:
    """The CPU priority from before ``step_back()``, while others wait for us. Without the privilege nothing changes.

    Whoever holds a lock of another process must not be polite: on a busy host the other one would wait until our turn
    comes again. A neighbour's longest stall was four times as long at the lower priority.
    """
    lowered = os.getpriority(os.PRIO_PROCESS, 0)
    try:
        os.setpriority(os.PRIO_PROCESS, 0, _GIVEN)
    except OSError:
        # Only root may rise again (CAP_SYS_NICE). Others can read no process but their own anyway.
        pass
    try:
        yield
    finally:
        os.setpriority(os.PRIO_PROCESS, 0, lowered)


class Cost:
    """Measures from its making on; CPU from the start of the process, interpreter and imports included."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def so_far(self) -> Dict[str, Union[int, float]]:
        """``{wall_seconds, cpu_seconds, peak_rss_bytes}``."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        return {
            "wall_seconds": round(time.monotonic() - self._started, 3),
            "cpu_seconds": round(used.ru_utime + used.ru_stime, 3),
            "peak_rss_bytes": used.ru_maxrss * 1024,
        }
