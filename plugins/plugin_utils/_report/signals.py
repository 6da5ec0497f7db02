# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is at risk on each host, in words, and on how many hosts of the fleet.

Everything here starts from a host's summary, see ``_store.signals``; figures that it doesn't have are unknown, as in
a store that an older version of the collection has written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from .printable import printable
from .sizes import UNKNOWN, percent, plural

Summary = Mapping[str, Any]

VERDICTS = {
    "quiet": "quiet",
    "some_major_faults": "some",
    "consistent_major_faults": "steady",
    "severe_pressure": "severe",
}
"""Of ``paging``, from the best to the worst, in one word: it says how the major faults come."""

PAGINGS = (UNKNOWN, *VERDICTS.values())

_PRESSING = ("consistent_major_faults", "severe_pressure")

STALL_PERCENT = 1.0
"""Who stalls less than this isn't under pressure, however many pages of files are read for the first time."""

PRECIOUS = ("login_service", "database", "init", "container_runtime")
"""Kinds of next victim that a host lives by, and that should outlive a larger process."""

NEAR_PERCENT = 90.0

RESIDUAL_PERCENT = 3.0

EXACT_PERCENT = 98.0
"""The audit stops reading once 1 % is left; what is below was out of its reach, or of its time."""

_LONGEST = 60


class Signal(NamedTuple):
    """``raised`` says whether a host is among those that count, None when that is unknown. ``weight`` orders the hosts;
    0 is nothing to speak of.
    """

    name: str
    title: str
    raised: Callable[[Summary], bool | None]
    weight: Callable[[Summary], float]
    words: Callable[[Summary], str]


@dataclass(slots=True)
class Tally:
    """A signal over the fleet: how many hosts raise it, of how many it is unknown, and the host with most of it."""

    signal: Signal
    hosts: int = 0
    unknown: int = 0
    host: str = ""
    words: str = ""
    _most: float = 0.0

    def add(self, host: str, summary: Summary) -> None:
        raised = self.signal.raised(summary)
        if raised is None:
            self.unknown += 1
            return
        self.hosts += raised
        weight = self.signal.weight(summary)
        if weight > self._most:
            self._most, self.host, self.words = weight, host, self.signal.words(summary)


def number(value: Any) -> float | None:
    """``value`` if it is a number that fits 64 bits: a store may hold what a hostile host has sent."""
    sound = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 2**63
    return value if sound else None


def part(summary: Summary, name: str) -> Mapping[str, Any]:
    """The mapping ``name`` of a summary; empty when there is none."""
    value = summary.get(name)
    return value if isinstance(value, Mapping) else {}


def named(value: Any, limit: int = _LONGEST) -> str:
    return UNKNOWN if value is None else printable(str(value), limit)


def paging_level(summary: Summary) -> int:
    """The index in PAGINGS of a host's verdict."""
    return PAGINGS.index(VERDICTS.get(str(summary.get("paging_verdict")), UNKNOWN))


def paging(summary: Summary) -> str:
    """``severe, 4,210 major faults/s``."""
    faults = number(summary.get("major_faults_per_second"))
    verdict = PAGINGS[paging_level(summary)]
    return verdict if faults is None else f"{verdict}, {faults:,.0f} major faults/s"


def last_kill(summary: Summary) -> str:
    """``python in /web.slice at 2026-11-25T02:17:10Z``; empty when no log tells a kill."""
    last = part(summary, "oom_last")
    if not last:
        return ""
    where = "" if last.get("cgroup") is None else f" in {named(last['cgroup'])}"
    when = "" if last.get("at") is None else f" at {named(last['at'])}"
    return f"{named(last.get('victim'))}{where}{when}"


def kills(summary: Summary) -> str:
    count = number(summary.get("oom_kills"))
    last = last_kill(summary)
    return (UNKNOWN if count is None else plural(int(count), "kill")) + (f", last {last}" if last else "")


def next_victim(summary: Summary) -> str:
    """``sshd (login service), not the largest``."""
    victim = part(summary, "next_victim")
    if not victim:
        return UNKNOWN
    kind = named(victim.get("kind")).replace("_", " ")
    is_largest = victim.get("is_largest")
    size = "" if is_largest is None else ", the largest" if is_largest else ", not the largest"
    return f"{named(victim.get('command'))} ({kind}){size}"


def ceiling(summary: Summary) -> str:
    """``memory.max of /web.slice``, without its percents."""
    nearest = part(summary, "nearest_ceiling")
    return f"{named(nearest.get('ceiling'))} of {named(nearest.get('of'))}" if nearest else UNKNOWN


def ceiling_percent(summary: Summary) -> float | None:
    return number(part(summary, "nearest_ceiling").get("used_percent"))


def _under_pressure(summary: Summary) -> bool | None:
    verdict, stalled = str(summary.get("paging_verdict")), number(summary.get("memory_stall_percent"))
    if verdict not in VERDICTS:
        return None
    return verdict in _PRESSING and (stalled is None or stalled >= STALL_PERCENT)


def _killed(summary: Summary) -> bool | None:
    count = number(summary.get("oom_kills"))
    return None if count is None else count > 0


def _wrong_victim(summary: Summary) -> bool | None:
    victim = part(summary, "next_victim")
    if not victim:
        return None
    return victim.get("kind") in PRECIOUS and victim.get("is_largest") is False


def _near(summary: Summary) -> bool | None:
    used = ceiling_percent(summary)
    return None if used is None else used >= NEAR_PERCENT


def _gap(summary: Summary) -> float | None:
    residual = number(summary.get("ledger_residual_percent"))
    return None if residual is None else abs(residual)


def _unaccounted(summary: Summary) -> bool | None:
    gap = _gap(summary)
    return None if gap is None else gap > RESIDUAL_PERCENT


def _exact(summary: Summary) -> float | None:
    return number(summary.get("pss_exact_percent"))


def _inexact(summary: Summary) -> bool | None:
    exact = _exact(summary)
    return None if exact is None else exact < EXACT_PERCENT


SIGNALS = (
    Signal(
        "pressure",
        "Programs wait for pages",
        _under_pressure,
        lambda summary: number(summary.get("major_faults_per_second")) or 0,
        paging,
    ),
    Signal("oom_kills", "OOM kills since boot", _killed, lambda summary: number(summary["oom_kills"]) or 0, kills),
    Signal(
        "next_victim",
        "Next OOM victim is vital",
        _wrong_victim,
        lambda summary: float(_wrong_victim(summary) or False),
        next_victim,
    ),
    Signal(
        "ceiling",
        f"{NEAR_PERCENT:.0f} % of a limit used",
        _near,
        lambda summary: ceiling_percent(summary) or 0,
        lambda summary: f"{percent(ceiling_percent(summary))}: {ceiling(summary)}",
    ),
    Signal(
        "ledger",
        f"Over {RESIDUAL_PERCENT:.0f} % of RAM unaccounted for",
        _unaccounted,
        lambda summary: _gap(summary) or 0,
        lambda summary: percent(number(summary.get("ledger_residual_percent"))),
    ),
    Signal(
        "pss",
        f"PSS less than {EXACT_PERCENT:.0f} % exact",
        _inexact,
        lambda summary: 100 - (_exact(summary) or 0),
        lambda summary: percent(_exact(summary)),
    ),
)
