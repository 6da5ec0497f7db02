# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small fleets in a real store, for the tests of the reports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.fleet.memory.plugins.plugin_utils._store.store import Store

RUN = "20261124T210000Z-4f1c2a"

GIB = 2**30

Host = tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]
"""Columns of ``run_hosts``, findings, consumers."""

HOSTILE = (
    "<script>document.title='pwned'</script>",
    "</script><img src=x onerror=\"document.title='pwned'\">",
    "<!--<script>",
    "{{ 7*7777 }}{% for x in y %}",
    "\"'`&amp;",
    "\u202egnp.exe\u2066",
    "\x1b[2J\x1b]0;pwned\x07\r\nforged  row",
    "\\xff\\xfe",
    "[bold red]rich[/bold red] :smile:",
    "漢字" * 20,
    "n" * 5000,
)
"""Names as an attacker would choose them, each with a trick of its own."""


def rule(name: str, severity: str, **texts: Any) -> dict[str, Any]:
    """A rule as the store keeps it, with the texts that reports show."""
    return {
        "id": name,
        "title": f"Title of {name}",
        "severity": severity,
        "rationale": f"Rationale of {name}",
        "references": [f"https://example.net/{name}"],
        "remediation": {"text": f"Remedy of {name}", "role": None, "variables": {}},
        **texts,
    }


RULES = [rule("available", "critical"), rule("swappiness", "medium"), rule("readable", "info")]


def finding(name: str, verdict: str, actual: Any = None, message: str = "", **more: Any) -> dict[str, Any]:
    """``more``: a location, a waiver."""
    severity = {each["id"]: each["severity"] for each in RULES}[name]
    texts = {"rule": name, "severity": severity, "verdict": verdict, "actual": actual, "message": message}
    return {**texts, "location": None, "waiver": None, **more}


def waiver(expired: bool = False, **changes: Any) -> dict[str, Any]:
    """A waiver as a finding has it."""
    texts = {"reason": "Moves away in spring", "owner": "storage team"}
    return {**texts, "expires": "2026-10-31" if expired else "2027-03-31", "expired": expired, **changes}


def run_waiver(**changes: Any) -> dict[str, Any]:
    """A waiver as a run has it."""
    return {"rule": "swap*", "hosts": ["db*"], "groups": [], "matched": True, **waiver(), **changes}


def consumer(command: str, rank: int = 1, pss: int | None = GIB, **figures: int | None) -> dict[str, Any]:
    return {
        "rank": rank,
        "command": command,
        "count": 3,
        "rss_bytes": 2 * GIB,
        "pss_bytes": pss,
        "pss_low_bytes": pss,
        "pss_high_bytes": pss,
        "uss_bytes": None,
        "swap_bytes": 0,
        **figures,
    }


SIGNALS: dict[str, Any] = {
    "paging_verdict": "quiet",
    "major_faults_per_second": 0.2,
    "memory_stall_percent": 0.0,
    "oom_kills": 0,
    "oom_last": None,
    "next_victim": {"command": "java", "kind": "hog", "is_largest": True},
    "nearest_ceiling": {"ceiling": "RLIMIT_STACK", "of": "java", "used_percent": 1.9},
    "ledger_residual_percent": 0.4,
    "pss_exact_percent": 99.4,
}
"""What is at risk on a host in good health, as its summary has it. Summaries of older versions don't."""

AT_RISK: dict[str, Any] = {
    "paging_verdict": "severe_pressure",
    "major_faults_per_second": 4210.0,
    "memory_stall_percent": 31.0,
    "oom_kills": 14,
    "oom_last": {"victim": "python3", "cgroup": "/web", "at": "2026-11-25T02:17:10Z"},
    "next_victim": {"command": "sshd", "kind": "login_service", "is_largest": False},
    "nearest_ceiling": {"ceiling": "memory.max", "of": "/web", "used_percent": 96.5},
    "ledger_residual_percent": -4.4,
    "pss_exact_percent": 71.0,
}


def audited(name: str, *findings: dict[str, Any], consumers: tuple[dict[str, Any], ...] = (), **figures: Any) -> Host:
    summary = {
        "total_bytes": 8 * GIB,
        "available_bytes": 2 * GIB,
        "available_percent": 25.0,
        "used_percent": 75.0,
        "swap_total_bytes": GIB,
        "swap_used_bytes": 0,
        **figures,
    }
    return {"host": name, "status": "audited", "seconds": 1.5, "summary": summary}, list(findings), list(consumers)


def missed(name: str, status: str = "unreachable", reason: str | None = "Connection timed out") -> Host:
    return {"host": name, "status": status, "reason": reason, "seconds": 10.0}, [], []


def fleet(
    path: Path,
    *hosts: Host,
    silent: tuple[str, ...] = (),
    run: str = RUN,
    finished: bool = True,
    waivers: tuple[dict[str, Any], ...] = (),
) -> Store:
    """A store at ``path`` with one run over ``hosts`` and over the ``silent`` ones, which never reported."""
    store = Store.create(str(path))
    names = [row["host"] for row, _findings, _consumers in hosts]
    row = {"id": run, "collection_version": "0.1.0", "policies": RULES, "waivers": list(waivers)}
    store.begin(row, [*names, *silent])
    for row, findings, consumers in hosts:
        store.write_host({"run_id": run, **row}, findings, consumers)
    if finished:
        store.finish(run)
    return store
