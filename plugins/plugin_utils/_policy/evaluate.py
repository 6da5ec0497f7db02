# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Judges a host: snapshot and rules in, findings out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from .expressions import PolicyFunctions, search
from .model import ERROR, FAIL, NOT_APPLICABLE, PASS, UNKNOWN, Finding, Location, Rule
from .parameters import Parameters
from .reasons import why_unknown

ACTUAL_MAX_CHARS = 4000
"""A longer ``actual`` is cut: it is shown to people, and kept for every host of every run."""

PLACEHOLDER = re.compile(r"\{(\w+)((?:\.\w+)*)\}")
"""A parameter, ``{swappiness_max}``, or what was found: ``{actual}``, or a key of it, ``{actual.residual_percent}``."""


def judge(
    rules: Iterable[Rule], trees: Mapping[str, Any], snapshot: dict[str, Any], parameters: Parameters
) -> list[Finding]:
    """One finding per rule. A rule that breaks gets the verdict ``error`` and spoils no other.

    ``trees`` are the ``expressions.trees`` of the rules.
    """
    return [_judge(rule, trees, snapshot, parameters) for rule in rules]


def _judge(rule: Rule, trees: Mapping[str, Any], snapshot: dict[str, Any], parameters: Parameters) -> Finding:
    wrong = [parameters.wrong[name] for name in rule["parameters"] if name in parameters.wrong]
    if wrong:
        return _finding(rule, ERROR, None, "; ".join(wrong))
    functions = PolicyFunctions()

    def value(expression: str) -> Any:
        return search(trees[expression], snapshot, parameters, functions)

    try:
        applies = True if rule["when"] is None else value(rule["when"])
        if applies is False:
            return _finding(rule, NOT_APPLICABLE, None, _filled(rule["not_applicable"], parameters))
        if applies is None:
            return _finding(rule, UNKNOWN, None, "it can't be told whether the rule applies to this host")
        if applies is not True:
            return _finding(rule, ERROR, None, f"when must give true, false or null, and gives {_shown(applies)}")
        missing = [need for need in rule["needs"] if value(need) is None]
        if missing:
            return _finding(rule, UNKNOWN, None, why_unknown(missing, snapshot))
        functions.actual = value(rule["actual"])
        actual = _short(functions.actual)
        # What can't be shown was not seen: !(actual()) must not take null for "nothing found".
        answer = None if actual is None else value(rule["pass_when"])
        location = None if rule["location"] is None else _location(value(rule["location"]))
    except Exception as error:  # JMESPath's own, and whatever a forged snapshot makes of an expression
        return _finding(rule, ERROR, None, f"the rule can't be evaluated: {error}")
    if answer is True:
        return _finding(rule, PASS, actual, "", location)
    if answer is False:
        return _finding(rule, FAIL, actual, _filled(rule["message"], {**parameters, "actual": actual}), location)
    if answer is None:
        return _finding(rule, UNKNOWN, actual, "not everything that this rule looks at could be read", location)
    return _finding(rule, ERROR, actual, f"pass_when must give true, false or null, and gives {_shown(answer)}")


def _finding(rule: Rule, verdict: str, actual: Any, message: str, location: Location | None = None) -> Finding:
    return {
        "rule": rule["id"],
        "severity": rule["severity"],
        "verdict": verdict,
        "actual": actual,
        "message": message,
        "location": location,
        "waiver": None,
    }


def _location(value: Any) -> Location | None:
    """What the rule's ``location`` gives, if that is a place in a file: the host may have sent anything."""
    if not isinstance(value, dict) or not isinstance(value.get("file"), str) or not value["file"]:
        return None
    line = value.get("line")
    return {"file": value["file"], "line": line if _is_line(line) else None}


def _is_line(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31


def _filled(message: str, values: dict[str, Any]) -> str:
    # In one pass: a value that looks like a placeholder, such as a process called "{actual}", stays as it is.
    return PLACEHOLDER.sub(lambda match: _shown(inside(values[match[1]], match[2].split(".")[1:])), message)


def inside(value: Any, keys: Iterable[str]) -> Any:
    """What lies in nested dictionaries under ``keys``, one after the other; None where they don't go so deep."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _shown(value: Any) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, (str, int, float)) for item in value):
        return ", ".join(map(str, value))
    return json.dumps(value, ensure_ascii=False)[:ACTUAL_MAX_CHARS]


def _short(value: Any) -> Any:
    if not isinstance(value, (str, list, dict)):
        return value
    text = json.dumps(value)
    return value if len(text) <= ACTUAL_MAX_CHARS else text[:ACTUAL_MAX_CHARS] + "…"
