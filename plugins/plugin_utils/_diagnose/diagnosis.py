# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which rows of two tables, troubles and mistakes, apply to a host: two snapshots of it in, rows out.

The rows are rules of the policy diagnose.yml beside this file. A row applies where its rule fails.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from .._policy import evaluate, expressions, load
from .._policy.model import ERROR, FAIL, NOT_APPLICABLE, UNKNOWN, Finding, Rule
from .._policy.parameters import Parameters
from . import words
from .address_space import address_space
from .figure import section
from .growth import growth

SCHEMA_VERSION = "1.0"
"""Of what ``diagnose`` returns."""

KINDS = ("trouble", "mistake")

GROWN = 20
"""Processes whose growth is kept, those that grew most."""

_POLICY = Path(__file__).with_name("diagnose.yml")

_APPLIES = {FAIL: True, UNKNOWN: None, ERROR: None}


@cache
def rules() -> tuple[list[Rule], dict[str, Any]]:
    """The rows as rules, and the trees of their expressions."""
    read = load.load([str(_POLICY)], ["."])
    return read, expressions.trees(read)


def diagnose(
    host: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    variables: Mapping[str, Any],
    template: Callable[[Any], Any],
) -> dict[str, Any]:
    """``{schema_version, host, taken_at, seconds, rows, growth, coverage}``.

    ``before`` has watched the paging until ``after`` was taken. ``variables`` are the host's, with its thresholds,
    ``template`` resolves the Jinja in them. ``coverage`` is that of the processes; ``seconds`` is None when unknown.
    """
    grown = growth(before, after)
    document = {**after, "paging": before.get("paging"), "growth": grown, "address_space": address_space(after)}
    judged, trees = rules()
    parameters = Parameters(judged, host, variables, template)
    findings = evaluate.judge(judged, trees, document, parameters)
    return {
        "schema_version": SCHEMA_VERSION,
        "host": host,
        "taken_at": after.get("taken_at"),
        "seconds": grown["seconds"],
        "rows": [_row(rule, finding) for rule, finding in zip(judged, findings, strict=True)],
        "growth": {**grown, "processes": grown["processes"] and grown["processes"][:GROWN]},
        "coverage": section(after, "processes").get("coverage"),
    }


def _row(rule: Rule, finding: Finding) -> dict[str, Any]:
    """``{row, kind, title, applies, meaning, figures, what_to_do, reason}``.

    ``applies`` is None when it can't be told, and ``reason`` says why; so it does where a row can't apply at all.
    """
    verdict = finding["verdict"]
    applies = _APPLIES.get(verdict, False)
    return {
        "row": rule["id"],
        "kind": next(kind for kind in KINDS if kind in rule["tags"]),
        "title": rule["title"],
        "applies": applies,
        "meaning": _filled(rule["message"], finding["actual"]) if applies else None,
        "figures": finding["actual"],
        "what_to_do": rule["remediation"]["text"] if applies else None,
        "reason": finding["message"] if verdict in (UNKNOWN, ERROR, NOT_APPLICABLE) else None,
    }


def _filled(message: str, figures: Any) -> str:
    """The message with its figures as people read them; ``evaluate`` fills in bare numbers."""
    # In one pass: a name that looks like a placeholder stays as it is.
    return evaluate.PLACEHOLDER.sub(lambda match: _figure(match[2].removeprefix("."), figures), message)


def _figure(key: str, figures: Any) -> str:
    return words.value(key, figures.get(key) if isinstance(figures, dict) else None)
