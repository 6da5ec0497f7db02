# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the audit itself costs the host, and how it steps back behind the host's own work."""

from __future__ import annotations

import os
import resource
import time
from typing import Dict, Union

NICENESS = 10


def step_back() -> None:
    """Lowers this process's own CPU priority; the host's work goes first."""
    try:
        os.nice(NICENESS)
    except OSError:
        # A host that forbids even this is still audited.
        pass


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
