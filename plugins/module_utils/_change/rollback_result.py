# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The result of the module rollback: what changes, and its diff."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from . import whole_file
from .outlook import Difference
from .step_state import NO_FILE, what

LIVE_VALUES = "live values"


def changes(differences: List[Difference], folders: List[str], units: List[str]) -> List[Dict[str, Any]]:
    """``{setting, scope, where, from, to, needs_restart}`` for everything that is restored."""
    found = [
        _change(what(each.step), _scope(each), _where(each), _words(each, each.present), _words(each, each.restored))
        for each in differences
    ]
    found += [_change(path, "file", path, "folder", None) for path in folders]
    return found + [_change(unit, "service", unit, None, None) for unit in units]


def diff(differences: List[Difference]) -> List[Dict[str, str]]:
    """One entry per file, with its text, and one for all live values. Bytes that are no UTF-8 are replaced."""
    found = []
    live: Dict[str, List[str]] = {"before": [], "after": []}
    for each in differences:
        if each.step["kind"] == "file":
            found.append(_diff(each.step["path"], _text(each.present), _text(each.restored)))
        else:
            live["before"].append("%s = %s\n" % (what(each.step), _words(each, each.present)))
            live["after"].append("%s = %s\n" % (what(each.step), _words(each, each.restored)))
    if live["before"]:
        found.append(_diff(LIVE_VALUES, "".join(live["before"]), "".join(live["after"])))
    return found


def _diff(header: str, before: str, after: str) -> Dict[str, str]:
    return {"before": before, "after": after, "before_header": header, "after_header": header}


def _change(setting: str, scope: str, where: str, present: Optional[str], restored: Optional[str]) -> Dict[str, Any]:
    return {
        "setting": setting,
        "scope": scope,
        "where": where,
        "from": present,
        "to": restored,
        "needs_restart": None,
    }


def _scope(each: Difference) -> str:
    if each.step["kind"] == "file":
        return "file"
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
    if state == NO_FILE:
        return "no regular file"
    size = len(whole_file.content_of(state) or b"")
    return "%d bytes, mode %04o, owner %d:%d" % (size, state["mode"], state["uid"], state["gid"])


def _text(state: Optional[whole_file.FileState]) -> str:
    if state is None or state == NO_FILE:
        return ""
    return (whole_file.content_of(state) or b"").decode("utf-8", "replace")
