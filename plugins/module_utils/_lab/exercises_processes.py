# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exercises that are solved by a process of the right kind."""

from __future__ import annotations

import time
from typing import List, Tuple

from .._procfs import limits, pid_status, smaps_rollup
from .._records.unread import Malformed
from .._scan.files import read_all
from .exercises_evidence import Unsolved, each_process, processes
from .lab import MIB

SIZE_MIN, SIZE_MAX = 50 * MIB, 80 * MIB
PROMISED_MIN, TAKEN_MAX = 1024 * MIB, 50 * MIB
LIMIT = 1_000_000 * 1024
SCORE = 500
SHARED_MIN, PSS_MAX_PERCENT = 16 * MIB, 60.0
LEASH_MAX, LEAK_MIN = 256 * MIB, 100 * 1024
"""Bytes of address space, and bytes per second."""


def known_size(number: int) -> str:
    """RSS within two bounds."""

    def judge(pid: int) -> str:
        rss = _sizes(pid)[1]
        figures = "process %d has %.1f MiB in RAM" % (pid, rss / MIB)
        if not SIZE_MIN <= rss <= SIZE_MAX:
            raise Unsolved("%s, and %d to %d are asked for" % (figures, SIZE_MIN // MIB, SIZE_MAX // MIB))
        return figures

    return each_process(number, judge)


def promised(number: int) -> str:
    """Much address space, little RAM."""

    def judge(pid: int) -> str:
        vsz, rss = _sizes(pid)
        figures = "process %d has a VSZ of %.1f MiB and an RSS of %.1f MiB" % (pid, vsz / MIB, rss / MIB)
        if vsz < PROMISED_MIN:
            raise Unsolved("%s: a VSZ of %d MiB or more is asked for" % (figures, PROMISED_MIN // MIB))
        if rss >= TAKEN_MAX:
            raise Unsolved("%s: an RSS below %d MiB is asked for" % (figures, TAKEN_MAX // MIB))
        return figures

    return each_process(number, judge)


def limited(number: int) -> str:
    """A soft limit of address space."""

    def judge(pid: int) -> str:
        soft = _address_space(pid)
        figures = "the soft limit of process %d is %s" % (pid, _kib(soft))
        if soft != LIMIT:
            raise Unsolved("%s, and %s is asked for" % (figures, _kib(LIMIT)))
        return figures

    return each_process(number, judge)


def preferred_victim(number: int) -> str:
    """An oom_score_adj."""

    def judge(pid: int) -> str:
        score = int(read_all("/proc/%d/oom_score_adj" % pid))
        if score != SCORE:
            raise Unsolved("the oom_score_adj of process %d is %d, and %d is asked for" % (pid, score, SCORE))
        return "the oom_score_adj of process %d is %d" % (pid, score)

    return each_process(number, judge)


def shared(number: int) -> str:
    """Two processes or more that have the same pages."""
    good: List[str] = []
    rest: List[str] = []
    for pid in processes(number):
        try:
            found = smaps_rollup.parse(read_all("/proc/%d/smaps_rollup" % pid))
        except (OSError, Malformed) as error:
            rest.append("process %d can't be read: %s" % (pid, error))
            continue
        both = found.rss_bytes - found.uss_bytes
        percent = 100.0 * found.pss_bytes / max(1, found.rss_bytes)
        enough = both >= SHARED_MIN and percent < PSS_MAX_PERCENT
        words = "process %d shares %.1f MiB, and its PSS is %.0f %% of its RSS" % (pid, both / MIB, percent)
        (good if enough else rest).append(words)
    if len(good) < 2:
        asked = "two processes that share %d MiB, and a PSS below %g %%" % (SHARED_MIN // MIB, PSS_MAX_PERCENT)
        raise Unsolved("%s; asked for are %s" % ("; ".join((good + rest)[:3]), asked))
    return "; ".join(good[:3])


def leak_on_a_leash(number: int) -> str:
    """A process that grows, below a limit."""

    def judge(pid: int) -> str:
        soft = _address_space(pid)
        if not isinstance(soft, int) or soft > LEASH_MAX:
            figures = "the soft limit of process %d is %s" % (pid, _kib(soft))
            raise Unsolved("%s, and %s or less is asked for" % (figures, _kib(LEASH_MAX)))
        began, before = time.monotonic(), _exact_rss(pid)
        time.sleep(1)
        rate = (_exact_rss(pid) - before) / (time.monotonic() - began)
        figures = "process %d grows by %.0f KiB a second, and may have %s" % (pid, rate / 1024, _kib(soft))
        if rate < LEAK_MIN:
            raise Unsolved("%s: %d KiB a second or more are asked for" % (figures, LEAK_MIN // 1024))
        return figures

    return each_process(number, judge)


def _sizes(pid: int) -> Tuple[int, int]:
    """VSZ and RSS in bytes."""
    found = pid_status.parse(read_all("/proc/%d/status" % pid))
    if found.vsz_bytes is None or found.rss_bytes is None:
        raise Unsolved("the kernel doesn't tell the size of process %d" % pid)
    return found.vsz_bytes, found.rss_bytes


def _exact_rss(pid: int) -> int:
    # The RSS of /proc/PID/status may lag by more than a second's leak.
    return smaps_rollup.parse(read_all("/proc/%d/smaps_rollup" % pid)).rss_bytes


def _address_space(pid: int) -> limits.Limit:
    return limits.parse(read_all("/proc/%d/limits" % pid)).get("AS", (limits.UNLIMITED,))[0]


def _kib(limit: limits.Limit) -> str:
    return "%d KiB" % (limit // 1024) if isinstance(limit, int) else limit
