# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run changes besides files: values of kernel files, limits of processes, units. Each can be told and set."""

from __future__ import annotations

import os
import re
import resource
from typing import Callable, List, Optional, Sequence, Tuple

from .._procfs import pid_stat
from .._records.unread import Malformed
from .._scan.files import read_all

Limit = Tuple[int, int]
"""Soft and hard; -1 is unlimited."""

Run = Callable[[List[str]], Tuple[int, str, str]]
"""``AnsibleModule.run_command``: a command's exit code, output and errors."""


class CommandFailed(Exception):
    """A command of the host failed. The message holds the command and what it said."""


def value(place: str) -> str:
    """What a kernel file holds; of a choice such as ``always [madvise] never`` what is chosen. Raises OSError."""
    text = read_all(place).decode("ascii", "replace").strip()
    chosen = re.search(r"\[([\w-]+)\]", text)
    return chosen.group(1) if chosen else "\t".join(text.split())


def set_value(place: str, text: str) -> None:
    """One write, as the kernel wants it. Raises OSError, which names the file."""
    descriptor = os.open(place, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, text.encode("ascii"))
    except OSError as error:
        raise OSError(error.errno, "%s, writing %s" % (error.strerror, text), place) from error
    finally:
        os.close(descriptor)


def starttime(root: str, pid: int) -> Optional[int]:
    """When the process started, in ticks since boot, which with its pid is its identity; None if it is gone."""
    try:
        return pid_stat.parse(read_all("%s/proc/%d/stat" % (root, pid))).start_ticks
    except (OSError, Malformed):
        return None


def limit(pid: int, name: str) -> Limit:
    """RLIMIT_``name`` of a process. Raises OSError (ProcessLookupError once it is gone)."""
    return resource.prlimit(pid, getattr(resource, "RLIMIT_" + name))


def set_limit(pid: int, name: str, wanted: Limit) -> None:
    """Raises OSError, PermissionError where a hard limit would have to grow without CAP_SYS_RESOURCE."""
    try:
        resource.prlimit(pid, getattr(resource, "RLIMIT_" + name), wanted)
    except ValueError as error:
        raise PermissionError(str(error)) from error


def systemd_runs(root: str) -> bool:
    """As sd_booted(3) tells; not in a chroot, and hardly in a container."""
    return os.path.isdir(root + "/run/systemd/system")


def systemctl(run: Run, arguments: Sequence[str]) -> None:
    """Raises CommandFailed."""
    called(run, ["systemctl", "--no-ask-password", *arguments])


def called(run: Run, command: List[str]) -> None:
    """Raises CommandFailed."""
    code, said, complained = run(command)
    if code:
        raise CommandFailed("%s: %s" % (" ".join(command), (complained or said).strip() or "exit code %d" % code))
