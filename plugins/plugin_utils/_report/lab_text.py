# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A lesson of the lab as text for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from .printable import clipped, printable
from .sizes import size

KEYS = (
    "name",
    "number",
    "title",
    "teaches",
    "command",
    "output",
    "expected",
    "held",
    "evidence",
    "series",
    "note",
    "not_applicable",
    "seconds",
    "held_at",
    "allowance_bytes",
)
"""What is kept of a lesson."""

_COLOURS = {"yes": "\033[0;32m", "no": "\033[0;31m", "not applicable": "\033[0;33m", "not tried": "\033[0;33m"}
_END = "\033[0m"


def lesson(host: str, found: Mapping[str, Any], width: int, colour: bool) -> str:
    """Title, what is typed, what came of it, what was expected and whether it held."""
    return "\n".join(_lines(host, found, max(40, width), colour))


def exercise(host: str, found: Mapping[str, Any]) -> str:
    """What the checker of a solved exercise has found."""
    return printable(f"{host}: exercise {found['number']}, {found['title']}, is solved: {found['found']}")


def held(found: Mapping[str, Any]) -> str:
    """Whether it held, in a word or two."""
    if found["not_applicable"]:
        return "not applicable"
    return {True: "yes", False: "no", None: "not tried"}[found["held"]]


def shown(figure: Mapping[str, Any]) -> str:
    """A piece of evidence: ``VSZ grew by 64.0 MiB``."""
    value, unit = figure["value"], figure["unit"]
    if value is None:
        words = "unknown"
    elif isinstance(value, bool):
        words = "yes" if value else "no"
    elif unit == "bytes" and isinstance(value, int) and 0 <= value < 1 << 64:
        words = size(value)
    else:
        words = f"{value} {unit}".strip()
    return printable(f"{figure['what']}: {words}")


def _lines(host: str, found: Mapping[str, Any], width: int, colour: bool) -> Iterator[str]:
    number = f"Step {found['number']}. " if found["number"] else ""
    yield printable(f"{host}: {number}{found['title']}")
    yield from textwrap.wrap(printable(found["teaches"]), width)
    for line in found["command"]:
        yield clipped(printable(f"  $ {line}"), width)
    for line in found["output"]:
        yield clipped(printable(f"    {line}"), width)
    yield from textwrap.wrap(printable(f"Expected: {found['expected']}"), width)
    word = held(found)
    yield f"Held: {_COLOURS[word] + word + _END if colour else word}"
    for why in found["not_applicable"], found["note"]:
        if why:
            yield from textwrap.wrap(printable(why), width, initial_indent="  ", subsequent_indent="  ")
    if found["evidence"] and not found["not_applicable"]:
        told = "; ".join(shown(figure) for figure in found["evidence"])
        yield from textwrap.wrap(told, width, initial_indent="  ", subsequent_indent="  ")
