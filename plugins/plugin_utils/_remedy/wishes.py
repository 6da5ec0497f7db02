# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the findings of a host ask for: failed rules in, roles and their variables out.

Only the roles of this collection are run, because only what they do can be taken back. Whatever else a finding asks for
is left to people, and named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from .._policy.expressions import PolicyFunctions, search, tree
from .._policy.model import Rule
from .._policy.parameters import Parameters
from .agreement import Asked, Outlook, agree
from .claims import claims

SWAP, SWAPPINESS, LIMITS = "fleet.memory.swap", "fleet.memory.swappiness", "fleet.memory.limits"

ROLES = (SWAP, SWAPPINESS, LIMITS)
"""In the order in which they run: room first, then what reclaims, then what may be used."""


@dataclass(slots=True)
class Wish:
    """One value that one rule or several ask for. ``words`` are found in the ``setting`` of the change that follows."""

    words: tuple[str, ...]
    value: Any
    rules: list[str]

    def names(self, setting: str) -> bool:
        """Whether a change of ``setting`` is what was wished for."""
        return all(word.lower() in setting.lower() for word in self.words)


@dataclass(slots=True)
class Step:
    """A role to run on a host, with the variables of all findings that ask for it."""

    role: str
    variables: dict[str, Any] = field(default_factory=dict)
    wishes: list[Wish] = field(default_factory=list)

    @property
    def rules(self) -> list[str]:
        """The rules behind it, each once."""
        return sorted({rule for wish in self.wishes for rule in wish.rules})

    def why(self, setting: str) -> list[str]:
        """The rules that ask for a change of ``setting``; all of the step where none can be told."""
        return sorted({rule for wish in self.wishes if wish.names(setting) for rule in wish.rules}) or self.rules


@dataclass(slots=True)
class Wishes:
    """Steps in their order; rules that nothing is done about here, each with the reason."""

    steps: list[Step] = field(default_factory=list)
    by_hand: dict[str, str] = field(default_factory=dict)
    contradicting: dict[str, str] = field(default_factory=dict)


def wishes(
    rules: Iterable[Rule],
    failed: Iterable[str],
    snapshot: dict[str, Any],
    parameters: Parameters,
    patterns: Iterable[str] = ("*",),
) -> Wishes:
    """What the rules named in ``failed`` ask for on the host of ``snapshot``.

    ``patterns`` are fnmatch patterns of the rules that count. Rules that want different values of the same setting
    contradict each other, see ``agreement``: where no value serves all, nothing is done about any of them.
    """
    rules, failed, patterns = list(rules), set(failed), list(patterns)
    found = Wishes()
    asked: dict[str, Asked] = {}
    for rule in rules:
        if rule["id"] not in failed or not any(fnmatchcase(rule["id"], pattern) for pattern in patterns):
            continue
        remediation = rule["remediation"]
        if not isinstance(remediation, dict) or remediation["role"] not in ROLES:
            found.by_hand[rule["id"]] = remediation["text"] if isinstance(remediation, dict) else str(remediation)
            continue
        try:
            variables = _evaluated(remediation["variables"], snapshot, parameters)
        except Exception as error:  # JMESPath's own, and whatever a forged snapshot makes of an expression
            found.by_hand[rule["id"]] = f"its remediation can't be evaluated: {error}"
            continue
        if variables:
            asked[rule["id"]] = Asked(remediation["role"], variables)
        else:
            found.by_hand[rule["id"]] = remediation["text"]
    try:
        agreed, found.contradicting = agree(asked, Outlook(rules, snapshot, parameters)) if asked else ({}, {})
    except Exception as error:  # as above
        found.by_hand.update(dict.fromkeys(asked, f"what comes of its remediation can't be foreseen: {error!r}"))
        return found
    for role in ROLES:
        step = Step(role)
        for rule_id, wanted in agreed.items():
            if wanted.role == role:
                _add(step, rule_id, wanted.variables)
        if step.wishes:
            found.steps.append(step)
    return found


def _evaluated(variables: Mapping[str, str], snapshot: dict[str, Any], parameters: Parameters) -> dict[str, Any]:
    """The variables that have a value on this host."""
    values = {
        name: search(tree(expression), snapshot, parameters, PolicyFunctions())
        for name, expression in variables.items()
    }
    return {name: value for name, value in values.items() if value not in (None, [], {}, "")}


def _add(step: Step, rule_id: str, variables: dict[str, Any]) -> None:
    """Join the variables of another rule, which contradict none that the step has."""
    for name, value in variables.items():
        known = step.variables.get(name)
        if isinstance(value, dict):
            step.variables[name] = {**(known or {}), **value}
        elif isinstance(value, list):
            step.variables[name] = [*(known or []), *(item for item in value if item not in (known or []))]
        else:
            step.variables[name] = value
    for words, value in claims(variables):
        same = next((wish for wish in step.wishes if wish.words == words and wish.value == value), None)
        if same:
            same.rules.append(rule_id)
        else:
            step.wishes.append(Wish(words, value, [rule_id]))
