# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is to be changed on a host, worked out before anything is written."""

from __future__ import annotations

import errno
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence

from .._change import live
from .._change.result import LIVE_VALUES, change, text, texts
from .._change.transaction import Unproven
from .._derive.refusal import Refusal
from .._procfs import mountinfo
from .._procfs.mountinfo import Mount
from .._scan.files import Files, Readings
from .._scan.memory import scan_memory
from .planned_files import PlannedFiles


class Host(NamedTuple):
    """What was read of the host: ``memory`` as scan_memory gives it. ``root`` is empty but in tests."""

    root: str
    files: Files
    memory: Dict[str, Any]
    mounts: Sequence[Mount]


def read_host(root: str) -> Host:
    """``root`` is empty but in tests."""
    files = Files(root or "/")
    mounts = Readings(files).parsed("/proc/self/mountinfo", mountinfo.parse) or []
    return Host(root, files, scan_memory(files), mounts)


class LiveValue(NamedTuple):
    """A kernel file at ``path`` that gets another value, from the kernel itself where ``implied_by`` is written to."""

    setting: str
    path: str
    before: str
    after: str
    implied_by: Optional[str] = None


_GONE = (errno.ENOENT, errno.ESRCH, errno.ENODEV)
"""What reading says of a process or a cgroup that has ended."""


def prove_live(root: str, expected: Mapping[str, str]) -> None:
    """Read kernel files again; what has gone meanwhile is no failure. Raises Unproven, OSError."""
    for path, value in expected.items():
        try:
            now = live.value(root + path)
        except OSError as error:
            if error.errno in _GONE:
                continue
            raise
        if now != value:
            raise Unproven("%s is %s and not %s" % (path, now, value))


class Plan:
    """Changes that belong together. Nothing of it is done yet."""

    def __init__(self, files: Files) -> None:
        self.files = PlannedFiles(files)
        self.live: List[LiveValue] = []
        self.declared: List[Dict[str, Any]] = []
        self.refused: List[Refusal] = []
        self.warnings: List[str] = []
        self._before = files

    def declare(self, setting: str, where: str, before: Optional[str], after: Optional[str]) -> None:
        """A line of a file of the host comes, goes or changes, and so does what a boot makes of ``setting``."""
        self.declared.append(change("boot", setting, where, before, after))

    def standing(self, forced: Callable[[str], bool]) -> List[Refusal]:
        """The refusals that aren't forced; those that are become warnings. ``forced``: whether a setting is."""
        left = []
        for each in self.refused:
            if each["forcible"] and forced(each["setting"]):
                self.warnings.append("forced: %s" % each["why"])
            else:
                left.append(each)
        return left

    def written(self) -> Dict[str, Optional[bytes]]:
        """The files that change, with their new content; None is a file that goes."""
        was = PlannedFiles(self._before)
        return {path: content for path, content in self.files.planned.items() if was.content(path) != content}

    def changes(self) -> List[Dict[str, Any]]:
        """The contract's ``changes``."""
        live = [change("live", each.setting, each.path, each.before, each.after) for each in self.live]
        return sorted(self.declared, key=lambda each: (each["setting"], each["where"])) + live

    def diff(self) -> List[Dict[str, str]]:
        """The contract's ``diff``: each file with its whole text, then the live values."""
        was = PlannedFiles(self._before)
        found = [
            texts(path, text(was.content(path)), text(content)) for path, content in sorted(self.written().items())
        ]
        if self.live:
            before = "".join("%s = %s\n" % (each.setting, each.before) for each in self.live)
            after = "".join("%s = %s\n" % (each.setting, each.after) for each in self.live)
            found.append(texts(LIVE_VALUES, before, after))
        return found
