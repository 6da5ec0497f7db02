# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A remediation in tables and sentences: what is planned, what became of it, what is left to people."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .._remedy.answers import UNSETTLED
from .._store import remediations as states
from .._store.store import Row
from .printable import printable
from .sizes import plural
from .tables import Table, render

NAMED = 3
"""Hosts of a row that are named; the others are counted. remediation.json names all."""

WORDS = {
    states.PLANNED: "planned",
    states.NOTHING: "nothing to do",
    states.BEGUN: "cut short",
    states.DONE: "done",
    states.FAILED: "failed, taken back",
    states.WORSE: "got worse, taken back",
    states.IN_DOUBT: "in doubt",
    states.NOT_TRIED: "not tried",
}

KINDS = {
    "by_hand": "by hand",
    "contradicting": "contradicting",
    "refused": "refused",
    "not_applicable": "not applicable",
}

UNFINISHED = (states.IN_DOUBT, states.BEGUN, states.WORSE, states.FAILED, states.NOT_TRIED)
"""States of hosts that still want somebody."""


@dataclass(slots=True)
class Remediation:
    """A run, its hosts with their changes as ``Remediations.remedied`` gives them, and the hosts it couldn't audit.

    ``checked``: nothing was to be changed, only told.
    """

    run_id: str
    hosts: Sequence[Row]
    missed: Sequence[str] = ()
    checked: bool = False
    counts: Counter[str] = field(init=False)

    def __post_init__(self) -> None:
        self.counts = Counter(host["state"] for host in self.hosts)

    @property
    def complete(self) -> bool:
        """Whether all was done that the findings ask of this collection, and every host was looked at."""
        return not (self.missed or self.unsettled or any(self.counts[state] for state in UNFINISHED))

    @property
    def unsettled(self) -> list[str]:
        """The hosts on which a finding got no remedy because of a refusal or a contradiction."""
        return [host["host"] for host in self.hosts if any(each["kind"] in UNSETTLED for each in host["left_alone"])]

    @property
    def changes(self) -> int:
        """How many changes are planned or made, over all hosts."""
        return sum(len(host["changes"]) for host in self.hosts)


def plan_text(remediation: Remediation, width: int, colour: bool) -> str:
    """What will be done, before anything is: each host, or group of hosts alike, with its changes."""
    hosts = remediation.counts[states.PLANNED]
    if hosts:
        answer = (
            f"Plan of run {remediation.run_id}: {plural(remediation.changes, 'change')} on {plural(hosts, 'host')}."
        )
    else:
        answer = f"Run {remediation.run_id}: nothing is to be changed on any host."
    blocks = [*_blocks("Changes", remediation.hosts, "changes", _change_lines)]
    blocks += _blocks("Left alone", remediation.hosts, "left_alone", _left_lines)
    return "\n\n".join([answer, *("\n".join(_wrapped(line, width)) for line in blocks)])


def _blocks(title: str, hosts: Iterable[Row], rows: str, lines: Callable[[Row], list[str]]) -> Iterator[str]:
    """What the hosts have to say, hosts that say the same in one block."""
    groups: dict[str, list[str]] = {}
    for host in hosts:
        text = "\n".join(line for row in host[rows] for line in lines(row))
        if text:
            groups.setdefault(text, []).append(host["host"])
    for number, (text, names) in enumerate(groups.items()):
        yield "\n".join([*([] if number else [title]), printable(_names(names)), text])


def _change_lines(change: Row) -> list[str]:
    lines = [
        printable(
            f"  {change['setting']} ({change['scope']}): {_value(change['before'])} -> {_value(change['after'])}"
        ),
        printable(f"    because of {', '.join(change['rules'])}"),
    ]
    if change["needs_restart"]:
        lines.append(printable(f"    {change['needs_restart']} {_restart(change)}"))
    return lines


def _left_lines(left: Row) -> list[str]:
    return [printable(f"  {', '.join(left['rules'])}, {KINDS.get(left['kind'], left['kind'])}: {left['why']}")]


def _restart(change: Mapping[str, Any]) -> str:
    return "is restarted by this run" if change["restarted"] else "has it after a restart, which is yours to do"


def _wrapped(text: str, width: int) -> Iterator[str]:
    for line in text.splitlines():
        indent = " " * (len(line) - len(line.lstrip()) + 2)
        yield from textwrap.wrap(line, width, subsequent_indent=indent, break_on_hyphens=False)


def result_text(remediation: Remediation, width: int, colour: bool) -> str:
    """What became of the plan."""
    return _joined(list(sentences(remediation)), [result_table(remediation), restart_table(remediation)], width, colour)


def sentences(remediation: Remediation) -> Iterator[str]:
    """The outcome in a breath."""
    counts = remediation.counts
    told = [f"{WORDS[state]}: {counts[state]:,}" for state in states.STATES if counts[state]]
    yield f"Run {remediation.run_id}. Hosts {', '.join(told)}." if told else f"Run {remediation.run_id}: no finding."
    if remediation.checked:
        yield "Check mode: nothing was changed."
    elif counts[states.DONE]:
        yield "To take it back:"
        yield f"  ansible-playbook fleet.memory.rollback -e run={remediation.run_id}"
    if counts[states.NOT_TRIED]:
        yield "A batch did not go well, so the later ones were not tried."
    if remediation.unsettled:
        yield f"Refused or contradicting on {_names(remediation.unsettled)}: see the plan."
    if remediation.missed:
        yield f"Not audited, so nothing was planned for {_names(remediation.missed)}."


def plan_table(remediation: Remediation) -> Table:
    """A row for each change, hosts with the same one joined."""
    table = Table("Changes", ("Host", "Setting", "Holds", "From", "To", "Why", "Restart"))
    keys = ("setting", "scope", "before", "after", "rules", "needs_restart", "restarted")
    for values, hosts in _grouped(remediation.hosts, "changes", keys):
        setting, scope, before, after, rules, unit, restarted = values
        restart = "" if unit is None else f"{unit}: {'by this run' if restarted else 'yours to do'}"
        row = (_names(hosts), setting, scope, _value(before), _value(after), ", ".join(rules), restart)
        table.rows.append(tuple(map(printable, row)))
    return table


def left_table(remediation: Remediation) -> Table:
    """A row for each finding that nothing is done about, hosts with the same one joined."""
    table = Table("Left alone", ("Host", "Finding", "Because", "What it says"))
    for (rules, kind, why), hosts in _grouped(remediation.hosts, "left_alone", ("rules", "kind", "why")):
        table.rows.append(tuple(map(printable, (_names(hosts), ", ".join(rules), KINDS.get(kind, kind), why))))
    return table


def result_table(remediation: Remediation) -> Table:
    """A row for each state and reason, the worst first."""
    table = Table("What became of it", ("Host", "State", ">Changes", "Findings gone", "What it says"))
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for host in remediation.hosts:
        gone = ", ".join((host["comparison"] or {}).get("gone", ()))
        groups.setdefault((host["state"], gone, reason(host)), []).append(host)
    for (state, gone, why), hosts in sorted(groups.items(), key=lambda item: states.STATES.index(item[0][0])):
        made = sum(change["made"] for host in hosts for change in host["changes"])
        names = _names([host["host"] for host in hosts])
        table.rows.append((printable(names), WORDS[state], f"{made:,}", printable(gone), printable(why)))
    return table


def reason(host: Mapping[str, Any]) -> str:
    """Why a host ended as it did, and what else its second audit found."""
    comparison = host["comparison"] or {}
    parts = [host["reason"] or ""]
    if comparison.get("waiting"):
        parts.append(f"after a restart: {', '.join(comparison['waiting'])}")
    if comparison.get("new") and host["state"] == states.DONE:
        parts.append(f"new findings: {', '.join(comparison['new'])}")
    return "; ".join(filter(None, parts))


def restart_table(remediation: Remediation) -> Table:
    """The units that have their new limits only when somebody restarts them."""
    table = Table("Restart these when it suits", ("Unit", "Host"))
    units: dict[str, list[str]] = {}
    for host in remediation.hosts:
        if host["state"] == states.DONE:
            waiting = {c["needs_restart"] for c in host["changes"] if c["needs_restart"] and not c["restarted"]}
            for unit in sorted(waiting):
                units.setdefault(unit, []).append(host["host"])
    table.rows.extend((printable(unit), printable(_names(hosts))) for unit, hosts in sorted(units.items()))
    return table


def _grouped(hosts: Iterable[Row], rows: str, keys: Sequence[str]) -> Iterator[tuple[tuple[Any, ...], list[str]]]:
    """The distinct rows of all hosts in the order of their first host, each with the hosts that have it."""
    groups: dict[str, tuple[tuple[Any, ...], list[str]]] = {}
    for host in hosts:
        for row in host[rows]:
            values = tuple(row[key] for key in keys)
            groups.setdefault(repr(values), (values, []))[1].append(host["host"])
    yield from groups.values()


def _names(hosts: Sequence[str]) -> str:
    more = len(hosts) - NAMED
    return ", ".join(hosts) if more <= 1 else f"{', '.join(hosts[:NAMED])} and {more:,} more"


def _value(value: str | None) -> str:
    return "nothing" if value is None else value


def _joined(answer: list[str], tables: list[Table], width: int, colour: bool) -> str:
    lines = ["\n".join(textwrap.wrap(printable(line), width, break_on_hyphens=False)) for line in answer]
    return "\n\n".join(["\n".join(lines), *(render(table, width, colour) for table in tables if table.rows)])
