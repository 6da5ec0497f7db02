# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kills a process before each single thing that it does to the disk, and once in the middle of each write."""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

TOUCHING = [
    "open",
    "write",
    "fsync",
    "replace",
    "unlink",
    "mkdir",
    "rmdir",
    "chmod",
    "chown",
    "fchmod",
    "fchown",
    "setxattr",
    "removexattr",
    "close",
    "umask",
    "rename",
    "link",
    "symlink",
    "truncate",
]
"""All of ``os`` by which the code could change a file; what only reads can't tear anything."""


def killed(work: Callable[[Path], None], root: Path, last: int, torn: bool) -> bool:
    """Whether a child that does the work was killed before its ``last``-th operation, or else had done it all.

    ``torn``: it was killed in its ``last``-th write instead.
    """
    child = os.fork()
    if child == 0:
        try:
            _count_down(last, torn)
            work(root)
        except BaseException:
            os._exit(99)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


def _count_down(last: int, torn: bool) -> None:
    left = [last]

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def called(*arguments: Any, **named: Any) -> Any:
            left[0] -= 1
            if left[0] == 0:
                # Kernel files take a write whole or not at all.
                if torn and len(arguments[1]) > 2:
                    real(arguments[0], bytes(arguments[1])[: len(arguments[1]) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **named)

        return called

    for name in ["write"] if torn else TOUCHING:
        setattr(os, name, counted(getattr(os, name)))
    if not torn:
        fcntl.flock = counted(fcntl.flock)


def each_moment(
    work: Callable[[Path], None], prepared: Callable[[Path], Path], folder: Path, least: int = 60
) -> Iterator[Path]:
    """The host after a kill, for every moment there is; with fewer than ``least`` moments the test tests nothing."""
    for torn in (False, True):
        last = 1
        while True:
            root = prepared(folder / f"{last}-{torn}")
            if not killed(work, root, last, torn):
                break
            yield root
            last += 1
        assert last > (1 if torn else least)
