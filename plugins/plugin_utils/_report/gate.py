# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gate: may a pipeline go on after this run? Each condition has an answer of its own, with figures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .._policy.model import ERROR, FAIL, SEVERITIES, UNKNOWN, WAIVED
from .._store.store import Store
from .overview import LONGEST_NAME, HostLine, Overview
from .printable import printable
from .sizes import plural

NONE = "none"
"""In place of a severity: no finding fails the gate."""

RULES = 5
"""Rules that a condition names, those on most hosts first."""

HOSTS = 3
"""Hosts that are named for a rule, and missed hosts that are named at all. The reports name all."""

ARGUMENTS: dict[str, dict[str, Any]] = {
    "fail_on": {"type": "str", "choices": [NONE, *SEVERITIES], "default": "medium"},
    "min_coverage": {"type": "float", "default": 100.0},
    "unknown_fails": {"type": "bool", "default": True},
    "baseline_run": {"type": "str"},
    "left_out": {"type": "int", "default": 0},
}
"""The fields of Options as an argument spec of Ansible."""


class BadOption(ValueError):
    """The message says which, and what it should be."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the gate asks for. ``baseline_run``: what failed or was unknown in that run already doesn't count.

    ``left_out``: hosts of the inventory that the run was not asked to audit.
    """

    fail_on: str = "medium"
    min_coverage: float = 100.0
    unknown_fails: bool = True
    baseline_run: str | None = None
    left_out: int = 0

    def __post_init__(self) -> None:
        """Raises BadOption."""
        # Somebody who writes 0.95 means 95, and would get a gate that lets nearly everything through.
        if not (self.min_coverage == 0 or 1 <= self.min_coverage <= 100):
            raise BadOption(f"min_coverage must be a percentage, 0 or 1 to 100, and is {self.min_coverage:g}")

    @property
    def severities(self) -> tuple[str, ...]:
        """Those that fail the gate."""
        return () if self.fail_on == NONE else SEVERITIES[SEVERITIES.index(self.fail_on) :]


@dataclass(frozen=True, slots=True)
class Condition:
    """``detail`` is one line for people; names in it are printable."""

    condition: str
    passed: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Gate:
    """All conditions, those that hold too."""

    run: str
    conditions: tuple[Condition, ...]

    @property
    def passed(self) -> bool:
        return all(condition.passed for condition in self.conditions)

    @property
    def lines(self) -> list[str]:
        """What the last lines of output say: the conditions that failed, or, where none did, all of them."""
        shown = [condition for condition in self.conditions if self.passed or not condition.passed]
        answer = "passed" if self.passed else "FAILED"
        return [f"Compliance gate {answer}, run {self.run}", *(f"  {each.condition}: {each.detail}" for each in shown)]


def judge(store: Store, overview: Overview, options: Options) -> Gate:
    """The gate's answer for a run of the store."""
    run_id = str(overview.run["id"])
    failing, unjudged, waived = _Findings(), _Findings(), 0
    for finding in store.unsettled(run_id, options.baseline_run):
        if finding["severity"] not in options.severities:
            continue
        if finding["verdict"] == WAIVED:
            waived += 1
        elif finding["verdict"] == FAIL:
            failing.add(finding)
        elif finding["verdict"] in (UNKNOWN, ERROR):
            unjudged.add(finding)
    conditions = (
        _hosts(overview),
        _coverage(overview, options),
        _failing(failing, waived, options),
        _unjudged(unjudged, options),
    )
    return Gate(run_id, conditions)


@dataclass(slots=True)
class _Findings:
    """Findings in order of their rules, in a few figures. Its size follows the rules, not the hosts."""

    new: int = 0
    known: int = 0
    expired: int = 0
    rules: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    counts: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, finding: dict[str, Any]) -> None:
        if finding["known"]:
            self.known += 1
            return
        self.new += 1
        self.expired += bool((finding["waiver"] or {}).get("expired"))
        rule = (finding["rule"], finding["severity"])
        self.counts[rule] = self.counts.get(rule, 0) + 1
        hosts = self.rules.setdefault(rule, [])
        if len(hosts) < HOSTS:
            hosts.append(finding["host"])

    @property
    def examples(self) -> str:
        """``swap-used (high) on web1, web2 and 3 more; thp-always (medium) on web1``."""
        worst = sorted(self.rules, key=lambda rule: (-SEVERITIES.index(rule[1]), -self.counts[rule], rule))
        told = [
            f"{_name(rule)} ({severity}) on {_some(self.rules[rule, severity], self.counts[rule, severity])}"
            for rule, severity in worst[:RULES]
        ]
        if len(worst) > RULES:
            told.append(f"and {plural(len(worst) - RULES, 'more rule')}")
        return "; ".join(told)


def _hosts(overview: Overview) -> Condition:
    """What speaks for no host passes nothing, whatever coverage is asked for."""
    coverage = overview.coverage
    if not coverage.expected:
        return Condition("hosts", False, "the inventory has no hosts")
    if not coverage.audited:
        return Condition("hosts", False, f"none of {plural(coverage.expected, 'host')} was audited")
    return Condition("hosts", True, f"{plural(coverage.audited, 'host')} audited")


def _coverage(overview: Overview, options: Options) -> Condition:
    coverage = overview.coverage
    expected = coverage.audited + coverage.missed
    # Not a quotient: 100 % of 10,000 hosts is not reached by 9,999 of them, however it is rounded.
    passed = coverage.audited * 100 >= options.min_coverage * expected
    detail = f"{coverage.audited:,} of {plural(expected, 'host')} audited{_percent(coverage.audited, expected)}"
    if not passed:
        detail += f", and {options.min_coverage:g} % are asked for"
    if coverage.missed:
        detail += f"; missed: {_some([_missed(host) for host in overview.missed[:HOSTS]], coverage.missed)}"
    if options.left_out:
        detail += f"; {plural(options.left_out, 'host')} of the inventory had no part in this run"
    return Condition("coverage", passed, detail)


def _failing(found: _Findings, waived: int, options: Options) -> Condition:
    detail = _counted(found, "finding", options)
    if found.expired:
        detail += f" ({found.expired:,} with a waiver that has expired)"
    if waived:
        detail += f"; {waived:,} waived"
    return Condition("findings", not found.new, detail + _told(found))


def _unjudged(found: _Findings, options: Options) -> Condition:
    detail = _counted(found, "rule that can't be judged", options, "rules that can't be judged")
    if not options.unknown_fails:
        detail += ", which doesn't count here"
    return Condition("unknown", not (found.new and options.unknown_fails), detail + _told(found))


def _counted(found: _Findings, noun: str, options: Options, several: str = "") -> str:
    """``2 findings of severity medium or above on …, 14 more known since run …``."""
    if options.fail_on == NONE:
        return "not asked for"
    new = "new " if options.baseline_run else ""
    count = f"{found.new:,}" if found.new else "no"
    text = f"{count} {new}{noun if found.new == 1 else several or noun + 's'} of severity {options.fail_on}"
    if options.fail_on != SEVERITIES[-1]:
        text += " or above"
    if options.baseline_run:
        text += f" since run {_name(options.baseline_run)}, beside {found.known:,} known"
    return text


def _told(found: _Findings) -> str:
    return f": {found.examples}" if found.new else ""


def _some(names: list[str], count: int) -> str:
    """``web1, web2, web3 and 4 more``, of ``count`` names of which the first are given."""
    more = f" and {count - len(names):,} more" if count > len(names) else ""
    return ", ".join(map(_name, names)) + more


def _missed(host: HostLine) -> str:
    return f"{host.name} ({host.status}: {host.reason})"


def _percent(part: int, whole: int) -> str:
    """Rounded down: what isn't everything must not look like it."""
    if not whole:
        return ""
    hundredths = part * 10_000 // whole
    return f" ({hundredths / 100:g} %)"


def _name(text: str) -> str:
    return printable(text, 2 * LONGEST_NAME)
