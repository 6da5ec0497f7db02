# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a lesson says, and what came of it on this host."""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Optional, Sequence

LINES = 40
"""Of a command's output that are shown."""

WIDTH = 200


class Lesson(NamedTuple):
    """A step of the course, or a demonstration (``number`` None)."""

    name: str
    number: Optional[int]
    title: str
    teaches: str
    """One or two sentences."""

    command: Sequence[str]
    """The lines that a person would type."""

    expected: str


class NotHere(Exception):
    """The lesson can't be held on this host; the message is the reason, in words."""


def figure(what: str, value: Any, unit: str) -> Dict[str, Any]:
    """A piece of evidence. ``value`` is null where it can't be known."""
    return {"what": what, "value": value, "unit": unit}


def series(name: str, unit: str, points: Sequence[float], at_seconds: Sequence[float]) -> Dict[str, Any]:
    """A line of a chart."""
    return {"name": name, "unit": unit, "points": list(points), "at_seconds": [round(at, 2) for at in at_seconds]}


def outcome(
    lesson: Lesson,
    held: Optional[bool] = None,
    output: Sequence[str] = (),
    evidence: Sequence[Dict[str, Any]] = (),
    charts: Sequence[Dict[str, Any]] = (),
    note: Optional[str] = None,
    not_applicable: Optional[str] = None,
) -> Dict[str, Any]:
    """The result of a lesson. ``held`` is null when it was only explained, or can't be held here."""
    return {
        "name": lesson.name,
        "number": lesson.number,
        "title": lesson.title,
        "teaches": lesson.teaches,
        "command": list(lesson.command),
        "output": _shown(output),
        "expected": lesson.expected,
        "held": held,
        "evidence": list(evidence),
        "series": list(charts),
        "note": note,
        "not_applicable": not_applicable,
    }


def _shown(output: Sequence[str]) -> List[str]:
    lines = ["".join(char if char.isprintable() else "?" for char in line.expandtabs())[:WIDTH] for line in output]
    return lines if len(lines) <= LINES else lines[: LINES - 1] + ["(%d lines more)" % (len(lines) - LINES + 1)]
