# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Annotations of GitHub: workflow commands on stdout, which show findings beside a pull request.

GitHub shows the first ten of each kind for a step, so the worst come first. The escapes are those of its own runner
(actions/runner, ActionCommand) and toolkit (actions/toolkit, command.ts).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from typing import Any

from .._policy.model import ERROR, FAIL, UNKNOWN
from .._store.store import Store
from . import phrases
from .judged import judged_hosts
from .outcome import clean, gravity, place, words
from .overview import Overview
from .severity import level
from .sizes import plural

MOST = 50
"""Annotations that GitHub shows for a whole job; more would only fill the log."""

_COMMANDS = ("notice", "warning", "error")

_SHOWN = (FAIL, ERROR, UNKNOWN)


def lines(store: Store, overview: Overview) -> list[str]:
    """At most MOST commands, and one more that says how many findings have none."""
    rules = {rule["id"]: rule for rule in overview.run["policies"]}
    total = sum(rule.verdicts[verdict] for rule in overview.findings for verdict in _SHOWN)
    made = [] if overview.coverage.complete else [_missed(overview)]
    worst = heapq.nsmallest(MOST - len(made), _findings(store, overview.run["id"]), key=lambda found: found[0])
    made += [_finding(host, finding, rules.get(finding["rule"], {})) for _key, host, finding in worst]
    if total > len(worst):
        text = f"{plural(total - len(worst), 'more finding')} without an annotation; the reports have all of them."
        made.append(_command("notice", text, title="fleet.memory"))
    return made


def _findings(store: Store, run_id: str) -> Iterator[tuple[tuple[int, str, str], str, Mapping[str, Any]]]:
    """What doesn't pass, with a key that orders the worst first."""
    for host, findings in judged_hosts(store, run_id):
        for finding in findings:
            if finding["verdict"] in _SHOWN:
                rank = -level(finding["severity"], finding["verdict"])
                yield (rank, finding["rule"], host["host"]), host["host"], finding


def _finding(host: str, finding: Mapping[str, Any], rule: Mapping[str, Any]) -> str:
    fails = finding["verdict"] == FAIL
    command = _COMMANDS[gravity(finding["severity"])] if fails else "warning"
    text = f"{clean(host)}: {'' if fails else finding['verdict'] + ': '}{words(finding, rule)}"
    path, line = place(host, finding.get("location"))
    where: dict[str, Any] = {"file": "/".join(path), **({"line": line} if line else {})} if len(path) > 1 else {}
    return _command(command, text, title=clean(rule.get("title") or finding["rule"]), **where)


def _missed(overview: Overview) -> str:
    """One for all of them: a network that is down must not leave the findings without any."""
    reasons = [
        f"{group.status}: {clean(group.reason)} ({plural(len(group.hosts), 'host')}, {clean(group.hosts[0])} is one)"
        for group in overview.missed_by_reason[:3]
    ]
    return _command("error", " ".join([phrases.answer(overview)[0].text, *reasons]), title="Hosts were not audited")


def _command(name: str, text: str, **properties: str | int) -> str:
    written = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    return f"::{name} {written}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
