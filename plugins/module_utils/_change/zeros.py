# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A file of zeros that has all its blocks on the disk, as the kernel needs it to swap to."""

from __future__ import annotations

import errno
import fcntl
import os
import platform
import struct

_PIECE = 2**20
_PIECES_AT_ONCE = 64

_NOCOW = 0x00800000
_NO_FLAGS = (errno.ENOTTY, errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS, errno.EPERM)
_READ, _WRITE = (2, 4) if platform.machine().startswith(("alpha", "mips", "ppc", "sparc")) else (4, 2)
_LONG = struct.calcsize("l")
_GET_FLAGS = _READ << 29 | _LONG << 16 | ord("f") << 8 | 1
_SET_FLAGS = _WRITE << 29 | _LONG << 16 | ord("f") << 8 | 2


def write_zeros(path: str, size: int) -> None:
    """Make the file, for its owner only from its first moment. Raises OSError, also where it exists.

    What is written leaves the page cache again, so that it takes no memory from others.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        os.fchmod(descriptor, 0o600)
        _without_copies(descriptor)
        piece = memoryview(bytes(_PIECE))
        left, unsynced = size, 0
        while left:
            left -= os.write(descriptor, piece[: min(left, _PIECE)])
            unsynced += 1
            if unsynced == _PIECES_AT_ONCE or not left:
                os.fsync(descriptor)
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
                unsynced = 0
    finally:
        os.close(descriptor)


def _without_copies(descriptor: int) -> None:
    """btrfs swaps to a file only if it never writes its blocks elsewhere, which it must be told while it is empty.

    Other file systems don't know the flag, and need none.
    """
    flags = bytearray(_LONG)
    try:
        fcntl.ioctl(descriptor, _GET_FLAGS, flags)
        # The kernel takes it for an int, whatever the number of the call says.
        known = struct.unpack_from("=I", flags)[0]
        fcntl.ioctl(descriptor, _SET_FLAGS, struct.pack("=I", known | _NOCOW).ljust(_LONG, b"\0"))
    except OSError as error:
        if error.errno not in _NO_FLAGS:
            raise
