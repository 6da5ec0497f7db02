# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything about a host's memory as one document: the only thing that the controller ever sees of the host."""

from __future__ import annotations

import base64
import json
import time
import zlib
from typing import Any, Dict

from .._derive.reservations import reservations
from .._records.unread import Unread
from .cost import Cost, step_back
from .files import Files
from .limits import scan_limits
from .memory import scan_memory
from .oom import oom_section
from .paging import Paging
from .process_memory import Wanted, scan_process_memory

__all__ = ["SCHEMA_VERSION", "Unread", "pack", "snapshot_for", "take_snapshot"]

SCHEMA_VERSION = "1.1"
"""docs/schemas/snapshot-1.schema.json. A key that is added raises the second number, any other change the first."""


def take_snapshot(files: Files, wanted: Wanted, paging_seconds: float) -> Dict[str, Any]:
    """``{schema_version, taken_at, memory, processes, limits, reserved, oom, paging, cost}``.

    Paging is watched while everything else is read, and then until ``paging_seconds`` have passed; 0 = not at all.
    Raises Unread where there is no /proc.
    """
    cost = Cost()
    taken_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    paging = Paging(files) if paging_seconds else None
    memory = scan_memory(files)
    processes, grouped = scan_process_memory(files, wanted)
    limits = scan_limits(files, grouped)
    oom = oom_section(
        files, memory["vmstat"].get("oom_kill"), memory["boot_id"], processes["processes"], limits["cgroups"]
    )
    if paging:
        paging.sample_after(paging_seconds)
    snapshot = {
        "schema_version": SCHEMA_VERSION,
        "taken_at": taken_at,
        "memory": memory,
        "processes": processes,
        "limits": limits,
        "reserved": reservations(memory, limits, processes),
        "oom": oom,
        "paging": paging and paging.section(),
    }
    snapshot["cost"] = dict(cost.so_far(), snapshot_bytes=len(to_json(snapshot)))
    return snapshot


def snapshot_for(options: Dict[str, Any]) -> Dict[str, Any]:
    """A snapshot as the module's options ask for it, at a low priority. Raises Unread where there is no /proc."""
    wanted = Wanted(
        pss=options["pss"],
        pss_precision_percent=options["pss_precision_percent"],
        pss_budget_seconds=options["pss_budget_ms"] / 1000.0,
        group_by="command",
    )
    step_back()
    return take_snapshot(Files(), wanted, options["paging_ms"] / 1000.0)


def to_json(document: Any) -> bytes:
    """Compact JSON in UTF-8."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def pack(snapshot: Dict[str, Any]) -> str:
    """Two pieces of JSON, each zlib-compressed, in Base64: the document without its list of processes, and that list.

    The list is nine tenths of the text, and the controller seldom needs it. Level 1: higher ones cost the host more
    than they save.
    """
    processes = dict(snapshot["processes"])
    listed = processes.pop("processes")
    pieces = (dict(snapshot, processes=processes), listed)
    return base64.b64encode(b"".join(zlib.compress(to_json(piece), 1) for piece in pieces)).decode("ascii")
