# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sentences that the terminal and the page share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .._policy import waivers
from .._policy.model import FAIL, WAIVED
from .judged import STATUSES
from .overview import LONGEST_NAME, Overview
from .printable import printable
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
    if overview.run["rejudges"]:
        sentences.append(Sentence(f"Judged again from the snapshots of run {overview.run['rejudges']}."))
    if not overview.run["finished_at"]:
        sentences.append(Sentence("The run hasn't finished.", alarm=True))
    if overview.coverage.audited:
        sentences.append(Sentence(_worst(overview)))
    return sentences


def all_pass(overview: Overview) -> str:
    """For a run without findings."""
    meant = "" if overview.applies_everywhere else " that it applies to"
    return f"Every rule passes on every audited host{meant}."


def stale_waivers(overview: Overview) -> list[str]:
    """The waivers that somebody has to look at: they match nothing, or have expired."""
    lines = waivers.idle(overview.waivers)
    for waiver in overview.waivers:
        if waiver["matched"] and waiver["expired"]:
            lines.append(f"{waivers.described(waiver)} expired on {waiver['expires']}")
    return [printable(line[0].upper() + line[1:], LONGEST_NAME) for line in lines]


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


def _worst(overview: Overview) -> str:
    findings = overview.findings
    if not findings:
        return all_pass(overview)
    worst = findings[0]
    if not worst.verdicts[FAIL]:
        waived = " that isn't waived" if any(rule.verdicts[WAIVED] for rule in findings) else ""
        unjudged = sum(bool(rule.unjudged) for rule in findings)
        but = f", but {plural(unjudged, 'rule')} can't be judged everywhere" if unjudged else ""
        return f"No rule fails{waived}{but}."
    # A title says what should be; on its own, after "worst", it would say the opposite of what was found.
    return f'Worst: "{worst.title}" fails on {plural(worst.verdicts[FAIL], "host")} ({LEVELS[worst.level]}).'
