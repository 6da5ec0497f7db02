# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""report.json: everything that the store knows about a run except the snapshots, for machines.

Its shape is docs/schemas/report-1.schema.json. Written host by host, so that memory doesn't grow with the fleet.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from .._store.store import Row, Store
from .judged import STATUSES, judged_hosts
from .overview import Coverage, Overview
from .signals import Tally

SCHEMA_VERSION = "1.2"

_FINDING = ("rule", "severity", "verdict", "actual", "message", "location", "waiver")

_RUN = ("id", "started_at", "finished_at", "collection_version", "rejudges")


def pieces(store: Store, overview: Overview) -> Iterator[str]:
    """The document as text, in pieces that are joined without anything between."""
    run = overview.run
    yield '{\n"schema_version": ' + dumps(SCHEMA_VERSION)
    yield ',\n"run": ' + dumps({key: run[key] for key in _RUN})
    yield ',\n"coverage": ' + dumps(coverage(overview.coverage))
    yield ',\n"rules": ' + dumps(run["policies"])
    yield ',\n"waivers": ' + dumps(overview.waivers)
    yield ',\n"signals": ' + dumps([_signal(tally) for tally in overview.signals])
    yield ',\n"consumers": ' + dumps(overview.consumers)
    yield ',\n"hosts": ['
    separator = "\n"
    for host, findings in judged_hosts(store, run["id"]):
        yield separator + dumps(_host(host, findings))
        separator = ",\n"
    yield "\n]\n}\n"


def coverage(counted: Coverage) -> dict[str, Any]:
    """``expected`` hosts, how many have each status, and whether every host was audited."""
    counts = {status: counted.statuses[status] for status in STATUSES}
    return {"expected": counted.expected, **counts, "complete": counted.complete}


def _signal(tally: Tally) -> dict[str, Any]:
    most = {"host": tally.host, "what": tally.words} if tally.host else None
    signal = tally.signal
    return {"signal": signal.name, "title": signal.title, "hosts": tally.hosts, "unknown": tally.unknown, "most": most}


def _host(host: Row, findings: list[Any]) -> dict[str, Any]:
    return {
        **{key: host[key] for key in ("host", "status", "reason", "audited_at", "seconds")},
        "memory": host["summary"],
        "findings": [{key: finding[key] for key in _FINDING} for finding in findings],
    }


def dumps(value: Any) -> str:
    """JSON as RFC 8259 has it: NaN, which Python also reads and a hostile host may have sent, becomes null."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError:
        return json.dumps(json.loads(json.dumps(value), parse_constant=lambda _name: None), ensure_ascii=False)
