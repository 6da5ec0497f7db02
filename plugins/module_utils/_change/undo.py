# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Take a run back: files, modes, folders and live values as its rollback record knows them.

Undoing can be cut short and begun again at any moment: what is as before already is left alone.
"""

from __future__ import annotations

import contextlib
import errno
import os
from typing import Any, Dict, List, Optional, Tuple

from .._config.systemd_drop_in import unit_of
from . import live, record, swap_area, whole_file
from .step_state import UNDOABLE, ended, now, same, what

Undone = Dict[str, Any]
"""``{what, result, why}`` of one step."""

RESTORED = "restored"
AS_BEFORE = "as_before"
"""The step had never been done, or somebody has taken it back already."""

KEPT = "kept"
"""A folder that holds files of others by now."""

GONE = "gone"
"""What was changed is no more: a process that has ended, a cgroup that was removed."""

FAILED = "failed"

_UNITS = ("/etc/systemd/", "/etc/fstab")
"""What systemd makes units of."""


def undo(kept: record.Record, root: str, command: live.Run, force: bool = False) -> List[Undone]:
    """Undo every step, the last first, and close the record; one that fails doesn't keep the others from being undone.

    ``force`` turns off swap even where its pages hardly find room.

    Never raises OSError. After a failure the record stays as it is, so that it can be tried again.
    """
    undone = [
        _undone(step, root, kept.boot_id, command, force) for step in reversed(kept.steps) if step["kind"] != "restart"
    ]
    if live.systemd_runs(root):
        if any(step["kind"] == "file" and step["path"].startswith(_UNITS) for step in kept.steps):
            undone.append(_told("systemd", command, ["daemon-reload"]))
        for unit in restarted(kept, root):
            undone.append(_told(unit, command, ["restart", unit]))
    if not any(each["result"] == FAILED for each in undone):
        try:
            kept.close(record.ROLLED_BACK)
        except OSError as error:
            undone.append({"what": kept.path, "result": FAILED, "why": str(error)})
    return undone


def restarted(kept: record.Record, root: str) -> List[str]:
    """The units that are restarted when the run is undone, each once.

    Those that the run restarted, and those that another one restarted later with the files of this one: without a
    restart they would keep what the files said.
    """
    units = _restarts(kept.data)
    of_files = {unit_of(step["path"]) for step in kept.steps if step["kind"] == "file"}
    with contextlib.suppress(record.RecordError):
        for other in record.all_records(root):
            if other["run"] != kept.data["run"] and str(other["started_at"]) >= str(kept.data["started_at"]):
                units += [unit for unit in _restarts(other) if unit in of_files]
    return list(dict.fromkeys(units))


def _restarts(data: Dict[str, Any]) -> List[str]:
    return [step["unit"] for step in data["steps"] if step["kind"] == "restart"]


def _undone(step: record.Step, root: str, this_boot: Optional[str], command: live.Run, force: bool) -> Undone:
    try:
        result, why = _undo(step, root, this_boot, command, force)
    except (OSError, live.CommandFailed) as error:
        result, why = FAILED, str(error)
    return {"what": what(step), "result": result, "why": why}


def _undo(
    step: record.Step, root: str, this_boot: Optional[str], command: live.Run, force: bool
) -> Tuple[str, Optional[str]]:
    if step["kind"] == "folder":
        return _without_folder(root + step["path"])
    if step["kind"] not in UNDOABLE:
        return FAILED, "a step of a kind that this version does not know: %s" % step["kind"]
    if step["kind"] in ("file", "swap"):
        whole_file.sweep(root + step["path"])
    try:
        if ended(step, root, this_boot):
            return GONE, "it was changed in a process or a cgroup that is no more"
        if same(now(step, root), step["before"]):
            return AS_BEFORE, None
        _restore(step, root, command, force)
    except ProcessLookupError:
        return GONE, "the process has just ended"
    return RESTORED, None


def _restore(step: record.Step, root: str, command: live.Run, force: bool) -> None:
    if step["kind"] == "file":
        whole_file.put(root + step["path"], step["before"])
    elif step["kind"] == "swap":
        swap_area.put(root, root + step["path"], step["before"], command, force)
    elif step["kind"] == "value":
        live.set_value(root + step["path"], step["before"])
        found = live.value(root + step["path"])
        if found != step["before"]:
            raise OSError(errno.EIO, "the kernel took %s and holds %s" % (step["before"], found), step["path"])
    else:
        soft, hard = step["before"]
        live.set_limit(step["pid"], step["name"], (soft, hard))


def _without_folder(place: str) -> Tuple[str, Optional[str]]:
    try:
        os.rmdir(place)
    except FileNotFoundError:
        return AS_BEFORE, None
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
            return KEPT, "it holds files of others" if error.errno != errno.ENOTDIR else "it is no folder"
        raise
    whole_file.sync_folder(os.path.dirname(place))
    return RESTORED, None


def _told(unit: str, command: live.Run, arguments: List[str]) -> Undone:
    try:
        live.systemctl(command, arguments)
    except live.CommandFailed as error:
        return {"what": unit, "result": FAILED, "why": str(error)}
    return {"what": unit, "result": RESTORED, "why": arguments[0]}
