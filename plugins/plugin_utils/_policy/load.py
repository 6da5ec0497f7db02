# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads policy files. All that is wrong with them is found at once, before any host is touched."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from .checks import check_rule
from .document import Document, Unparseable
from .model import Rule
from .validate import PolicyError, problems

SHIPPED = Path(__file__).parents[3] / "roles" / "audit" / "files" / "policies"

_BARE_NAME = re.compile(r"[\w-]+\Z")


def find(name: str, folders: Iterable[str]) -> Path:
    """The file of a policy: a bare name is one that the collection ships, anything else a path.

    A relative path is looked for in ``folders``. Raises PolicyError.
    """
    if _BARE_NAME.match(name):
        path = SHIPPED / f"{name}.yml"
        if path.is_file():
            return path
        shipped = ", ".join(sorted(file.stem for file in SHIPPED.glob("*.yml")))
        raise PolicyError([f"{name}: expected the name of a policy of the collection ({shipped}) or a path"])
    return find_file(name, folders)


def find_file(name: str, folders: Iterable[str]) -> Path:
    """The file at the path ``name``; a relative one is looked for in ``folders``. Raises PolicyError."""
    tried = [Path(folder, os.path.expanduser(name)) for folder in folders]
    for path in tried:
        if path.is_file():
            return path
    raise PolicyError([f"{name}: expected a file, and there is none at {' or '.join(map(str, dict.fromkeys(tried)))}"])


def load(names: Sequence[str], folders: Iterable[str]) -> list[Rule]:
    """The validated rules of all policies in ``names``. Raises PolicyError with all that is wrong with any of them.

    A rule replaces the one with the same id of an earlier policy, and takes its place.
    """
    folders = list(folders)
    wrong: list[str] = [] if names else ["no policy is named"]
    rules: dict[str, Rule] = {}
    for name in names:
        try:
            rules.update({rule["id"]: rule for rule in _load_file(find(name, folders))})
        except PolicyError as error:
            wrong += error.problems
    wrong += _contradictions(list(rules.values()))
    if wrong:
        raise PolicyError(wrong)
    return list(rules.values())


def read(path: Path) -> Document:
    """The YAML file at ``path``. Raises PolicyError."""
    try:
        return Document(path.read_text("utf-8"))
    except Unparseable as error:
        raise PolicyError([f"{path}:{error.line}: expected YAML: {error}"]) from error
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError([f"{path}: expected a readable UTF-8 file: {error}"]) from error


def _load_file(path: Path) -> list[Rule]:
    document = read(path)
    data = document.data
    found = problems("policy-1", data)
    rules = data["rules"] if isinstance(data, dict) and isinstance(data.get("rules"), list) else []
    first: dict[str, int] = {}
    for index, raw in enumerate(rules):
        found += [(("rules", index, *key), expected) for key, expected in check_rule(raw)]
        label = _label(raw, index)
        if first.setdefault(label, index) != index:
            place = f"{path}:{document.line(('rules', first[label]))}"
            found.append((("rules", index, "id"), f"an id of its own in this file; it is that of {place}"))
    found.sort(key=lambda problem: document.line(problem[0]))
    if found:
        raise PolicyError([_in_words(path, document, rules, *problem) for problem in found])
    return [_normalised(rule, path.stem) for rule in rules]


def _in_words(path: Path, document: Document, rules: list[Any], place: tuple[Any, ...], expected: str) -> str:
    """``policies/db.yml:7: rule x: key 'needs.0': expected ...``"""
    line, key, rule = document.line(place), place, ""
    if len(place) > 1 and place[0] == "rules":
        rule, key = f"rule {_label(rules[place[1]], place[1])}: ", place[2:]
    where = f"key {'.'.join(map(str, key))!r}: " if key else ""
    return f"{path}:{line}: {rule}{where}expected {expected}"


def _label(raw: Any, index: int) -> str:
    return str(raw["id"]) if isinstance(raw, dict) and "id" in raw else f"number {index + 1}"


def _normalised(raw: dict[str, Any], policy: str) -> Rule:
    remediation = raw["remediation"]
    return {
        "id": raw["id"],
        "policy": policy,
        "title": _one_line(raw["title"]),
        "severity": raw["severity"],
        "needs": raw["needs"],
        "when": raw.get("when"),
        "not_applicable": _one_line(raw.get("not_applicable", "")),
        "pass_when": raw["pass_when"],
        "actual": raw["actual"],
        "message": _one_line(raw["message"]),
        "rationale": _one_line(raw["rationale"]),
        "references": raw["references"],
        "remediation": {
            "text": _one_line(remediation["text"]),
            "role": remediation.get("role"),
            "variables": remediation.get("variables", {}),
        },
        "tags": raw.get("tags", []),
        "parameters": raw.get("parameters", {}),
        "location": raw.get("location"),
    }


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _contradictions(rules: list[Rule]) -> list[str]:
    """A variable of the inventory has one meaning, however many rules use it."""
    wrong = []
    first: dict[str, Rule] = {}
    for rule in rules:
        for name, parameter in rule["parameters"].items():
            other = first.setdefault(name, rule)
            mine, theirs = ({**each, "description": ""} for each in (parameter, other["parameters"][name]))
            if mine != theirs:
                wrong.append(
                    f"rule {rule['id']}: key 'parameters.{name}': "
                    f"expected the same type and default as in rule {other['id']}"
                )
    return wrong
