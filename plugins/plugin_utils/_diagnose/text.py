# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A diagnosis as text for a terminal: what applies, with figures and what to do, what doesn't, what is unknown."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from .._report.printable import printable
from . import words
from .diagnosis import KINDS

Row = Mapping[str, Any]

_HEADINGS = {"trouble": "Troubles", "mistake": "Mistakes that would mislead here"}

_COLOURS = {"trouble": "\033[0;31m", "mistake": "\033[0;33m"}
_END = "\033[0m"


def text(diagnosis: Mapping[str, Any], width: int, colour: bool) -> str:
    """The whole of it, in lines of at most ``width`` characters."""
    return "\n".join(_lines(diagnosis, max(40, width), colour))


def _lines(diagnosis: Mapping[str, Any], width: int, colour: bool) -> Iterator[str]:
    rows = diagnosis["rows"]
    watched = words.value("watched_seconds", diagnosis["seconds"])
    yield from _wrapped(f"{diagnosis['host']}: diagnosis of its memory, watched for {watched}", width)
    for kind in KINDS:
        applying = [row for row in rows if row["applies"] and row["kind"] == kind]
        if applying:
            yield f"{_HEADINGS[kind]}:"
        for row in applying:
            yield f"  {_COLOURS[kind]}{row['title']}{_END}" if colour else f"  {row['title']}"
            yield from _row(row, width)
    without = [row for row in rows if row["applies"] is False]
    if without:
        yield from _wrapped(f"Doesn't apply: {', '.join(map(_named, without))}.", width)
    for row in rows:
        if row["applies"] is None:
            yield from _wrapped(f"Unknown: {row['title']}: {row['reason']}", width)
    yield from _wrapped(_coverage(diagnosis["coverage"]), width)


def _row(row: Row, width: int) -> Iterator[str]:
    yield from _wrapped(row["meaning"], width, "    ")
    figures = row["figures"]
    if not isinstance(figures, Mapping):
        yield from _wrapped(words.value("", figures), width, "    ")
        return
    listed = {key: found for key, found in figures.items() if isinstance(found, (list, dict))}
    single = {key: found for key, found in figures.items() if key not in listed and words.is_told(key, found)}
    said = {key: words.value(key, found) for key, found in single.items()}
    # Figures stand together to be compared; an explanation is read once.
    told = "; ".join(
        f"{words.label(key)}: {what}"
        for key, what in said.items()
        if not isinstance(single[key], str) or what not in row["meaning"]
    )
    yield from _wrapped(told, width, "    ")
    for key, found in listed.items():
        for each in found if isinstance(found, list) else [found]:
            yield from _wrapped(f"{words.label(key)}: {words.item(each)}", width, "    ", "      ")
    yield from _wrapped(f"Do: {row['what_to_do']}", width, "    ")


def _named(row: Row) -> str:
    return f"{row['title']} ({row['reason'].rstrip('.')})" if row["reason"] else str(row["title"])


def _coverage(coverage: Any) -> str:
    """What was not seen; empty when all was."""
    if not isinstance(coverage, Mapping) or (coverage.get("complete") and not coverage.get("hidepid")):
        return ""
    unread = coverage.get("unread")
    reasons = ", ".join(f"{count} {reason}" for reason, count in unread.items()) if isinstance(unread, Mapping) else ""
    hidden = "; those of other users are hidden" if coverage.get("hidepid") else ""
    return (
        f"Not all could be read: {coverage.get('read')} of {coverage.get('processes')} processes"
        f"{f' ({reasons})' if reasons else ''}{hidden}. As root (-b) more may be."
    )


def _wrapped(told: str, width: int, indent: str = "", further: str | None = None) -> list[str]:
    return textwrap.wrap(
        printable(told),
        width,
        initial_indent=indent,
        subsequent_indent=(indent or "  ") if further is None else further,
        break_on_hyphens=False,
    )
