# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A file on a disk that the page cache doesn't hold.

/tmp is often a file system that keeps its files in memory; /var/tmp is for files that outlive a boot. The file loses
its name as soon as it has one, so that it goes with the module, however that ends.
"""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import os
from typing import Iterator

from .journal import FILE, Journal
from .lab import PAGE
from .outcome import NotHere

FOLDER = "/var/tmp"


@contextlib.contextmanager
def disk_file(journal: Journal, size: int) -> Iterator[str]:
    """The path by which processes of the lab find a file of ``size`` bytes. Raises NotHere where none can be made."""
    try:
        descriptor = _nameless(journal)
        try:
            for _page in range(size // PAGE):
                os.write(descriptor, b"x" * PAGE)
            os.fsync(descriptor)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        except OSError:
            os.close(descriptor)
            raise
    except OSError as error:
        raise NotHere("no file of %d MiB can be made in %s: %s" % (size >> 20, FOLDER, error.strerror)) from error
    try:
        yield "/proc/%d/fd/%d" % (os.getpid(), descriptor)
    finally:
        os.close(descriptor)


def _nameless(journal: Journal) -> int:
    name = "fleet-memory-lab-%d-%d" % (journal.uid, os.getpid())
    path = os.path.join(FOLDER, name)
    entry = journal.note(FILE, name, path=path)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        os.unlink(path)
    finally:
        journal.strike(entry)
    return descriptor


def absent(path: str) -> int:
    """How many pages of a file are not in RAM, by mincore(2)."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open(path, "r+b") as file, mmap.mmap(file.fileno(), 0, mmap.MAP_PRIVATE) as area:
        pages = len(area) // PAGE
        present = (ctypes.c_ubyte * pages)()
        address = ctypes.c_char.from_buffer(area)
        libc.mincore(ctypes.c_void_p(ctypes.addressof(address)), ctypes.c_size_t(len(area)), present)
        del address
    return sum(1 for page in present if not page & 1)
