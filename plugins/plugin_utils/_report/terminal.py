# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The run as text for a terminal: missed hosts first, then the worst hosts, risks, findings, and users of memory."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from .._policy.model import FAIL, WAIVED
from . import phrases
from .overview import HostLine, Overview
from .printable import printable
from .severity import LEVELS
from .sizes import interval, percent, size
from .tables import Table, render

ROWS = 20
"""Audited hosts that get a row. Missed hosts are all named, however many: by reason, so that it stays short."""

CONSUMERS = 10


def text(overview: Overview, width: int, colour: bool) -> str:
    """The whole of it, in lines of at most ``width`` cells."""
    sentences = [(_wrapped(sentence.text, width), sentence.alarm) for sentence in phrases.answer(overview)]
    parts = ["\n".join(_red(words) if alarm and colour else words for words, alarm in sentences)]
    if overview.missed:
        missed = "\n".join(_missed(overview, width))
        parts.append(_red(missed) if colour else missed)
    if stale := phrases.stale_waivers(overview):
        parts.append("\n".join(["Waivers to look at", *(_wrapped(line, width, "  ") for line in stale)]))
    tables = [_hosts(overview.audited), _signals(overview), _findings(overview), _consumers(overview)]
    parts += [render(table, width, colour) for table in tables if table.rows]
    return "\n\n".join(parts)


def _missed(overview: Overview, width: int) -> Iterator[str]:
    yield "Missed hosts"
    for group in overview.missed_by_reason:
        yield _wrapped(f"{group.status}: {group.reason}", width, "  ")
        yield _wrapped(", ".join(group.hosts), width, "    ")


def _hosts(hosts: list[HostLine]) -> Table:
    table = Table(
        "Audited hosts, worst first", ("Host", ">Used", ">Available", ">Swap used", "Worst", "Rule that fails")
    )
    for host in hosts[:ROWS]:
        figures = host.figures
        table.rows.append(
            (
                host.name,
                percent(figures["used_percent"]),
                size(figures["available_bytes"]),
                swap(host),
                LEVELS[host.level],
                host.worst,
            )
        )
    if len(hosts) > ROWS:
        table.note = f"and {len(hosts) - ROWS:,} more"
    return table


def swap(host: HostLine) -> str:
    """Used swap; ``none`` where there is no swap at all, which isn't the same as an unused one."""
    return "none" if host.figures["swap_total_bytes"] == 0 else size(host.figures["swap_used_bytes"])


def _signals(overview: Overview) -> Table:
    table = Table("What is at risk", ("Signal", ">Hosts", ">Unknown", "Most"))
    for tally in overview.known_signals:
        most = f"{tally.host}: {tally.words}" if tally.host else ""
        table.rows.append((tally.signal.title, f"{tally.hosts:,}", f"{tally.unknown:,}" if tally.unknown else "", most))
    return table


def _findings(overview: Overview) -> Table:
    table = Table("Findings by rule", ("Severity", "Rule", ">Fails", ">Unknown", ">Waived", "Values"))
    for rule in overview.findings:
        unknown, waived = (f"{count:,}" if count else "" for count in (rule.unjudged, rule.verdicts[WAIVED]))
        table.rows.append((LEVELS[rule.level], rule.title, f"{rule.verdicts[FAIL]:,}", unknown, waived, rule.range))
    return table


def _consumers(overview: Overview) -> Table:
    table = Table(
        "Top users of memory over the fleet, by PSS", ("Command", ">Processes", ">Hosts", ">PSS", ">RSS", ">RSS/PSS")
    )
    for row in overview.consumers[:CONSUMERS]:
        pss = interval(row["pss_bytes"], row["pss_low_bytes"], row["pss_high_bytes"])
        figures = (f"{row['count']:,}", f"{row['hosts']:,}", pss, size(row["rss_bytes"]), phrases.times(row))
        table.rows.append((printable(row["command"], 80), *figures))
    return table


def _red(words: str) -> str:
    return f"\x1b[31m{words}\x1b[0m"


def _wrapped(words: str, width: int, indent: str = "") -> str:
    return textwrap.fill(
        words, width, initial_indent=indent, subsequent_indent=indent + "  " * bool(indent), break_on_hyphens=False
    )
