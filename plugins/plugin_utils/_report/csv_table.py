# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""report.csv: one row for each finding, and one for each missed host, for spreadsheets.

RFC 4180, every cell quoted. No cell can be a formula: what a host chose must not run in the spreadsheet of whoever
opens the file. The rule is that of OWASP, "CSV Injection".
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from .._store.schema import AUDITED
from .._store.store import Row, Store
from .judged import judged_hosts
from .outcome import clean
from .overview import Overview

COLUMNS = (
    "host",
    "status",
    "policy",
    "rule",
    "title",
    "severity",
    "verdict",
    "actual",
    "message",
    "file",
    "line",
    "waiver_owner",
    "waiver_expires",
    "waiver_expired",
    "waiver_reason",
    "audited_at",
)

_FORMULA = re.compile(r"""(^|;)([\s"']*)(?=[=+\-@\t\r\n＝＋－＠])""")
"""The begin of a formula, also of one that begins a new cell where a semicolon separates them. Spreadsheets of some
languages know the full-width signs as well."""


def pieces(store: Store, overview: Overview) -> Iterator[str]:
    """The file in pieces, one for each host."""
    rules = {rule["id"]: rule for rule in overview.run["policies"]}
    yield _lines([dict(zip(COLUMNS, COLUMNS))])
    for host, findings in judged_hosts(store, overview.run["id"]):
        rows = [_row(host, finding, rules.get(finding["rule"], {})) for finding in findings]
        if host["status"] != AUDITED:
            rows = [_row(host, {"message": host["reason"]}, {})]
        yield _lines(rows)


def safe(value: Any) -> str:
    """``value`` as the text of a cell that no spreadsheet calculates."""
    if value is None:
        return ""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)  # a number is no formula, also when it begins with "-"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return _FORMULA.sub(r"\1'\2", clean(text))


def _row(host: Row, finding: Mapping[str, Any], rule: Mapping[str, Any]) -> dict[str, Any]:
    waiver, location = finding.get("waiver") or {}, finding.get("location") or {}
    return {
        **{name: host.get(name) for name in ("host", "status", "audited_at")},
        **{name: rule.get(name) for name in ("policy", "title")},
        **{name: finding.get(name) for name in ("rule", "severity", "verdict", "actual", "message")},
        **{name: location.get(name) for name in ("file", "line")},
        **{f"waiver_{name}": waiver.get(name) for name in ("owner", "expires", "expired", "reason")},
    }


def _lines(rows: list[dict[str, Any]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerows([safe(row[column]) for column in COLUMNS] for row in rows)
    return text.getvalue()
