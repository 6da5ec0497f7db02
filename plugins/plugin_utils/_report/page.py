# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""report.html: one file for a browser, without any request to elsewhere.

Findings and missed hosts are plain HTML, so they show without JavaScript. The host table and the lists of hosts
behind each finding are drawn from compact data at the end of the page, so that its size follows the distinct findings
and a short row for each host. The content security policy allows the page's own style and script by their hashes,
and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from markupsafe import Markup

from .._policy.model import FAIL, WAIVED
from . import phrases
from .judged import STATUSES
from .overview import HostLine, Overview, RuleResult
from .page_assets import asset, fingerprint, template
from .printable import printable
from .severity import LEVELS, verdict_order
from .signals import PAGINGS, Tally
from .sizes import interval, plural, size

_LABELS = {"unknown": "Not fully judged", "waived": "Waived only", "none": "No finding"}

_BAR = 1000
"""Width of a bar in the units of its viewBox."""


def pieces(overview: Overview) -> Iterator[str]:
    """The page as text, in pieces."""
    return template("report.html.j2").generate(_context(overview))


def _context(overview: Overview) -> dict[str, Any]:
    style, script = asset("report.css"), asset("report.js")
    findings = overview.findings
    return {
        "run": overview.run,
        "coverage": overview.coverage,
        "answer": phrases.answer(overview),
        "missed": overview.missed_by_reason,
        "started": phrases.moment(overview.run["started_at"]),
        "standing": _standing(overview),
        "findings": [_finding(rule) for rule in findings],
        "passing": [rule.title for rule in overview.passing],
        "inapplicable": [{"title": rule.title, "reason": rule.inapplicable} for rule in overview.inapplicable],
        "applies_everywhere": overview.applies_everywhere,
        "all_pass": phrases.all_pass(overview),
        "stale_waivers": phrases.stale_waivers(overview),
        "signals": [_signal(tally) for tally in overview.known_signals],
        "consumers": _consumers(overview.consumers),
        "statuses": STATUSES,
        "levels": LEVELS,
        "style": style,
        "script": script,
        "style_hash": fingerprint(style),
        "script_hash": fingerprint(script),
        "data": _data(overview.hosts, findings),
    }


def _standing(overview: Overview) -> list[dict[str, Any]]:
    """Parts of a bar, as long as they have hosts: the missed ones, then the audited ones from the worst down."""
    counts = [("missed", "Missed", overview.coverage.missed)]
    by_level = overview.hosts_by_level
    counts += [(level, _LABELS.get(level, level.capitalize()), by_level[level]) for level in reversed(LEVELS)]
    whole = sum(hosts for _kind, _label, hosts in counts)
    parts, before = [], 0
    for kind, label, hosts in counts:
        if hosts or kind == "missed":
            x = _BAR * before / whole if whole else 0
            width = _BAR * hosts / whole if whole else 0
            parts.append({"kind": kind, "label": label, "hosts": hosts, "x": f"{x:.1f}", "width": f"{width:.1f}"})
        before += hosts
    return parts


def _finding(rule: RuleResult) -> dict[str, Any]:
    waived = rule.verdicts[WAIVED]
    return {
        "rule": rule.rule,
        "title": rule.title,
        "badge": LEVELS[rule.level],
        "hosts": f"fails on {plural(rule.verdicts[FAIL], 'host')}" if rule.verdicts[FAIL] else "",
        "unknown": f"unknown on {rule.unjudged:,}" if rule.unjudged else "",
        "waived": f"waived on {waived:,}" if waived else "",
        "range": rule.range,
        "rationale": rule.policy.get("rationale", ""),
        "remediation": _remedy(rule.policy.get("remediation")),
        "example": rule.example,
        "place": rule.place,
        "references": rule.policy.get("references", ()),
        "verdicts": rule.verdict_text,
    }


def _remedy(remediation: Any) -> str:
    """Runs of fleet.memory 0.1 have it as a mere text."""
    return str(remediation["text"] if isinstance(remediation, dict) else remediation or "")


def _signal(tally: Tally) -> dict[str, Any]:
    return {
        "title": tally.signal.title,
        "hosts": f"{tally.hosts:,}",
        "raised": bool(tally.hosts),
        "unknown": f"{tally.unknown:,}" if tally.unknown else "",
        "host": tally.host,
        "words": tally.words,
    }


def _consumers(consumers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    widest = max((max(row["pss_high_bytes"] or 0, row["rss_bytes"] or 0) for row in consumers), default=0) or 1
    rows = []
    for row in consumers:
        low, high = _bounds(row)
        rss = row["rss_bytes"]
        rows.append(
            {
                "command": printable(row["command"], 80),
                "hosts": f"{row['hosts']:,}",
                "count": f"{row['count']:,}",
                "pss": interval(row["pss_bytes"], row["pss_low_bytes"], row["pss_high_bytes"]),
                "rss": size(rss),
                "times": phrases.times(row),
                "low": _BAR * low // widest,
                "high": _BAR * high // widest,
                "between": low < high,
                "rss_at": None if rss is None else min(_BAR * rss // widest, _BAR - 4),
            }
        )
    return rows


def _bounds(row: dict[str, Any]) -> tuple[int, int]:
    exact = row["pss_bytes"]
    return (row["pss_low_bytes"] or 0, row["pss_high_bytes"] or 0) if exact is None else (exact, exact)


def _data(hosts: list[HostLine], findings: list[RuleResult]) -> Markup:
    """The data that report.js reads: one column for each figure, sizes in KiB, one digit for status and level."""
    places = {rule.rule: number for number, rule in reversed(list(enumerate(findings)))}
    columns: dict[str, Any] = {
        "name": [host.name for host in hosts],
        "status": "".join(str(STATUSES.index(host.status)) for host in hosts),
        "worst": "".join(str(host.level) for host in hosts),
        "worst_rule": [places.get(host.worst, -1) for host in hosts],
        "reason": {number: host.reason for number, host in enumerate(hosts) if host.reason},
        "total": [_kib(host.figures["total_bytes"]) for host in hosts],
        "available": [_tenths(host.figures["available_percent"]) for host in hosts],
        "used": [_tenths(host.figures["used_percent"]) for host in hosts],
        "swap_total": [_kib(host.figures["swap_total_bytes"]) for host in hosts],
        "swap_used": [_kib(host.figures["swap_used_bytes"]) for host in hosts],
        **_risks(hosts),
        "statuses": STATUSES,
        "levels": LEVELS,
        "rules": [_rule(rule) for rule in findings],
    }
    text = json.dumps(columns, ensure_ascii=False, separators=(",", ":"))
    # In a script element only "<" can end the element or begin a comment.
    return Markup(text.replace("<", "\\u003c"))


def _risks(hosts: list[HostLine]) -> dict[str, Any]:
    """Names that many hosts share stand once, and a host has their number."""
    victims, ceilings = _Numbered(), _Numbered()
    return {
        "pagings": PAGINGS,
        "paging": "".join(str(host.signals.paging) for host in hosts),
        "faults": [_tenths(host.figures["major_faults_per_second"]) for host in hosts],
        "kills": [host.figures["oom_kills"] for host in hosts],
        "last_kill": {number: host.signals.last_kill for number, host in enumerate(hosts) if host.signals.last_kill},
        "victim": [victims.number(host.signals.next_victim) for host in hosts],
        "victims": victims.names,
        "ceiling": [ceilings.number(host.signals.ceiling) for host in hosts],
        "ceilings": ceilings.names,
        "ceiling_used": [_tenths(host.signals.ceiling_percent) for host in hosts],
        "residual": [_tenths(host.figures["ledger_residual_percent"]) for host in hosts],
        "exact": [_tenths(host.figures["pss_exact_percent"]) for host in hosts],
    }


class _Numbered:
    """Distinct names in the order in which they came."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, name: str) -> int:
        return self._numbers.setdefault(name, len(self._numbers))

    @property
    def names(self) -> list[str]:
        return list(self._numbers)


def _rule(rule: RuleResult) -> dict[str, Any]:
    return {"rule": rule.rule, "title": rule.title, "level": rule.level, "groups": _groups(rule)}


def _groups(rule: RuleResult) -> list[Any]:
    """[verdict, value, host numbers as steps from one to the next], the value that most hosts have first."""
    groups = sorted(rule.groups.items(), key=lambda item: (verdict_order(item[0][0]), -len(item[1])))
    return [[verdict, value, _steps(numbers)] for (verdict, value), numbers in groups]


def _steps(numbers: list[int]) -> list[int]:
    return [number - before for before, number in zip([0, *numbers], numbers)]


def _kib(count: float | None) -> int | None:
    return None if count is None else round(count / 1024)


def _tenths(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
