# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the play gets to see of a host: little, because Ansible keeps it for every host until the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from .model import FAIL, PASS, SEVERITIES

WORST = 5
"""Ids of failed rules that are named."""

REASON_MAX_CHARS = 500


def one_line(text: object) -> str:
    """``text`` on one line, printable, valid UTF-8 and short: it may come from a hostile host."""
    flat = " ".join("".join(char if char.isprintable() else " " for char in str(text)).split())
    return flat if len(flat) <= REASON_MAX_CHARS else flat[: REASON_MAX_CHARS - 1] + "…"


def brief(
    status: str, reason: str | None, findings: Iterable[Mapping[str, Any]], summary: Mapping[str, Any]
) -> dict[str, Any]:
    """At most 2 KB: status, reason, two figures, counts of verdicts and failed severities, the worst failed rules."""
    findings = list(findings)
    failed = [finding for finding in findings if finding["verdict"] == FAIL]
    failed.sort(key=lambda finding: SEVERITIES.index(finding["severity"]), reverse=True)
    return {
        "status": status,
        "reason": reason,
        "available_percent": summary.get("available_percent"),
        "used_percent": summary.get("used_percent"),
        "verdicts": dict(Counter(finding["verdict"] for finding in findings if finding["verdict"] != PASS)),
        "failed_severities": dict(Counter(finding["severity"] for finding in failed)),
        "worst": [finding["rule"] for finding in failed[:WORST]],
    }


def what_failed(result: Mapping[str, Any]) -> str:
    """The message of a module that failed, and the last line of what it or its interpreter printed."""
    printed = str(result.get("module_stderr") or result.get("module_stdout") or "").strip().splitlines()
    message = str(result.get("msg") or "the module failed, and did not say why")
    return ": ".join(dict.fromkeys([message.rstrip("."), *printed[-1:]]))
