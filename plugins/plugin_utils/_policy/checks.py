# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What no schema can say of a rule: whether its expressions can be read, and its parameters fit together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from . import expressions
from .evaluate import PLACEHOLDER
from .parameters import TYPES, converted, expectation
from .validate import Problem


def check_rule(raw: Any) -> Iterator[Problem]:
    """What is wrong with a rule as it came from the file, whatever its shape; the schema tells the rest."""
    if not isinstance(raw, dict):
        return
    parameters = _mapping(raw.get("parameters"))
    for name, parameter in parameters.items():
        if isinstance(parameter, dict):
            yield from _check_default(("parameters", name, "default"), parameter)
    for place, expression in _expressions(raw):
        for expected in expressions.problems(expression, parameters):
            yield place, expected
    for key, shown in (("message", {"actual"}), ("not_applicable", set())):
        for name, keys in PLACEHOLDER.findall(str(raw.get(key, ""))):
            if name not in shown and (keys or name not in parameters):
                words = "".join(f"{{{other}}} or " for other in shown)
                yield (key,), f"{words}a parameter of the rule in braces, not {{{name}{keys}}}"


def _expressions(raw: dict[str, Any]) -> Iterator[tuple[tuple[Any, ...], str]]:
    needs, variables = raw.get("needs"), _mapping(_mapping(raw.get("remediation")).get("variables"))
    places: dict[tuple[Any, ...], Any] = {(key,): raw.get(key) for key in ("when", "pass_when", "actual", "location")}
    places |= {("needs", index): need for index, need in enumerate(needs if isinstance(needs, list) else ())}
    places |= {("remediation", "variables", name): expression for name, expression in variables.items()}
    for place, expression in places.items():
        if isinstance(expression, str) and expression.strip():
            yield place, expression


def _check_default(place: tuple[Any, ...], parameter: dict[str, Any]) -> Iterator[Problem]:
    kinds = [parameter.get("type"), parameter.get("elements", "str")]
    if "default" in parameter and all(isinstance(kind, str) and kind in TYPES for kind in kinds):
        try:
            converted(parameter, parameter["default"])  # type: ignore[arg-type]
        except (TypeError, ValueError):
            yield place, expectation(parameter)  # type: ignore[arg-type]


def _mapping(value: Any) -> dict[Any, Any]:
    return value if isinstance(value, dict) else {}
