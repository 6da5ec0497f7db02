# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rollback record: what a run changes on the host, written down before it is changed.

One JSON file per run below ``FOLDER``. A run that was killed leaves it ``open``: its steps were done
or not, as the host itself tells. Layout: ``{version, run, boot_id, started_at, finished_at, state, steps}``.
A step is ``{kind, boot_id, ..}``, its kind ``file``, ``swap``, ``value`` or ``limit`` (with ``before`` and ``after``),
``folder`` or ``restart``. A ``value`` that is ``implied`` is one that the kernel changed along with another.
"""

from __future__ import annotations

import contextlib
import datetime
import fcntl
import json
import os
import re
import secrets
import time
from typing import Any, Dict, Iterator, List, Optional

from . import whole_file

FOLDER = "/var/lib/fleet-memory/rollback"

VERSION = 1

OPEN = "open"
"""The run is under way, or was cut short."""

DONE = "done"
ROLLED_BACK = "rolled_back"

RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}\Z")

Step = Dict[str, Any]


class RecordError(Exception):
    """The rollback record can't be used. The message is for the user."""


def new_run_id() -> str:
    """An id that sorts by time, for a run that wasn't given one. No two are the same."""
    return time.strftime("%Y%m%dT%H%M%SZ-", time.gmtime()) + secrets.token_hex(6)


@contextlib.contextmanager
def locked(root: str) -> Iterator[None]:
    """Nobody else changes the host meanwhile. A run that was killed keeps nobody out. Raises RecordError."""
    folder = root + FOLDER
    _make(folder)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RecordError("another run of fleet.memory is changing this host now (%s is locked)" % FOLDER) from None
        for name in os.listdir(folder):
            if whole_file.is_leftover(name):
                os.unlink(os.path.join(folder, name))
        yield
    finally:
        os.close(descriptor)


class Record:
    """The record of ``run``. Nothing is written before the first step. ``boot_id`` is of the boot that it is now."""

    def __init__(self, root: str, run: str, boot_id: Optional[str]) -> None:
        if not RUN_ID.match(run):
            raise RecordError("run: %r is no id: letters, digits, '.', '_' and '-' are allowed" % run)
        self.boot_id = boot_id
        self.path = "%s/%s.json" % (FOLDER, run)
        self._place = root + self.path
        self.known = os.path.exists(self._place)
        self.data = load(self._place) if self.known else _begun(run, boot_id)

    @property
    def steps(self) -> List[Step]:
        return list(self.data["steps"])

    def add(self, step: Step) -> None:
        """On the disk before the step is done."""
        # Of the step and not of the run: a run that was cut short by a reboot goes on with the same id.
        step["boot_id"] = self.boot_id
        self.data["steps"].append(step)
        self._save(OPEN)

    def amend(self, step: Step, after: str) -> None:
        """What the last step led to, where that isn't what was asked for: the kernel rounds."""
        step["after"] = after
        self._save(OPEN)

    def close(self, state: str) -> None:
        """``DONE`` or ``ROLLED_BACK``; a record without steps isn't kept."""
        if self.data["steps"]:
            self.data["finished_at"] = now()
            self._save(state)

    def _save(self, state: str) -> None:
        self.data["state"] = state
        content = json.dumps(self.data, indent=1).encode("ascii")
        _make(os.path.dirname(self._place))
        # It holds copies of files that not everybody may read.
        whole_file.put(self._place, whole_file.new_state(content, None, 0o600))
        self.known = True


def load(place: str) -> Dict[str, Any]:
    """The record in the file ``place``. Raises RecordError."""
    try:
        with open(place, encoding="ascii") as file:
            data = json.load(file)
    except (OSError, ValueError, RecursionError) as error:
        raise RecordError("%s can't be read: %s" % (place, error)) from error
    if not isinstance(data, dict) or data.get("version") != VERSION or not _is_whole(data):
        raise RecordError("%s is no rollback record of version %d" % (place, VERSION))
    return data


def all_records(root: str) -> List[Dict[str, Any]]:
    """Every run's record on this host, the oldest first. Raises RecordError."""
    try:
        names = sorted(os.listdir(root + FOLDER))
    except FileNotFoundError:
        return []
    records = [load("%s%s/%s" % (root, FOLDER, name)) for name in names if name.endswith(".json")]
    return sorted(records, key=lambda record: str(record["started_at"]))


def original_value(root: str, path: str) -> Optional[str]:
    """What the kernel file ``path`` held before any run changed it (those rolled back aside); None if none did."""
    for record in all_records(root):
        for step in record["steps"]:
            if step["kind"] == "value" and step["path"] == path and record["state"] != ROLLED_BACK:
                return str(step["before"])
    return None


def later_runs(root: str, run: str) -> List[Dict[str, Any]]:
    """The records of runs that ended after ``run`` did, or are open; without those that were rolled back."""
    records = all_records(root)
    end = max([str(each["finished_at"] or each["started_at"]) for each in records if each["run"] == run], default="")
    return [
        each
        for each in records
        if each["run"] != run
        and each["state"] != ROLLED_BACK
        and (each["state"] == OPEN or str(each["finished_at"]) >= end)
    ]


def now() -> str:
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


_KEYS = {
    "file": ("path", "before", "after"),
    "swap": ("path", "before", "after"),
    "value": ("path", "pid", "starttime", "before", "after"),
    "limit": ("pid", "starttime", "name", "before", "after"),
    "folder": ("path",),
    "restart": ("unit",),
}


def _is_whole(data: Dict[str, Any]) -> bool:
    if not all(key in data for key in ("run", "boot_id", "started_at", "finished_at", "state")):
        return False
    steps = data.get("steps")
    return isinstance(steps, list) and all(
        isinstance(step, dict) and "kind" in step and all(key in step for key in _KEYS.get(str(step["kind"]), ()))
        for step in steps
    )


def _make(folder: str) -> None:
    """The folder of the records, and those above it, on the disk. Raises OSError."""
    if not os.path.isdir(folder):
        _make(os.path.dirname(folder))
        with contextlib.suppress(FileExistsError):
            whole_file.make_folder(folder, 0o700 if folder.endswith(FOLDER) else 0o755)


def _begun(run: str, boot_id: Optional[str]) -> Dict[str, Any]:
    return {
        "version": VERSION,
        "run": run,
        "boot_id": boot_id,
        "started_at": now(),
        "finished_at": None,
        "state": OPEN,
        "steps": [],
    }
