# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lessons of the lab as the module returns them and the page keeps them, without a host that they were held on."""

from __future__ import annotations

from typing import Any

MIB = 1 << 20


def returned(name: str = "page_faults", number: int | None = 6, **values: Any) -> dict[str, Any]:
    """What the module returns of a lesson that held."""
    return {
        "changed": False,
        "name": name,
        "number": number,
        "title": f"Title of {name}",
        "teaches": f"What {name} teaches.",
        "command": [f"type {name}"],
        "output": [f"what {name} printed"],
        "expected": f"What {name} should show.",
        "held": True,
        "evidence": [figure("minor faults", 2048, "faults"), figure("taken", 64 * MIB, "bytes")],
        "series": [],
        "note": None,
        "not_applicable": None,
        "seconds": 0.25,
        "allowance_bytes": 256 * MIB,
        **values,
    }


def kept(name: str = "page_faults", number: int | None = 6, **values: Any) -> dict[str, Any]:
    """The same as the page keeps it."""
    lesson = {"held_at": "2026-11-25T10:00:00Z", **returned(name, number, **values)}
    del lesson["changed"]
    return lesson


def figure(what: str, value: Any, unit: str = "") -> dict[str, Any]:
    return {"what": what, "value": value, "unit": unit}


def series(*points: Any, unit: str = "bytes", at: Any = None, name: str = "RSS") -> dict[str, Any]:
    return {
        "name": name,
        "unit": unit,
        "points": list(points),
        "at_seconds": at or [0.5 * n for n in range(len(points))],
    }


def hostile(text: str) -> dict[str, Any]:
    """What a host returns that wants to harm who reads it: each of the lesson's words is ``text``."""
    return kept(
        name=text,
        title=text,
        teaches=text,
        command=[text],
        output=[text],
        expected=text,
        note=text,
        evidence=[figure(text, text, text)],
        series=[series(1, 2, unit=text, name=text)],
    )
