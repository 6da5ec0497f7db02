# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files as they were, and files put in place whole: whoever reads one sees the old content or the new, never half."""

from __future__ import annotations

import base64
import contextlib
import errno
import os
import stat
from typing import Any, Dict, Optional

from .._scan.files import read_all

FileState = Dict[str, Any]
"""``{content (Base64), mode, uid, gid, attributes}``; attributes are the extended ones (SELinux label, ACLs).

They are None for a new file: it has those that its folder gives.
"""

_TEMPORARY = ".fleet-memory-new"
"""Ends the name of a file that is being written. No reader of drop-in folders takes such a name for one of its own."""

_ACL = "system.posix_acl_access"

_NO_ATTRIBUTES = (errno.ENOTSUP, errno.EPERM, errno.EACCES, errno.ENODATA)


def state_of(path: str) -> Optional[FileState]:
    """The regular file ``path``; None where there is none. Raises OSError, also where it is something else."""
    try:
        found = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "not a regular file", path)
    return {
        "content": base64.b64encode(read_all(path)).decode("ascii"),
        "mode": stat.S_IMODE(found.st_mode),
        "uid": found.st_uid,
        "gid": found.st_gid,
        "attributes": _attributes(path),
    }


def new_state(content: bytes, like: Optional[FileState], mode: int) -> FileState:
    """``content`` with the owner, mode and attributes of the file that it replaces, or of root and ``mode``."""
    text = base64.b64encode(content).decode("ascii")
    if like:
        return dict(like, content=text)
    return {"content": text, "mode": mode, "uid": os.geteuid(), "gid": os.getegid(), "attributes": None}


def content_of(state: Optional[FileState]) -> Optional[bytes]:
    return None if state is None else base64.b64decode(state["content"])


def put(path: str, state: Optional[FileState]) -> None:
    """Make ``path`` what ``state`` says; None removes it. The folder must exist. Raises OSError."""
    folder = os.path.dirname(path)
    beside = temporary(path)
    if state is None:
        sweep(path)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
    else:
        try:
            _write(beside, state)
            os.replace(beside, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(beside)
            raise
    sync_folder(folder)


def temporary(path: str) -> str:
    """The name under which ``path`` is written before it is put in place."""
    folder, name = os.path.split(path)
    return os.path.join(folder, "." + name + _TEMPORARY)


def sweep(path: str) -> None:
    """Remove what a run that was killed while it wrote ``path`` left beside it."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        os.unlink(temporary(path))


def is_leftover(name: str) -> bool:
    """Whether a file of that name is what a killed run leaves."""
    return name.startswith(".") and name.endswith(_TEMPORARY)


def make_folder(path: str, mode: int) -> None:
    """Make one folder with exactly ``mode``, in one step. Raises OSError."""
    mask = os.umask(0)
    try:
        os.mkdir(path, mode)
    finally:
        os.umask(mask)
    sync_folder(os.path.dirname(path))


def sync_folder(folder: str) -> None:
    """Have the names in ``folder`` on the disk, so that a power cut brings back the old or the new ones."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write(path: str, state: FileState) -> None:
    # A run that was killed may have left one.
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    # Nobody may read it before it has its owner and mode.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        rest = memoryview(base64.b64decode(state["content"]))
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fchown(descriptor, state["uid"], state["gid"])
        if state["attributes"] is not None and _ACL not in state["attributes"]:
            _without_acl(descriptor)
        os.fchmod(descriptor, state["mode"])
        for name, value in (state["attributes"] or {}).items():
            _set_attribute(descriptor, name, base64.b64decode(value))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _attributes(path: str) -> Dict[str, str]:
    found: Dict[str, str] = {}
    try:
        for name in os.listxattr(path):
            found[name] = base64.b64encode(os.getxattr(path, name)).decode("ascii")
    except OSError as error:
        if error.errno not in _NO_ATTRIBUTES:
            raise
    return found


def _without_acl(descriptor: int) -> None:
    """A folder may give every new file an ACL; one that had none before doesn't get it."""
    try:
        os.removexattr(descriptor, _ACL)
    except OSError as error:
        if error.errno not in _NO_ATTRIBUTES:
            raise


def _set_attribute(descriptor: int, name: str, value: bytes) -> None:
    try:
        os.setxattr(descriptor, name, value)
    except OSError as error:
        if error.errno not in _NO_ATTRIBUTES:
            raise
