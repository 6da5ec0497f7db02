# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""summary.md: the run in GitHub Flavored Markdown, for a comment on a pull request and ``$GITHUB_STEP_SUMMARY``.

All lists are capped: a comment of GitHub takes 65,536 characters, whatever the size of the fleet.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from .._policy.model import ERROR, FAIL, UNKNOWN, WAIVED
from . import phrases
from .gate import Gate
from .overview import Overview, RuleResult
from .printable import printable
from .sizes import plural

RULES = 40
REASONS = 15
WAIVERS = 15
HOSTS = 5
"""Hosts that are named for one rule or reason. report.json names all."""

SOON = timedelta(days=30)
"""A waiver that ends within this time is named, so that its owner can act before the pipeline fails."""

_LONGEST = 200
_LONGEST_DETAIL = 2000

_MARKUP = re.compile(r"([\\`*_{}\[\]<>|~&$])")
_ADDRESS = re.compile(r"://|(?i:\bwww\.)")
_MENTION = re.compile(r"([@#!%~$&^])(?=\w)")
_JOINER = "\u2060"


def pieces(overview: Overview, gate: Gate | None = None) -> Iterator[str]:
    """The text in pieces; ``gate`` is the answer for this run where one was asked for."""
    answer = "Memory audit" if gate is None else f"Memory compliance: {'passed' if gate.passed else 'FAILED'}"
    yield f"## {answer}\n\n"
    yield f"{' '.join(text(sentence.text) for sentence in phrases.answer(overview))}\n\n"
    yield f"Run `{_code(overview.run['id'])}`, {phrases.moment(overview.run['started_at'])}.\n"
    if gate is not None:
        rows = [(item.condition, "passed" if item.passed else "**FAILED**", item.detail) for item in gate.conditions]
        told = [(text(name), state, text(detail, _LONGEST_DETAIL)) for name, state, detail in rows]
        yield from _table("Gate", ("Condition", "Result", "Figures"), told)
    yield from _table("Missed hosts", ("Status", "Reason", ">Hosts", "Which"), _missed(overview))
    headings = ("Severity", "Rule", ">Fails", ">Not judged", ">Waived", "Hosts")
    yield from _table("Rules that don't pass", headings, _rules(overview))
    yield from _table("Waivers to look at", ("Waiver", "Owner", "Until", "Why it is here"), _waivers(overview))


def text(value: str, limit: int = _LONGEST) -> str:
    """``value`` as a person reads it, wherever it stands: no markup, link or table cell, and nobody is notified."""
    shown = _MENTION.sub(rf"\1{_JOINER}", printable(value, limit))
    escaped = _MARKUP.sub(r"\\\1", shown)
    return _ADDRESS.sub(lambda found: found[0].replace("/", r"\/").replace(".", r"\."), escaped)


def _code(value: str) -> str:
    return re.sub(r"[^\w.:-]", "_", value)


def _table(title: str, headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Nothing without rows. A heading that starts with ``>`` is for figures, which stand to the right."""
    begun = False
    for row in rows:
        if not begun:
            yield f"\n### {title}\n\n"
            yield f"| {' | '.join(heading.lstrip('>') for heading in headings)} |\n"
            yield f"| {' | '.join('---:' if heading.startswith('>') else '---' for heading in headings)} |\n"
            begun = True
        yield f"| {' | '.join(row)} |\n"


def _missed(overview: Overview) -> Iterator[tuple[str, ...]]:
    groups = overview.missed_by_reason
    for group in groups[:REASONS]:
        yield group.status, text(group.reason), f"{len(group.hosts):,}", _named(group.hosts, len(group.hosts))
    if len(groups) > REASONS:
        hosts = sum(len(group.hosts) for group in groups[REASONS:])
        yield "", plural(len(groups) - REASONS, "more reason"), f"{hosts:,}", ""


def _rules(overview: Overview) -> Iterator[tuple[str, ...]]:
    found = overview.findings
    for rule in found[:RULES]:
        counts = (rule.verdicts[FAIL], rule.unjudged, rule.verdicts[WAIVED])
        figures = [f"{count:,}" if count else "" for count in counts]
        yield rule.severity, text(rule.title), *figures, _hosts(overview, rule)
    if len(found) > RULES:
        yield "", plural(len(found) - RULES, "more rule"), "", "", "", ""


def _hosts(overview: Overview, rule: RuleResult) -> str:
    """Where it fails; where it fails nowhere, the hosts where it can't be judged, else where it is waived."""
    wanted = (FAIL,) if rule.verdicts[FAIL] else (ERROR, UNKNOWN) if rule.unjudged else (WAIVED,)
    numbers = [number for (verdict, _shown), some in rule.groups.items() if verdict in wanted for number in some]
    return _named([overview.hosts[number].name for number in sorted(numbers)[:HOSTS]], len(numbers))


def _named(names: list[str], count: int) -> str:
    told = ", ".join(text(name) for name in names[:HOSTS])
    return told if count <= HOSTS else f"{told} and {count - HOSTS:,} more"


def _waivers(overview: Overview) -> Iterator[tuple[str, ...]]:
    """Judged by the day of the run: the same run gives the same summary, whenever it is made."""
    soon = (date.fromisoformat(overview.run["started_at"][:10]) + SOON).isoformat()
    told = []
    for waiver in overview.waivers:
        why = ["it has expired"] if waiver["expired"] else []
        why += ["it ends soon"] if not waiver["expired"] and waiver["expires"] <= soon else []  # sorts as text
        why += [] if waiver["matched"] else ["it matches no host or rule"]
        if why:
            told.append((waiver["expires"], waiver, " and ".join(why)))
    for expires, waiver, reasons in sorted(told, key=lambda each: each[0])[:WAIVERS]:
        names = ", ".join([*waiver["hosts"], *waiver["groups"]])
        yield text(f"{waiver['rule']} on {names}: {waiver['reason']}"), text(waiver["owner"]), text(expires), reasons
    if len(told) > WAIVERS:
        yield plural(len(told) - WAIVERS, "more waiver"), "", "", ""
