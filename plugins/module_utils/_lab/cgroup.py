# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A memory cgroup of the lab's own, with either version of the interface.

https://docs.kernel.org/admin-guide/cgroup-v2.html#memory, https://docs.kernel.org/admin-guide/cgroup-v1/memory.html
"""

from __future__ import annotations

import os
import time
from typing import Any, Optional

from .._scan.files import read_all
from .journal import CGROUP, Journal
from .outcome import NotHere

V2, V1 = "/sys/fs/cgroup", "/sys/fs/cgroup/memory"


class Cgroup:
    """Use it with ``with``. It goes when the processes in it have ended."""

    def __init__(self, journal: Journal, limit: int) -> None:
        """With ``limit`` bytes of memory. Raises NotHere where none can be made."""
        self._journal = journal
        self.version = memory_version()
        base = V1 if self.version == 1 else V2
        if self.version == 2 and b"memory" not in _content(base + "/cgroup.subtree_control").split():
            raise NotHere("this host has no memory cgroups that the lab could use")
        # Containers that share the hierarchy have the same pids.
        self.path = "%s/fleet-memory-lab-%d-%s" % (base, os.getpid(), os.urandom(4).hex())
        self._entry = journal.note(CGROUP, os.path.basename(self.path), path=self.path)
        try:
            os.mkdir(self.path, 0o700)
            self.put("memory.limit_in_bytes" if self.version == 1 else "memory.max", limit)
        except OSError as error:
            self.end()
            raise NotHere("a memory cgroup can't be made here: %s" % error.strerror) from error

    def __enter__(self) -> Cgroup:
        return self

    def __exit__(self, *_error: Any) -> None:
        self.end()

    def put(self, name: str, value: Any) -> None:
        """Write one of its files. Raises OSError."""
        with open(os.path.join(self.path, name), "w") as file:
            file.write(str(value))

    def take(self, pid: int) -> None:
        """Have a process in it from now on."""
        self.put("cgroup.procs", pid)

    def number(self, name: str, key: Optional[str] = None) -> Optional[int]:
        """The value of one of its files, or of a line of it; None where there is none."""
        for line in _content(os.path.join(self.path, name)).decode("ascii", "replace").splitlines():
            words = line.split()
            if key is None and len(words) == 1 and words[0].isdigit():
                return int(words[0])
            if len(words) == 2 and words[0] == key and words[1].isdigit():
                return int(words[1])
        return None

    def end(self) -> None:
        """Remove it; its processes have to be gone, which the kernel needs a moment to notice."""
        if remove(self.path):
            self._journal.strike(self._entry)


def memory_version() -> int:
    """Which version of the interface has the memory controller here."""
    return 1 if os.path.exists(V1 + "/memory.limit_in_bytes") else 2


def remove(path: str) -> bool:
    """Remove an empty cgroup. Whether it is gone."""
    for _try in range(20):
        try:
            os.rmdir(path)
        except FileNotFoundError:
            return True
        except OSError:
            time.sleep(0.05)
        else:
            return True
    return False


def _content(path: str) -> bytes:
    try:
        return read_all(path)
    except OSError:
        return b""
