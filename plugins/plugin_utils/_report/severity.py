# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one order of what is worse: severities, verdicts, findings, hosts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .._policy.model import ERROR, FAIL, PASS, SEVERITIES, UNKNOWN

LEVELS = ("none", "unknown", *SEVERITIES)
"""What the worst finding of a host or rule can be: a rule that couldn't be judged is worse than one that passes, and
better than any that fails."""

_VERDICTS = (FAIL, ERROR, UNKNOWN, PASS)


def level(severity: str, verdict: str) -> int:
    """The index in LEVELS of one finding."""
    if verdict == PASS:
        return 0
    return LEVELS.index(severity) if verdict == FAIL else 1


def worst_first(findings: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Findings (keys ``rule``, ``severity``, ``verdict``): what fails, then what can't be judged, then what passes."""
    return sorted(findings, key=_order)


def verdict_order(verdict: str) -> int:
    """Where ``verdict`` stands in a list, worst first."""
    return _VERDICTS.index(verdict)


def _order(finding: Mapping[str, Any]) -> tuple[int, int, str]:
    return verdict_order(finding["verdict"]), -SEVERITIES.index(finding["severity"]), finding["rule"]
