# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two commands measured in turn, A B A B ..., so that a drifting machine speeds up or slows down both."""

from __future__ import annotations

import os
import statistics
import subprocess
from collections.abc import Callable, Sequence


def cpu_seconds(command: Sequence[str]) -> float:
    """User and system time of ``command`` and of the children it waited for. Raises CalledProcessError."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, list(command))
    return usage.ru_utime + usage.ru_stime


def compare(name_a: str, a: Callable[[], float], name_b: str, b: Callable[[], float], runs: int = 9) -> float:
    """Prints the medians of what ``a`` and ``b`` measure and of the ratio A/B of ``runs`` pairs; returns the ratio."""
    a(), b()
    pairs = [(a(), b()) for _run in range(runs)]
    ratios = sorted(first / second for first, second in pairs)
    for name, values in ((name_a, [first for first, _second in pairs]), (name_b, [second for _first, second in pairs])):
        print(f"{name:<44} {statistics.median(values):8.3f} CPU-s (median of {runs})")
    ratio = statistics.median(ratios)
    print(f"{'ratio':<44} {ratio:8.3f} (from {ratios[0]:.3f} to {ratios[-1]:.3f})")
    return ratio
