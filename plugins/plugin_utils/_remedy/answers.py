# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a role says of itself, as rows of a plan: changes to make, and reasons why there are none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._policy.brief import one_line, what_failed
from .._store.store import Row
from .wishes import Step, Wishes

BY_HAND = "by_hand"
CONTRADICTING = "contradicting"
REFUSED = "refused"
NOT_APPLICABLE = "not_applicable"

UNSETTLED = (CONTRADICTING, REFUSED)
"""What somebody asked for and will not get. The other kinds are as they should be."""


def left_alone(kind: str, rules: list[str], why: str) -> Row:
    """An entry of ``left_alone``: nothing is done about ``rules``, because."""
    return {"kind": kind, "rules": rules, "why": one_line(why)}


def not_for_roles(found: Wishes) -> list[Row]:
    """Entries for the rules that no role runs for."""
    return [
        *(left_alone(BY_HAND, [rule], why) for rule, why in found.by_hand.items()),
        *(left_alone(CONTRADICTING, [rule], why) for rule, why in found.contradicting.items()),
    ]


def changes(step: Step, result: Mapping[str, Any]) -> list[Row]:
    """Rows of the table ``changes`` from what the role's module returned.

    A unit that is restarted for what an earlier run has declared is a change, too.
    """
    restarted = set(result.get("restarted") or ())
    rows = [
        {
            "role": step.role,
            "number": number,
            "rules": step.why(str(change["setting"])),
            "setting": change["setting"],
            "scope": change["scope"],
            "place": _text(change.get("where")),
            "before": _text(change["from"]),
            "after": _text(change["to"]),
            "needs_restart": change.get("needs_restart"),
            "restarted": change.get("needs_restart") in restarted,
        }
        for number, change in enumerate(result.get("changes") or (), 1)
    ]
    late = sorted(restarted - {row["needs_restart"] for row in rows})
    return rows + [_restart(step, number, unit) for number, unit in enumerate(late, len(rows) + 1)]


def _restart(step: Step, number: int, unit: str) -> Row:
    return {
        "role": step.role,
        "number": number,
        "rules": sorted({rule for wish in step.wishes if unit in wish.words for rule in wish.rules}) or step.rules,
        "setting": f"limits of {unit}",
        "scope": "running",
        "place": None,
        "before": "those of its last start",
        "after": "those that its files say",
        "needs_restart": unit,
        "restarted": True,
    }


def untouched(step: Step, rows: list[Row], result: Mapping[str, Any]) -> list[Row]:
    """An entry for the rules of the step that none of its changes is for: the role has its reason, or all is set."""
    idle = sorted(set(step.rules) - {rule for row in rows for rule in row["rules"]})
    if not idle:
        return []
    if result.get("not_applicable"):
        return [left_alone(NOT_APPLICABLE, idle, str(result["not_applicable"]))]
    if result.get("waiting"):
        return [left_alone(BY_HAND, idle, f"all is set, and holds after a restart of {', '.join(result['waiting'])}")]
    return [left_alone(BY_HAND, idle, "what the role would set is set already, and the finding is still there")]


def trouble(result: Mapping[str, Any] | None, failure: Mapping[str, Any] | None) -> str | None:
    """Why the role came to nothing, in words; None when it did not."""
    if result and result.get("unreachable"):
        return f"the host can't be reached: {result.get('msg')}"
    if failure is None:
        return None
    return what_failed(failure)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
