# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page of a host that a workshop hands out, and the same as JSON: each lesson with its output, figures and charts.

Who learns step by step gets one page of all of it: a lesson that is held again takes the place of what it was before,
and the others stay.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from . import files, lab_text
from .document import dumps
from .page_assets import asset, fingerprint, template
from .printable import printable
from .sizes import size

SCHEMA_VERSION = "1.0"

_WIDTH, _HEIGHT = 600, 120

_MOST = 1 << 64
"""What is more is no figure of a host, nor is a NaN."""

_NO_LESSONS = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)
"""What happens to who takes something else for lessons."""


class BadPage(ValueError):
    """There is something else than lessons in the host's earlier page, or in the new one. The message says where."""


def write(host: str, lessons: Sequence[Mapping[str, Any]], folder: Path) -> dict[str, str]:
    """Write ``<host>.html`` and ``<host>.json``, and give their paths by format.

    Raises OSError, files.BadName, BadPage.
    """
    paths = {suffix: files.of_host(folder, host, suffix) for suffix in ("html", "json")}
    files.private_folder(files.private_folder(folder.parent) / folder.name)
    before = earlier(paths["json"])
    try:
        together = in_order([*before, *lessons])
        page = html(host, together)
    except _NO_LESSONS as error:
        raise BadPage(f"The lessons of {host} are not what fleet.memory.lab returns ({error!r})") from error
    files.write(paths["html"], [page])
    document = {"schema_version": SCHEMA_VERSION, "host": host, "lessons": together}
    files.write(paths["json"], [dumps(document), "\n"])
    return {name: str(path) for name, path in paths.items()}


def earlier(path: Path) -> list[Mapping[str, Any]]:
    """The lessons of the page that is there; none where there is no page. Raises OSError, BadPage."""
    try:
        document = json.loads(path.read_bytes())
        if document["schema_version"] != SCHEMA_VERSION:
            raise BadPage(f"{path} is of version {document['schema_version']}, and not {SCHEMA_VERSION}; move it away")
        lessons: list[Mapping[str, Any]] = document["lessons"]
        html("", in_order(lessons))  # what is not lessons doesn't get through
    except FileNotFoundError:
        return []
    except _NO_LESSONS as error:
        if isinstance(error, BadPage):
            raise
        raise BadPage(f"{path} holds no lessons of an earlier course; move it away ({error!r})") from error
    return lessons


def in_order(lessons: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The last of each lesson: the steps by their numbers, then the demonstrations as they were first held."""
    last = {lesson["name"]: lesson for lesson in lessons}
    return sorted(last.values(), key=lambda lesson: (lesson["number"] is None, int(lesson["number"] or 0)))


def html(host: str, lessons: Sequence[Mapping[str, Any]]) -> str:
    """The page as text. It needs nothing from elsewhere."""
    style = asset("report.css") + asset("lab.css")
    words = [lab_text.held(lesson) for lesson in lessons]
    return template("lab.html.j2").render(
        host=printable(host),
        lessons=[_lesson(lesson) for lesson in lessons],
        counts=[(word, words.count(word)) for word in ("yes", "no", "not applicable", "not tried") if word in words],
        style=style,
        style_hash=fingerprint(style),
    )


def _lesson(lesson: Mapping[str, Any]) -> dict[str, Any]:
    held = lab_text.held(lesson)
    return {
        "number": lesson["number"] and int(lesson["number"]),
        **{key: printable(lesson[key]) for key in ("name", "title", "teaches", "expected", "held_at")},
        **{key: printable(lesson[key] or "") for key in ("note", "not_applicable")},
        "command": "\n".join(printable(line) for line in lesson["command"]),
        "output": "\n".join(printable(line) for line in lesson["output"]),
        "held": held,
        "kind": held.replace(" ", "-"),
        "evidence": [] if lesson["not_applicable"] else [lab_text.shown(figure) for figure in lesson["evidence"]],
        "charts": list(filter(None, map(chart, lesson["series"]))),
    }


def chart(series: Mapping[str, Any]) -> dict[str, Any] | None:
    """A line of ``series`` as points of an SVG polyline, and the words beside it; None where no point is known."""
    known = [pair for pair in zip(series["at_seconds"], series["points"]) if all(map(_is_figure, pair))]
    if not known:
        return None
    at, points = zip(*known)
    low, high = min(points), max(points)
    spread, span = (high - low) or 1.0, (at[-1] - at[0]) or 1.0
    placed = (
        f"{_WIDTH * (moment - at[0]) / span:.1f},{_HEIGHT - (_HEIGHT - 8) * (point - low) / spread - 4:.1f}"
        for moment, point in zip(at, points)
    )
    return {
        "name": printable(series["name"]),
        "points": " ".join(placed),
        "low": _figure(low, series["unit"]),
        "high": _figure(high, series["unit"]),
        "seconds": f"{at[-1] - at[0]:.1f}",
        "width": _WIDTH,
        "height": _HEIGHT,
    }


def _is_figure(value: Any) -> bool:
    return isinstance(value, (int, float)) and abs(value) < _MOST


def _figure(value: float, unit: str) -> str:
    return size(int(value)) if unit == "bytes" else printable(f"{value:g} {unit}")
