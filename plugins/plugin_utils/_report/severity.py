# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one order of what is worse: severities, verdicts, findings, hosts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .._policy.model import FAIL, NOT_APPLICABLE, PASS, SEVERITIES, VERDICTS, WAIVED

LEVELS = ("none", "waived", "unknown", *SEVERITIES)
"""What the worst finding of a host or rule can be: a rule that couldn't be judged is worse than one that passes, and
better than any that fails. For what is waived, somebody answers."""


def level(severity: str, verdict: str) -> int:
    """The index in LEVELS of one finding."""
    if verdict in (PASS, NOT_APPLICABLE):
        return 0
    return LEVELS.index({FAIL: severity, WAIVED: "waived"}.get(verdict, "unknown"))


def worst_first(findings: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Findings (keys ``rule``, ``severity``, ``verdict``): in the order of VERDICTS, the severe first."""
    return sorted(findings, key=_order)


def verdict_order(verdict: str) -> int:
    """Where ``verdict`` stands in a list, worst first."""
    return VERDICTS.index(verdict)


def _order(finding: Mapping[str, Any]) -> tuple[int, int, str]:
    return verdict_order(finding["verdict"]), -SEVERITIES.index(finding["severity"]), finding["rule"]
