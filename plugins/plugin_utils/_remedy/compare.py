# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Did a host get better or worse? Two audits of it in, one from before and one from after the changes; words out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from .._policy.evaluate import inside
from .._policy.model import FAIL, NOT_APPLICABLE, PASS, WAIVED

GRAVE = ("high", "critical")
"""A finding of such a severity that was not there before takes the changes back; a lesser one is told."""

Verdicts = Mapping[str, Mapping[str, Any]]
"""Rule -> its finding, with at least ``verdict`` and ``severity``."""


@dataclass(slots=True)
class Comparison:
    """Rules by what became of them, all sorted, and why the host counts as worse: nothing when it doesn't."""

    gone: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    still: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    worse: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def compare(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    findings_before: Verdicts,
    findings_after: Verdicts,
    fixed: Collection[str],
    waiting: Collection[str],
    pressure_rise: float,
) -> Comparison:
    """Compare two snapshots of a host and the findings of each.

    ``fixed`` are the rules that the changes are for; those in ``waiting`` hold only after a restart that is still to
    come. ``pressure_rise`` is by how many percent of the time more its programs may wait for memory than before.
    """
    found = Comparison()
    for rule in sorted(fixed):
        finding = findings_after.get(rule)
        verdict = finding["verdict"] if finding else None
        if verdict in (PASS, NOT_APPLICABLE, WAIVED):
            found.gone.append(rule)
        elif verdict == FAIL and rule in waiting:
            found.waiting.append(rule)
        else:
            found.still.append(rule)
            found.worse.append(f"{rule} is still {'there' if verdict == FAIL else 'not proven to be gone'}")
    for rule, finding in sorted(findings_after.items()):
        if finding["verdict"] == FAIL and (findings_before.get(rule) or {}).get("verdict") not in (FAIL, WAIVED):
            found.new.append(rule)
            if finding["severity"] in GRAVE:
                found.worse.append(f"{rule} was not there before ({finding['severity']}): {finding['message']}")
    _kills(before, after, found)
    for kind in "some", "full":
        _pressure(before, after, kind, pressure_rise, found)
    return found


def _kills(before: Mapping[str, Any], after: Mapping[str, Any], found: Comparison) -> None:
    boots = [inside(snapshot, ("memory", "boot_id")) for snapshot in (before, after)]
    if None not in boots and boots[0] != boots[1]:
        found.worse.append("the host was booted again")
        return
    kills = [inside(snapshot, ("memory", "vmstat", "oom_kill")) for snapshot in (before, after)]
    if inside(after, ("memory", "container")):
        # The kernel counts for the whole machine, and what its other containers do says nothing about this one.
        found.unknown.append("whether the out-of-memory killer was at work in this container")
    elif not all(isinstance(count, int) for count in kills):
        found.unknown.append("whether the out-of-memory killer was at work")
    elif kills[1] > kills[0]:
        found.worse.append(f"the out-of-memory killer was at work: {kills[0]} kills since boot before, {kills[1]} now")


def _pressure(before: Mapping[str, Any], after: Mapping[str, Any], kind: str, rise: float, found: Comparison) -> None:
    shares = [inside(snapshot, ("memory", "pressure", kind, "avg10")) for snapshot in (before, after)]
    if not all(isinstance(share, (int, float)) for share in shares):
        found.unknown.append(f"memory pressure ({kind})")
    elif shares[1] - shares[0] > rise:
        found.worse.append(
            f"programs wait more for memory: {kind} avg10 was {shares[0]} %, and is {shares[1]} %;"
            f" a rise of {rise:g} is accepted"
        )
