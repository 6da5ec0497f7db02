# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads policy files. All that is wrong with them is found at once, before any host is touched."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from .checks import check_rule
from .document import Document, Unparseable
from .model import Rule

SHIPPED = Path(__file__).parents[3] / "roles" / "audit" / "files" / "policies"

_BARE_NAME = re.compile(r"[\w-]+\Z")


class PolicyError(Exception):
    """A policy can't be used. ``problems`` has a line for each thing that is wrong."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


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
    tried = [Path(folder, name).expanduser() for folder in folders]
    for path in tried:
        if path.is_file():
            return path
    raise PolicyError([f"{name}: expected a file, and there is none at {' or '.join(map(str, dict.fromkeys(tried)))}"])


def load(names: Sequence[str], folders: Iterable[str]) -> list[Rule]:
    """The validated rules of all policies in ``names``. Raises PolicyError with all that is wrong with any of them."""
    folders = list(folders)
    problems: list[str] = [] if names else ["no policy is named"]
    rules: list[Rule] = []
    places: dict[str, str] = {}
    for name in names:
        try:
            found = _load_file(find(name, folders), places)
        except PolicyError as error:
            problems += error.problems
        else:
            rules += found
    problems += _contradictions(rules)
    if problems:
        raise PolicyError(problems)
    return rules


def _load_file(path: Path, places: dict[str, str]) -> list[Rule]:
    try:
        document = Document(path.read_text("utf-8"))
    except Unparseable as error:
        raise PolicyError([f"{path}:{error.line}: expected YAML: {error}"]) from error
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError([f"{path}: expected a readable UTF-8 file: {error}"]) from error
    data = document.data
    if not isinstance(data, dict) or not isinstance(data.get("rules"), list) or not data["rules"]:
        raise PolicyError([f"{path}:1: key 'rules': expected a list of rules"])
    problems = [
        f"{path}:{document.line((key,))}: key {key!r}: expected 'title' or 'rules'"
        for key in data
        if key not in ("title", "rules")
    ]
    for index, raw in enumerate(data["rules"]):
        label = str(raw["id"]) if isinstance(raw, dict) and "id" in raw else f"number {index + 1}"
        found = list(check_rule(raw))
        if label in places:
            found.append((("id",), f"an id of its own; it is that of {places[label]}"))
        for key, expected in found:
            where = f"key {'.'.join(map(str, key))!r}: " if key else ""
            line = document.line(("rules", index, *key))
            problems.append(f"{path}:{line}: rule {label}: {where}expected {expected}")
        places.setdefault(label, f"{path}:{document.line(('rules', index))}")
    if problems:
        raise PolicyError(problems)
    return [_normalised(rule, path.stem) for rule in data["rules"]]


def _normalised(raw: dict[str, Any], policy: str) -> Rule:
    text = {key: " ".join(raw[key].split()) for key in ("title", "message", "rationale", "remediation")}
    return {
        "id": raw["id"],
        "policy": policy,
        "title": text["title"],
        "severity": raw["severity"],
        "needs": raw["needs"],
        "pass_when": raw["pass_when"],
        "actual": raw["actual"],
        "message": text["message"],
        "rationale": text["rationale"],
        "reference": raw["reference"],
        "remediation": text["remediation"],
        "tags": raw.get("tags", []),
        "parameters": raw.get("parameters", {}),
    }


def _contradictions(rules: list[Rule]) -> list[str]:
    """A variable of the inventory has one meaning, however many rules use it."""
    problems = []
    first: dict[str, Rule] = {}
    for rule in rules:
        for name, parameter in rule["parameters"].items():
            other = first.setdefault(name, rule)
            mine, theirs = ({**each, "description": ""} for each in (parameter, other["parameters"][name]))
            if mine != theirs:
                problems.append(
                    f"rule {rule['id']}: key 'parameters.{name}': "
                    f"expected the same type and default as in rule {other['id']}"
                )
    return problems
