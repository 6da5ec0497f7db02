# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Holds what a module really returned against its RETURN documentation.

    assert_documented(result, "memory_info")

``result`` is what the module gave to ``exit_json``. What Ansible itself adds is looked over.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

_MODULES = Path(__file__).resolve().parents[2] / "plugins" / "modules"

_ADDED_BY_ANSIBLE = {"changed", "failed", "invocation", "warnings", "deprecations", "rc", "stdout", "stderr", "msg"}

_TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (float,),
    "bool": (bool,),
    "dict": (dict,),
    "list": (list,),
}


def return_documentation(module: str) -> dict[str, Any]:
    """RETURN of the module ``module`` of this collection."""
    for node in ast.parse((_MODULES / (module + ".py")).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and any(getattr(target, "id", None) == "RETURN" for target in node.targets):
            return yaml.safe_load(ast.literal_eval(node.value))
    raise AssertionError("module %s has no RETURN" % module)


def undocumented(result: dict[str, Any], module: str) -> list[str]:
    """In words, each place where ``result`` is not what the documentation says. Empty when all is well."""
    documented = return_documentation(module)
    own = {key: value for key, value in result.items() if key in documented or not _is_ansibles(key)}
    return list(_differences("", own, documented))


def assert_documented(result: dict[str, Any], module: str) -> None:
    differences = undocumented(result, module)
    assert not differences, "\n".join(differences)


def _is_ansibles(key: str) -> bool:
    return key in _ADDED_BY_ANSIBLE or key.startswith("_ansible_")


def _differences(place: str, given: dict[str, Any], documented: dict[str, Any]) -> Iterator[str]:
    for key in given.keys() - documented.keys():
        yield "%s%s is returned and not documented" % (place, key)
    for key, documentation in documented.items():
        if key in given:
            yield from _value(place + key, given[key], documentation)
        elif documentation["returned"] in ("always", "success"):
            yield "%s%s is documented as always returned and is missing" % (place, key)


def _value(place: str, value: Any, documentation: dict[str, Any]) -> Iterator[str]:
    if value is None:
        if not says_what_null_means(documentation["description"]):
            yield "%s is null, and its description doesn't say what that means" % place
        return
    kind = documentation["type"]
    if not _is_a(value, kind):
        yield "%s is documented as %s and is %s: %.60r" % (place, kind, type(value).__name__, value)
    elif kind == "list":
        for number, item in enumerate(value):
            yield from _item("%s[%d]" % (place, number), item, documentation)
    elif kind == "dict" and "contains" in documentation:
        yield from _differences(place + ".", value, documentation["contains"])


def _item(place: str, item: Any, documentation: dict[str, Any]) -> Iterator[str]:
    kind = documentation.get("elements", "raw")
    if not _is_a(item, kind):
        yield "%s is documented as %s and is %s: %.60r" % (place, kind, type(item).__name__, item)
    elif kind == "dict" and "contains" in documentation:
        yield from _differences(place + ".", item, documentation["contains"])


def _is_a(value: Any, kind: str) -> bool:
    if kind == "raw":
        return True
    if isinstance(value, bool):
        return kind == "bool"
    return isinstance(value, _TYPES[kind])


def says_what_null_means(description: Any) -> bool:
    lines = [description] if isinstance(description, str) else description
    return any(re.search(r"\bnull\b", line, re.IGNORECASE) for line in lines)
