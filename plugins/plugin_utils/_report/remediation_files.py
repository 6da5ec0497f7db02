# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""remediation.json and remediation.html: what a run changed on which host, why, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .._store.remediations import STATES
from . import files
from . import remediation as tables
from .document import dumps
from .page_assets import asset, fingerprint, template
from .remediation import Remediation
from .tables import Table

SCHEMA_VERSION = "1.0"

_HOST = ("host", "state", "reason", "left_alone", "verification", "comparison", "updated_at")
_CHANGE = ("role", "rules", "setting", "scope", "before", "after", "needs_restart", "restarted", "made")


def write(remediation: Remediation, report_dir: Path) -> dict[str, str]:
    """Write both beside the reports of the run, and give their paths by format. Raises OSError."""
    folder = files.private_folder(files.private_folder(report_dir) / remediation.run_id)
    paths = {"json": folder / "remediation.json", "html": folder / "remediation.html"}
    files.write(paths["json"], json_pieces(remediation))
    files.write(paths["html"], html_pieces(remediation))
    return {name: str(path) for name, path in paths.items()}


def json_pieces(remediation: Remediation) -> Iterator[str]:
    """The document as text; its shape is docs/schemas/remediation-1.schema.json."""
    yield '{\n"schema_version": ' + dumps(SCHEMA_VERSION)
    yield ',\n"run": ' + dumps(remediation.run_id)
    yield ',\n"check_mode": ' + dumps(remediation.checked)
    yield ',\n"complete": ' + dumps(remediation.complete)
    yield ',\n"states": ' + dumps({state: remediation.counts[state] for state in STATES})
    yield ',\n"missed": ' + dumps(list(remediation.missed))
    yield ',\n"hosts": ['
    separator = "\n"
    for host in remediation.hosts:
        changes = [{**{key: row[key] for key in _CHANGE}, "where": row["place"]} for row in host["changes"]]
        yield separator + dumps({**{key: host[key] for key in _HOST}, "changes": changes})
        separator = ",\n"
    yield "\n]\n}\n"


def html_pieces(remediation: Remediation) -> Iterator[str]:
    """The page as text."""
    style = asset("report.css")
    return template("remediation.html.j2").generate(
        run_id=remediation.run_id,
        checked=remediation.checked,
        answer=list(tables.sentences(remediation)),
        standing=_standing(remediation),
        tables=[
            _drawn(table)
            for table in (
                tables.result_table(remediation),
                tables.restart_table(remediation),
                tables.plan_table(remediation),
                tables.left_table(remediation),
            )
            if table.rows
        ],
        style=style,
        style_hash=fingerprint(style),
    )


def _standing(remediation: Remediation) -> list[dict[str, Any]]:
    counts = remediation.counts
    return [{"state": tables.WORDS[state], "hosts": counts[state]} for state in STATES if counts[state]]


def _drawn(table: Table) -> dict[str, Any]:
    columns = [{"name": name, "number": number} for name, number in zip(table.names, table.numeric)]
    return {"title": table.title, "columns": columns, "rows": table.rows}
