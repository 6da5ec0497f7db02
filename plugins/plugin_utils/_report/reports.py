# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes the reports of a run: which files, where, and in what order they appear."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from .._store.store import Store
from . import csv_table, document, files, junit, markdown, page, sarif
from .gate import Gate
from .overview import Overview

LATEST = "latest"

NAMES = {
    "json": "report.json",
    "html": "report.html",
    "junit": "junit.xml",
    "sarif": "report.sarif",
    "csv": "report.csv",
    "markdown": "summary.md",
}
"""The file of each format, in the order in which they are written."""


class BadRunId(ValueError):
    """The run's id can't be the name of a folder."""


def write(
    store: Store,
    overview: Overview,
    report_dir: Path,
    formats: Collection[str],
    answer: Gate | None = None,
    unknown_fails: bool = True,
) -> dict[str, str]:
    """Writes those files of NAMES that ``formats`` names, and gives their paths by format.

    ``answer`` is the gate's, for summary.md; ``unknown_fails`` is whether junit.xml counts what can't be judged as an
    error.

    ``<report_dir>/latest`` then leads to the folder of the store's newest run; making an older run's reports again
    leaves it alone. Raises OSError, BadRunId.
    """
    run_id = overview.run["id"]
    if run_id in ("", ".", "..", LATEST) or "/" in run_id or "\0" in run_id:
        raise BadRunId(f"run id {run_id!r} can't be the name of a report folder")
    makers: dict[str, Callable[[], Iterable[str]]] = {
        "json": lambda: document.pieces(store, overview),
        "html": lambda: page.pieces(overview),
        "junit": lambda: junit.pieces(store, overview, unknown_fails),
        "sarif": lambda: sarif.pieces(store, overview),
        "csv": lambda: csv_table.pieces(store, overview),
        "markdown": lambda: markdown.pieces(overview, answer),
    }
    wanted = [name for name in NAMES if name in formats]
    if not wanted:
        return {}
    folder = files.private_folder(files.private_folder(report_dir) / run_id)
    paths = {name: folder / NAMES[name] for name in wanted}
    for name, path in paths.items():
        files.write(path, makers[name]())
    if store.latest()["id"] == run_id:
        files.point(report_dir / LATEST, run_id)
    return {name: str(path) for name, path in paths.items()}
