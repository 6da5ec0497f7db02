# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Holds one rule of a policy file against what a rule has to be."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from . import expressions
from .evaluate import PLACEHOLDER
from .model import SEVERITIES
from .parameters import TYPES, converted, expectation

Problem = tuple[tuple[str | int, ...], str]
"""Where below the rule, and what was expected there."""

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")

_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")

_URL = re.compile(r"https://\S+\Z")


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_text, value))


_REQUIRED: dict[str, tuple[Callable[[Any], bool], str]] = {
    "id": (lambda value: _text(value) and bool(_ID.match(value)), "small letters, digits and hyphens"),
    "title": (_text, "a text"),
    "severity": (lambda value: value in SEVERITIES, "one of " + ", ".join(SEVERITIES)),
    "needs": (lambda value: _texts(value) and bool(value), "a list of JMESPath expressions"),
    "pass_when": (_text, "a JMESPath expression"),
    "actual": (_text, "a JMESPath expression"),
    "message": (_text, "a text"),
    "rationale": (_text, "a text"),
    "reference": (lambda value: _text(value) and bool(_URL.match(value)), "a URL that starts with https://"),
    "remediation": (_text, "a text"),
}

_OPTIONAL: dict[str, tuple[Callable[[Any], bool], str]] = {
    "tags": (_texts, "a list of texts"),
    "parameters": (lambda value: isinstance(value, dict), "a mapping of names to parameters"),
}

_PARAMETER_KEYS = ("default", "type", "elements", "description")


def check_rule(raw: Any) -> Iterator[Problem]:
    """All that is wrong with a rule as it came from the file."""
    if not isinstance(raw, dict):
        yield (), "a mapping"
        return
    for key in raw:
        if key not in _REQUIRED and key not in _OPTIONAL:
            yield (key,), "one of " + ", ".join([*_REQUIRED, *_OPTIONAL])
    for key, (right, expected) in {**_REQUIRED, **_OPTIONAL}.items():
        if key not in raw:
            if key in _REQUIRED:
                yield (key,), f"{expected}, and it is missing"
        elif not right(raw[key]):
            yield (key,), expected
    parameters = raw["parameters"] if isinstance(raw.get("parameters"), dict) else {}
    for name, parameter in parameters.items():
        for where, expected in _check_parameter(name, parameter):
            yield ("parameters", name, *where), expected
    for place, expression in _expressions(raw):
        for expected in expressions.problems(expression, parameters):
            yield place, expected
    for name, keys in PLACEHOLDER.findall(str(raw.get("message", ""))):
        if name != "actual" and (keys or name not in parameters):
            yield ("message",), f"{{actual}} or a parameter of the rule in braces, not {{{name}{keys}}}"


def _expressions(raw: dict[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for key in ("pass_when", "actual"):
        if _text(raw.get(key)):
            yield (key,), raw[key]
    if _texts(raw.get("needs")):
        for index, need in enumerate(raw["needs"]):
            yield ("needs", index), need


def _check_parameter(name: Any, parameter: Any) -> Iterator[Problem]:
    if not isinstance(name, str) or not _NAME.match(name):
        yield (), "a name of small letters, digits and underscores"
    if not isinstance(parameter, dict):
        yield (), "a mapping with default, type and description"
        return
    for key in parameter:
        if key not in _PARAMETER_KEYS:
            yield (key,), "one of " + ", ".join(_PARAMETER_KEYS)
    if not _text(parameter.get("description")):
        yield ("description",), "a text"
    for key in ("type", "elements"):
        if (key == "type" or key in parameter) and parameter.get(key) not in TYPES:
            yield (key,), "one of " + ", ".join(TYPES)
            return
    if "default" not in parameter:
        yield ("default",), "a value, and it is missing"
        return
    try:
        converted(parameter, parameter["default"])  # type: ignore[arg-type]
    except (TypeError, ValueError):
        yield ("default",), expectation(parameter)  # type: ignore[arg-type]
