# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What somebody leaves for the checker of an exercise: a small file with an answer, or a process that carries a name.

Both have to be the property of the user who asks.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import Callable, List

from .._procfs import pid_status
from .._records.unread import Malformed
from .._scan.files import read_all

FOLDER = "memory-lab"
"""In the user's home."""

_LONGEST_ANSWER = 4096
_LONGEST_COMMAND = 65536
_SHOWN = 40


class Unsolved(Exception):
    """The exercise is not solved; the message is what is missing, with figures."""


def answer(number: int) -> str:
    """What ``~/memory-lab/NUMBER`` says, in ASCII, without blanks around it. Raises Unsolved."""
    name = "~/%s/%d" % (FOLDER, number)
    try:
        data = _content(name, number)
    except FileNotFoundError as error:
        raise Unsolved("there is no file %s" % name) from error
    except OSError as error:
        why = "it is a link" if error.errno == errno.ELOOP else error.strerror
        raise Unsolved("%s can't be read: %s" % (name, why)) from error
    if len(data) > _LONGEST_ANSWER:
        raise Unsolved("%s has more than %d bytes, too many for an answer" % (name, _LONGEST_ANSWER))
    return data.decode("ascii", "backslashreplace").strip()


def shown(words: str) -> str:
    """An answer as it can be told: printable, in quotes, not too long."""
    return repr(words if len(words) <= _SHOWN else words[:_SHOWN] + "...")


def each_process(number: int, judge: Callable[[int], str]) -> str:
    """What ``judge`` says of the first process of the exercise that passes.

    Raises Unsolved with what it says of the others, at most three.
    """
    failed: List[str] = []
    for pid in processes(number):
        try:
            return judge(pid)
        except Unsolved as missing:
            failed.append(str(missing))
        except (OSError, Malformed) as error:
            failed.append("process %d can't be read: %s" % (pid, error))
    raise Unsolved("; ".join(failed[:3]))


def processes(number: int) -> List[int]:
    """The PIDs of the user's processes that have ``memory-lab-NUMBER`` among their arguments, or as their name.

    Raises Unsolved where there is none.
    """
    sign = b"%s-%d" % (FOLDER.encode(), number)
    pids = sorted(int(name) for name in os.listdir("/proc") if name.isdigit())
    found = [pid for pid in pids if sign in _arguments(pid) and _own(pid)]
    if not found:
        raise Unsolved("no process of user %d has %s among its arguments" % (os.geteuid(), sign.decode()))
    return found


def _content(name: str, number: int) -> bytes:
    # Opened step by step, and without waiting: a link could lead to what only root may read, a pipe would never end.
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    folder = os.open(os.path.join(os.path.expanduser("~"), FOLDER), flags | os.O_DIRECTORY)
    try:
        descriptor = os.open(str(number), flags, dir_fd=folder)
    finally:
        os.close(folder)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise Unsolved("%s is not a plain file" % name)
        if found.st_uid != os.geteuid():
            raise Unsolved("%s belongs to user %d, and user %d asks" % (name, found.st_uid, os.geteuid()))
        return os.read(descriptor, _LONGEST_ANSWER + 1)
    finally:
        os.close(descriptor)


def _arguments(pid: int) -> List[bytes]:
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as file:
            return file.read(_LONGEST_COMMAND).split(b"\0")
    except OSError:  # it has ended, or belongs to somebody else
        return []


def _own(pid: int) -> bool:
    try:
        status = pid_status.parse(read_all("/proc/%d/status" % pid))
    except (OSError, Malformed):
        return False
    return status.has_memory and status.uid == os.geteuid()
