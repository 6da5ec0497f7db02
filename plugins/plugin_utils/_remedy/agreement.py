# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules that want different things of one host: the value that serves all of them, or none.

Every remedy is tried on the host as it would be then. One that would make a rule fail which passes now is not carried
out: the two would take turns for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from .._policy import evaluate, expressions
from .._policy.foreseen import foreseen
from .._policy.model import FAIL, NOT_APPLICABLE, PASS, Rule
from .._policy.parameters import Parameters
from .claims import claims, shown


class Asked(NamedTuple):
    """What a failed rule asks for."""

    role: str
    variables: dict[str, Any]


class Outlook:
    """Judges a host as it would be with other settings."""

    def __init__(self, rules: Iterable[Rule], snapshot: Mapping[str, Any], parameters: Parameters) -> None:
        self._rules, self._snapshot, self._parameters = list(rules), snapshot, parameters
        self._trees = expressions.trees(self._rules)
        self._now = self.verdicts({})

    def verdicts(self, variables: Mapping[str, Any]) -> dict[str, str]:
        """Rule -> verdict. Raises whatever a forged snapshot makes of it."""
        host = foreseen(self._snapshot, variables)
        return {f["rule"]: f["verdict"] for f in evaluate.judge(self._rules, self._trees, host, self._parameters)}

    def breaks(self, variables: Mapping[str, Any]) -> list[str]:
        """The rules that pass now, and would fail then."""
        then = self.verdicts(variables)
        return sorted(rule for rule, verdict in self._now.items() if verdict == PASS and then[rule] == FAIL)

    def serves(self, variables: Mapping[str, Any], rules: Iterable[str]) -> bool:
        """Whether all of ``rules`` would hold then."""
        then = self.verdicts(variables)
        return all(then.get(rule) in (PASS, NOT_APPLICABLE) for rule in rules)


class Agreement(NamedTuple):
    """What is asked for in the end, by rule; and the rules that contradict another one, each with the reason."""

    asked: dict[str, Asked]
    contradicting: dict[str, str]


def agree(asked: Mapping[str, Asked], outlook: Outlook) -> Agreement:
    """Settle what ``asked`` contradicts itself in. Raises whatever a forged snapshot makes of it."""
    kept = dict(asked)
    contradicting: dict[str, str] = {}
    for rule, wanted in asked.items():
        if broken := outlook.breaks(wanted.variables):
            contradicting[rule] = f"with that done, {', '.join(broken)} would fail, and now does not"
            del kept[rule]
    for rules, why in _disputes(kept):
        serving = next((kept[rule] for rule in rules if outlook.serves(kept[rule].variables, rules)), None)
        for rule in rules:
            if serving:
                kept[rule] = serving
            elif rule in kept:
                contradicting[rule] = why
    return Agreement({rule: kept[rule] for rule in kept if rule not in contradicting}, contradicting)


def _disputes(asked: Mapping[str, Asked]) -> Iterator[tuple[list[str], str]]:
    """The rules that want different values of one setting, with the reason in words."""
    wanted: dict[tuple[str, ...], dict[str, Any]] = {}
    for rule, (_role, variables) in asked.items():
        for words, value in claims(variables):
            wanted.setdefault(words, {})[rule] = value
    for words, values in wanted.items():
        if len(set(map(str, values.values()))) > 1:
            sides = "; ".join(f"{rule} wants {shown(value)}" for rule, value in values.items())
            yield list(values), f"the policies contradict each other on {' of '.join(words)}: {sides}"
