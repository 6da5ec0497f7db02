# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab's book of what it has started or made on the host, so that all of it can be ended by whoever comes after.

A folder of the user's own holds one small file for each thing. It is written before the thing is used, and goes when
the thing has gone. Nothing outside of this book is ever ended or removed, nor what belongs to a lesson that is still
being held: it ends by itself, and who shares the account would be surprised.
"""

from __future__ import annotations

import errno
import json
import os
import stat
from typing import Any, Dict, Iterator, Optional

from .identity import is_alive, starttime

PROCESS, FILE, CGROUP, LESSON = "process", "file", "cgroup", "lesson"


class BadFolder(Exception):
    """The folder of the book is not the user's own. The message says why."""


class Journal:
    """The book of one user, in ``/tmp/fleet-memory-lab-UID``."""

    def __init__(self, base: str = "/tmp", uid: Optional[int] = None) -> None:
        """Raises BadFolder when somebody else has laid hands on the folder, OSError when it can't be made."""
        self.uid = os.geteuid() if uid is None else uid
        self.folder = os.path.join(base, "fleet-memory-lab-%d" % self.uid)
        self._lesson: Optional[str] = None
        self._owner = {"owner": os.getpid(), "owner_starttime": starttime(os.getpid())}

    def open(self) -> None:
        """Make the folder, or see that the one that is there can be trusted; a lesson is being held from now on."""
        self._make()
        self._lesson = self.note(LESSON, str(os.getpid()))

    def _make(self) -> None:
        try:
            os.mkdir(self.folder, 0o700)
        except FileExistsError:
            self._trust()

    def _trust(self) -> None:
        found = os.lstat(self.folder)
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != self.uid or found.st_mode & 0o077:
            raise BadFolder("%s is not a folder that only user %d may enter; remove it" % (self.folder, self.uid))

    def note(self, kind: str, name: str, **values: Any) -> str:
        """Write down a thing, and give the path of its entry."""
        path = os.path.join(self.folder, "%s-%s.json" % (kind, name.strip("/").replace("/", "_")))
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            descriptor = os.open(path, flags, 0o600)
        except FileNotFoundError:
            # Another course of the same user has ended meanwhile, and found the folder empty.
            self._make()
            descriptor = os.open(path, flags, 0o600)
        try:
            os.write(descriptor, json.dumps(dict(self._owner, kind=kind, **values)).encode("ascii"))
        finally:
            os.close(descriptor)
        return path

    def strike(self, entry: str) -> None:
        """The thing has gone."""
        try:
            os.unlink(entry)
        except FileNotFoundError:
            pass

    def entries(self) -> Iterator[Dict[str, Any]]:
        """What is written down: kind, values, and ``entry``, the path; of one that can't be read only the path."""
        try:
            self._trust()
            names = sorted(os.listdir(self.folder))
        except FileNotFoundError:
            return
        for name in names:
            path = os.path.join(self.folder, name)
            try:
                with open(path, "rb") as file:
                    found = json.loads(file.read(65536).decode("ascii"))
            except (OSError, ValueError):
                found = {}
            yield dict(found if isinstance(found, dict) else {}, entry=path)

    def in_use(self) -> bool:
        """Whether somebody else is holding a lesson."""
        return any(not self._is_abandoned(entry) for entry in self.entries())

    def abandoned(self) -> Iterator[Dict[str, Any]]:
        """The entries whose lesson is no longer being held, by anybody but this process."""
        return filter(self._is_abandoned, self.entries())

    def _is_abandoned(self, entry: Dict[str, Any]) -> bool:
        owner = entry.get("owner"), entry.get("owner_starttime")
        return owner[0] == os.getpid() or not is_alive(*owner)

    def path(self, name: str) -> str:
        """Where a file of the lab goes."""
        return os.path.join(self.folder, name)

    def close(self) -> bool:
        """The lesson has ended. Remove the folder if nothing is left in it; whether it is gone."""
        if self._lesson:
            self.strike(self._lesson)
        try:
            os.rmdir(self.folder)
        except FileNotFoundError:
            return True
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
                return False
            raise
        return True
