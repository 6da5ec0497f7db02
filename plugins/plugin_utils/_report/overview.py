# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run in a few numbers: what the terminal and the page show, gathered in one pass over the store.

Its size follows the distinct findings, plus one short line for each host.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .._policy.model import FAIL, NOT_APPLICABLE, PASS, Waiver
from .._store.schema import AUDITED
from .._store.store import Row, Store
from .judged import judged_hosts
from .printable import printable
from .rule_result import LONGEST_NAME, RuleResult
from .severity import LEVELS, level
from .signals import SIGNALS, Tally, ceiling, ceiling_percent, last_kill, next_victim, number, paging_level

TOP_CONSUMERS = 20

FIGURES = (
    "total_bytes",
    "available_bytes",
    "available_percent",
    "used_percent",
    "swap_total_bytes",
    "swap_used_bytes",
    "major_faults_per_second",
    "oom_kills",
    "ledger_residual_percent",
    "pss_exact_percent",
)
"""The figures of a host's summary that the host tables show."""


@dataclass(slots=True)
class Signals:
    """What is at risk on a host, in printable words; ``paging`` is an index in ``signals.PAGINGS``."""

    paging: int
    last_kill: str
    next_victim: str
    ceiling: str
    ceiling_percent: float | None

    @classmethod
    def of(cls, summary: Mapping[str, Any]) -> Signals:
        """Of a host's summary."""
        words = last_kill(summary), next_victim(summary), ceiling(summary)
        return cls(paging_level(summary), *words, ceiling_percent(summary))


@dataclass(slots=True)
class HostLine:
    """A host as a row of a table. Names and reasons are printable; ``worst`` is the rule of its worst finding."""

    name: str
    status: str
    reason: str
    figures: dict[str, float | None]
    level: int
    worst: str
    signals: Signals


@dataclass(slots=True)
class MissedGroup:
    """Hosts that were missed for the same reason."""

    status: str
    reason: str
    hosts: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Coverage:
    """Of how many hosts the run speaks. Every host that was expected and not audited is missed."""

    expected: int
    statuses: Counter[str] = field(default_factory=Counter)

    @property
    def audited(self) -> int:
        return self.statuses[AUDITED]

    @property
    def missed(self) -> int:
        return max(self.expected, self.statuses.total()) - self.audited

    @property
    def complete(self) -> bool:
        """An audit of no host at all isn't complete: somebody gave a wrong inventory."""
        return self.missed == 0 and self.audited > 0


class Overview:
    """All of that for one run."""

    def __init__(self, store: Store, run: Row) -> None:
        self.run = run
        self.coverage = Coverage(run["expected"])
        self.hosts: list[HostLine] = []
        self.signals = [Tally(signal) for signal in SIGNALS]
        self._rules: dict[tuple[str, str], RuleResult] = {}
        self._policies = {rule["id"]: rule for rule in run["policies"]}
        for host, findings in judged_hosts(store, run["id"]):
            self._add(host, findings)
        self.consumers = store.top_consumers(run["id"], TOP_CONSUMERS)

    def _add(self, host: Row, findings: list[Any]) -> None:
        host_number, summary = len(self.hosts), host["summary"] or {}
        worst = findings[0] if findings else {"rule": "", "severity": "", "verdict": PASS}
        reached = level(worst["severity"], worst["verdict"])
        self.coverage.statuses[host["status"]] += 1
        name = printable(host["host"], LONGEST_NAME)
        if host["status"] == AUDITED:
            for tally in self.signals:
                tally.add(name, summary)
        self.hosts.append(
            HostLine(
                name=name,
                status=host["status"],
                reason=printable(host["reason"] or "", LONGEST_NAME),
                figures=figures(summary),
                level=reached,
                worst=printable(worst["rule"], LONGEST_NAME) if reached else "",
                signals=Signals.of(summary),
            )
        )
        for finding in findings:
            key = (finding["rule"], finding["severity"])
            if key not in self._rules:
                self._rules[key] = RuleResult(finding, self._policies.get(finding["rule"], {}))
            self._rules[key].add(finding, host_number)

    @property
    def known_signals(self) -> list[Tally]:
        """Without those that no audited host tells anything of, as in a run of an older version."""
        return [tally for tally in self.signals if tally.unknown < self.coverage.audited]

    @property
    def missed(self) -> list[HostLine]:
        return [host for host in self.hosts if host.status != AUDITED]

    @property
    def missed_by_reason(self) -> list[MissedGroup]:
        """The reason that most hosts share first."""
        groups: dict[tuple[str, str], MissedGroup] = {}
        for host in self.missed:
            key = (host.status, host.reason)
            groups.setdefault(key, MissedGroup(*key)).hosts.append(host.name)
        return sorted(groups.values(), key=lambda group: -len(group.hosts))

    @property
    def audited(self) -> list[HostLine]:
        """Worst first; among equals the one with the least available memory."""
        return sorted((host for host in self.hosts if host.status == AUDITED), key=_worst_first)

    @property
    def findings(self) -> list[RuleResult]:
        """The rules that don't pass on every host, worst first; among equals the one on most hosts."""
        return sorted(
            (rule for rule in self._rules.values() if rule.level),
            key=lambda rule: (-rule.level, -rule.verdicts[FAIL], rule.rule),
        )

    @property
    def passing(self) -> list[RuleResult]:
        """The rules that pass on every host that they apply to, of which there is one at least."""
        return self._without_findings(applicable=True)

    @property
    def inapplicable(self) -> list[RuleResult]:
        """The rules that apply to no host."""
        return self._without_findings(applicable=False)

    def _without_findings(self, applicable: bool) -> list[RuleResult]:
        rules = (rule for rule in self._rules.values() if not rule.level and applicable != bool(rule.inapplicable))
        return sorted(rules, key=lambda rule: rule.rule)

    @property
    def applies_everywhere(self) -> bool:
        """Whether every rule was meant for every host."""
        return not any(rule.verdicts[NOT_APPLICABLE] for rule in self._rules.values())

    @property
    def waivers(self) -> list[Waiver]:
        """All waivers of the run, those too that match nothing in it."""
        return self.run["waivers"] or []

    @property
    def hosts_by_level(self) -> Counter[str]:
        """How many audited hosts have a worst finding of each of LEVELS."""
        return Counter(LEVELS[host.level] for host in self.hosts if host.status == AUDITED)


def figures(summary: Mapping[str, Any]) -> dict[str, float | None]:
    """FIGURES of a host's summary; what isn't a number that fits 64 bits is unknown."""
    return {name: number(summary.get(name)) for name in FIGURES}


def _worst_first(host: HostLine) -> tuple[int, float, str]:
    available = host.figures["available_percent"]
    return -host.level, 100.0 if available is None else available, host.name
