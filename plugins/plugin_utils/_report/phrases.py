# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sentences that the terminal and the page share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .._policy.model import FAIL
from .judged import STATUSES
from .overview import Overview, RuleResult
from .severity import LEVELS
from .sizes import plural


@dataclass(frozen=True, slots=True)
class Sentence:
    """``alarm``: the reader must not miss it, because the run doesn't speak for every host."""

    text: str
    alarm: bool = False


def answer(overview: Overview) -> list[Sentence]:
    """The run in a breath: how many hosts were audited, which were missed, and what is worst."""
    sentences = [_audited(overview)]
    if not overview.run["finished_at"]:
        sentences.append(Sentence("The run hasn't finished.", alarm=True))
    if overview.coverage.audited:
        sentences.append(Sentence(_worst(overview.findings)))
    return sentences


def times(consumer: dict[str, Any]) -> str:
    """How many times RSS counts what PSS counts once: ``3.2×``, or ``2.4 to 5.7×`` when PSS has bounds only."""
    rss, exact = consumer["rss_bytes"], consumer["pss_bytes"]
    low, high = (consumer["pss_low_bytes"], consumer["pss_high_bytes"]) if exact is None else (exact, exact)
    if not rss or not low or not high:
        return ""
    least, most = f"{rss / high:.1f}", f"{rss / low:.1f}"
    return f"{most}×" if least == most else f"{least} to {most}×"


def moment(time: str) -> str:
    """``2026-11-24T21:00:05Z`` as ``2026-11-24 21:00 UTC``."""
    return f"{time[:16].replace('T', ' ')} UTC"


def _audited(overview: Overview) -> Sentence:
    coverage = overview.coverage
    if not coverage.expected:
        return Sentence("No host was audited: the inventory is empty.", alarm=True)
    audited = f"{coverage.audited:,} of {plural(coverage.expected, 'host')} audited"
    if coverage.complete:
        return Sentence(f"{audited}.")
    counts = [f"{coverage.statuses[status]:,} {status}" for status in STATUSES[1:] if coverage.statuses[status]]
    return Sentence(f"{audited}, {coverage.missed:,} missed ({', '.join(counts)}).", alarm=True)


def _worst(findings: list[RuleResult]) -> str:
    if not findings:
        return "Every rule passes on every audited host."
    worst = findings[0]
    if not worst.verdicts[FAIL]:
        return f"No rule fails, but {plural(len(findings), 'rule')} can't be judged everywhere."
    # A title says what should be; on its own, after "worst", it would say the opposite of what was found.
    return f"Worst: \"{worst.title}\" fails on {plural(worst.verdicts[FAIL], 'host')} ({LEVELS[worst.level]})."
