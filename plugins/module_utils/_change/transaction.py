# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Change a host so that all of it holds, or nothing is changed.

    with Transaction(root, run, module.run_command) as change:
        change.file("/etc/sysctl.d/90-fleet-memory.conf", b"...")
        change.value("/proc/sys/vm/swappiness", "10")

Each step is in the rollback record before it is done. An error inside undoes the whole run, earlier modules' steps too,
and leaves as ``RolledBack``. What is as wanted already is no step: the file keeps its inode and its times.
"""

from __future__ import annotations

import contextlib
import errno
import os
from typing import Any, List, Mapping, Optional

from .._records.unread import Unread
from .._scan.files import Files
from . import live, record, swap_area, whole_file
from .undo import FAILED, Undone, undo

_BOOT_ID = "/proc/sys/kernel/random/boot_id"


class RolledBack(Exception):
    """The change failed and was taken back. ``cause`` is what went wrong, ``undone`` what became of each step."""

    def __init__(self, cause: BaseException, undone: List[Undone]) -> None:
        super().__init__(str(cause))
        self.cause = cause
        self.undone = undone

    @property
    def told(self) -> str:
        """What went wrong, and whether all of it was taken back."""
        left = [each["what"] for each in self.undone if each["result"] == FAILED]
        ending = "could not be taken back: %s" % ", ".join(left) if left else "everything was taken back"
        return "%s; %s" % (self, ending)


class Unproven(Exception):
    """It was all done, and yet doesn't hold. The message says what is otherwise."""


class Transaction:
    """Paths are those on the host; ``root`` is empty but in tests."""

    def __init__(self, root: str, run: str, command: live.Run) -> None:
        self.root = root
        self.run = run
        self.command = command
        self.changed = False
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Transaction:
        self._open.enter_context(record.locked(self.root))
        try:
            self.record = record.Record(self.root, self.run, boot_id(self.root))
            if self.record.data["state"] == record.ROLLED_BACK:
                raise record.RecordError("run %s was rolled back on this host; use another id" % self.run)
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(self, _kind: Any, error: Optional[BaseException], _trace: Any) -> None:
        with self._open:
            if error is None:
                try:
                    self.record.close(record.DONE)
                    return
                except OSError as failed:
                    # Without a record of it nothing may stay changed.
                    error = failed
            undone = undo(self.record, self.root, self.command)
            if isinstance(error, Exception):
                raise RolledBack(error, undone) from error

    def file(self, path: str, content: Optional[bytes], mode: int = 0o644) -> None:
        """Put ``content`` at ``path``, or remove the file (None). An existing file keeps owner, mode and attributes."""
        real = self._real(path)
        whole_file.sweep(real)
        before = whole_file.state_of(real)
        if content == whole_file.content_of(before):
            return
        if content is not None:
            self._folders(os.path.dirname(real))
        after = None if content is None else whole_file.new_state(content, before, mode)
        self._step({"kind": "file", "path": self._on_host(real), "before": before, "after": after})
        whole_file.put(real, after)

    def swap(self, path: str, wanted: Optional[swap_area.SwapState], force: bool = False) -> None:
        """Make the swap file at ``path`` what ``wanted`` says, or turn it off and remove it (None).

        ``force`` turns off swap even where its pages hardly find room.
        """
        real = self._real(path)
        before = swap_area.state_of(self.root, real)
        if before == wanted and not swap_area.to_be_made(self.root, real, wanted):
            whole_file.sweep(real)
            return
        self._step({"kind": "swap", "path": self._on_host(real), "before": before, "after": wanted})
        swap_area.put(self.root, real, wanted, self.command, force)

    def value(
        self, path: str, text: str, pid: Optional[int] = None, together: Optional[Mapping[str, str]] = None
    ) -> None:
        """Write ``text`` to a file of the kernel, of the process ``pid`` where it is below its /proc folder.

        ``together``: values that are expected of this write, of the file itself and of others that the kernel changes
        with it, in the order in which they are recorded. Undoing goes backwards.
        """
        if live.value(self.root + path) == text:
            return
        started = None if pid is None else live.starttime(self.root, pid)
        steps = []
        for place, after in (together or {path: text}).items():
            before = live.value(self.root + place)
            step: record.Step = {"kind": "value", "path": place, "pid": pid, "starttime": started}
            step.update(before=before, after=after, **({} if place == path else {"implied": True}))
            self._step(step)
            steps.append(step)
        live.set_value(self.root + path, text)
        for step in steps:
            after = live.value(self.root + step["path"])
            if after != step["after"]:
                self.record.amend(step, after)

    def limit(self, pid: int, name: str, wanted: live.Limit) -> None:
        """Set RLIMIT_``name`` of a process. One that has ended meanwhile is no error."""
        started = live.starttime(self.root, pid)
        try:
            before = live.limit(pid, name)
        except ProcessLookupError:
            return
        if before == wanted:
            return
        self._step(
            {
                "kind": "limit",
                "pid": pid,
                "starttime": started,
                "name": name,
                "before": list(before),
                "after": list(wanted),
            }
        )
        with contextlib.suppress(ProcessLookupError):
            live.set_limit(pid, name, wanted)

    def reload_units(self) -> None:
        """Have systemd read its files again."""
        live.systemctl(self.command, ["daemon-reload"])

    def restart(self, unit: str) -> None:
        """Restart a unit; it is restarted once more when the run is undone, for it would keep what it was given."""
        self._step({"kind": "restart", "unit": unit})
        live.systemctl(self.command, ["restart", unit])

    def _step(self, step: record.Step) -> None:
        self.record.add(step)
        self.changed = True

    def _real(self, path: str) -> str:
        """Where the file is, behind all links. Raises OSError for one that leads out of ``root``."""
        real = os.path.realpath(self.root + path)
        if self.root and not real.startswith(os.path.realpath(self.root) + "/"):
            raise OSError(errno.EXDEV, "a link leads out of %s" % self.root, path)
        return real

    def _on_host(self, real: str) -> str:
        return real[len(os.path.realpath(self.root)) :] if self.root else real

    def _folders(self, real: str) -> None:
        if os.path.isdir(real):
            return
        self._folders(os.path.dirname(real))
        self._step({"kind": "folder", "path": self._on_host(real)})
        whole_file.make_folder(real, 0o755)


def boot_id(root: str) -> Optional[str]:
    try:
        return Files(root).read(_BOOT_ID).decode("ascii", "replace").strip()
    except Unread:
        return None
