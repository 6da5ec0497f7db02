# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files as a plan would leave them: what it writes is read back from here, all else from the host."""

from __future__ import annotations

from typing import Dict, List, Optional

from .._records.unread import UNSUPPORTED, Unread
from .._scan.files import Files


class PlannedFiles(Files):
    """``planned``: content by path; None is a file that is removed."""

    def __init__(self, files: Files) -> None:
        super().__init__(files.root or "/")
        self.planned: Dict[str, Optional[bytes]] = {}

    def put(self, path: str, content: Optional[bytes]) -> None:
        self.planned[path] = content

    def content(self, path: str) -> Optional[bytes]:
        """The file's content; None where there is none. Raises Unread when that can't be known."""
        try:
            return self.read(path)
        except Unread as error:
            if error.reason == UNSUPPORTED:
                return None
            raise

    def read(self, path: str) -> bytes:
        if path not in self.planned:
            return super().read(path)
        content = self.planned[path]
        if content is None:
            raise Unread(path, UNSUPPORTED)
        return content

    def link(self, path: str) -> bytes:
        if path in self.planned:
            raise Unread(path, UNSUPPORTED)
        return super().link(path)

    def names(self, path: str) -> List[str]:
        """With the planned files, and the folders that they need; without the files that are to go."""
        below = path.rstrip("/") + "/"
        planned = {place[len(below) :]: content for place, content in self.planned.items() if place.startswith(below)}
        added = {rest.split("/", 1)[0] for rest, content in planned.items() if content is not None}
        gone = {rest for rest, content in planned.items() if content is None}
        try:
            found = super().names(path)
        except Unread:
            if not added:
                raise
            found = []
        return sorted(added.union(found) - gone, key=lambda name: name.encode("utf-8", "surrogateescape"))
