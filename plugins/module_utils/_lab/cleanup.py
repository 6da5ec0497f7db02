# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ends what an earlier course has left behind, and says what is left. Only what the journal names is touched."""

from __future__ import annotations

import os
import signal
import time
from typing import Any, Dict, List

from .cgroup import remove
from .identity import is_alive
from .journal import CGROUP, FILE, PROCESS, Journal


def left(journal: Journal) -> List[str]:
    """What of the journal is still there, in words."""
    found = [_words(entry) for entry in journal.abandoned() if _there(entry)]
    if not found and os.path.lexists(journal.folder) and not journal.in_use():
        found.append(_folder(journal))
    return found


def clean(journal: Journal) -> List[str]:
    """End and remove all that the journal names, and give what was there, in words. What can't be ended stays in it."""
    found = []
    there = os.path.lexists(journal.folder)
    # Processes first: a cgroup goes only when it is empty.
    for entry in sorted(journal.abandoned(), key=lambda each: each.get("kind") != PROCESS):
        if _there(entry):
            found.append(_words(entry))
            _end(entry)
        if not _there(entry):
            journal.strike(entry["entry"])
    gone = journal.close()
    return found or ([_folder(journal)] if there and gone else [])


def _folder(journal: Journal) -> str:
    return "folder %s" % journal.folder


def _there(entry: Dict[str, Any]) -> bool:
    kind = entry.get("kind")
    if kind == PROCESS:
        return is_alive(entry.get("pid"), entry.get("starttime"))
    return kind in (FILE, CGROUP) and os.path.lexists(str(entry["path"]))


def _end(entry: Dict[str, Any]) -> None:
    try:
        if entry["kind"] == PROCESS:
            os.kill(int(entry["pid"]), signal.SIGKILL)
            until = time.monotonic() + 5
            while _there(entry) and time.monotonic() < until:
                time.sleep(0.02)
        elif entry["kind"] == FILE:
            os.unlink(entry["path"])
        else:
            remove(entry["path"])
    except OSError:
        pass  # it went by itself, or _there will tell


def _words(entry: Dict[str, Any]) -> str:
    if entry["kind"] == PROCESS:
        return "process %d" % entry["pid"]
    return "%s %s" % (entry["kind"], entry["path"])
