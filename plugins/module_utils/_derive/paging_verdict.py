# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the rates of paging mean, in the words of the lab."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

from .paging_rates import MAJOR_FAULTS

QUIET = "quiet"
SOME = "some_major_faults"
CONSISTENT = "consistent_major_faults"
SEVERE = "severe_pressure"

_LEADS = {SOME: "Some major faults", CONSISTENT: "Consistent major faults", SEVERE: "Severe pressure"}

ALMOST_NONE_PER_SECOND = 1.0
"""Fewer major faults than this are no sign of anything: every program that starts reads some pages from disk."""

SEVERE_PER_SECOND = 1000.0

SEVERE_FULL_PERCENT = 10.0
"""Share of time in which no task at all got on for want of memory, which the kernel's documentation calls thrashing."""

CONSISTENT_SAMPLES = 3
"""Of fewer samples nobody can say that something is consistent."""


def _mean(rate: Optional[Dict[str, float]]) -> Optional[float]:
    return rate["mean"] if rate else None


def _swapped(rates: Dict[str, Any]) -> str:
    swapped = [_mean(rates[name]) for name in ("swap_in_bytes_per_second", "swap_out_bytes_per_second")]
    if None in swapped:
        return ""
    return "; %.1f MiB per second swapped in and %.1f out" % tuple((rate or 0.0) / 2**20 for rate in swapped)


def verdict(
    major_faults: Optional[List[float]], rates: Dict[str, Any], pressure: Optional[Dict[str, Any]]
) -> Tuple[Optional[str], str]:
    """One of the four words, and why, in a sentence. None when the major faults are unknown and no pressure is severe.

    ``major_faults`` is the rate in each sample. Minor faults never count: they are how memory is handed out.
    """
    full = _mean(pressure and pressure["full_percent"])
    thrashing = full is not None and full >= SEVERE_FULL_PERCENT
    stalled = "" if full is None else "; all tasks waited for memory %.1f %% of the time" % full
    if major_faults is None:
        return (SEVERE if thrashing else None), "The major faults could not be measured%s." % stalled
    mean = rates[MAJOR_FAULTS]["mean"]
    with_faults = sum(1 for rate in major_faults if rate >= ALMOST_NONE_PER_SECOND)
    if thrashing or mean >= SEVERE_PER_SECOND:
        word = SEVERE
    elif mean < ALMOST_NONE_PER_SECOND:
        return QUIET, "Almost no major faults: %.1f per second on average%s." % (mean, stalled)
    elif len(major_faults) >= CONSISTENT_SAMPLES and 2 * with_faults > len(major_faults):
        word = CONSISTENT
    else:
        word = SOME
    figures = (_LEADS[word], mean, with_faults, len(major_faults), _swapped(rates), stalled)
    return word, "%s: %.1f major faults per second on average, some in %d of %d samples%s%s." % figures
