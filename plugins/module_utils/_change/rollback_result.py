# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The result of the module rollback: what changes, and its diff."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from .._config.systemd_drop_in import unit_of
from . import swap_area, whole_file
from .outlook import Difference
from .result import LIVE_VALUES, change, text, texts
from .step_state import NO_FILE, what


def changes(
    differences: List[Difference], folders: List[str], units: List[str], this_boot: Optional[str]
) -> List[Dict[str, Any]]:
    """``{setting, scope, where, from, to, needs_restart}`` for everything that is restored.

    ``units`` are restarted with it.
    """
    found = [
        change(
            _scope(each),
            what(each.step),
            _where(each),
            _words(each, each.present),
            _words(each, each.restored),
            _started_with(each, units, this_boot),
        )
        for each in differences
    ]
    found += [change("file", path, path, "folder", None) for path in folders]
    return found + [change("service", unit, unit, None, None) for unit in units]


def diff(differences: List[Difference]) -> List[Dict[str, str]]:
    """One entry per file, with its text, and one for all live values. Bytes that are no UTF-8 are replaced."""
    found = []
    live: Dict[str, List[str]] = {"before": [], "after": []}
    for each in differences:
        if each.step["kind"] == "file":
            found.append(texts(each.step["path"], _text(each.present), _text(each.restored)))
        else:
            live["before"].append("%s = %s\n" % (what(each.step), _words(each, each.present)))
            live["after"].append("%s = %s\n" % (what(each.step), _words(each, each.restored)))
    if live["before"]:
        found.append(texts(LIVE_VALUES, "".join(live["before"]), "".join(live["after"])))
    return found


def _started_with(each: Difference, units: List[str], this_boot: Optional[str]) -> Optional[str]:
    """The unit that a boot since has started with the drop-in that goes now: it keeps those limits until a restart."""
    unit = unit_of(each.step["path"]) if each.step["kind"] == "file" else None
    return None if unit in units or each.step.get("boot_id") == this_boot else unit


def _scope(each: Difference) -> str:
    if each.step["kind"] == "file":
        return "file"
    if each.step["kind"] == "swap":
        return "swap"
    return "live" if each.step["pid"] is None else "running"


def _where(each: Difference) -> str:
    return str(each.step["path"] if each.step.get("pid") is None else each.step["pid"])


def _words(each: Difference, state: Any) -> Optional[str]:
    if each.step["kind"] == "value":
        return str(state)
    if each.step["kind"] == "limit":
        return "soft %d, hard %d" % tuple(state)
    if state is None:
        return None
    if each.step["kind"] == "swap":
        return swap_area.words(state)
    if state == NO_FILE:
        return "no regular file"
    size = len(whole_file.content_of(state) or b"")
    return "%d bytes, mode %04o, owner %d:%d" % (size, state["mode"], state["uid"], state["gid"])


def _text(state: Optional[whole_file.FileState]) -> str:
    return text(None if state == NO_FILE else whole_file.content_of(state))
