# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/proc/PID/environ: the environment with which a process was started; here of process 1, for one variable.

https://systemd.io/CONTAINER_INTERFACE/ and https://man7.org/linux/man-pages/man5/proc_pid_environ.5.html

    PATH=/usr/bin:/bin
    container=lxc
    (in the file a NUL byte ends each variable)
"""

from __future__ import annotations

from typing import Optional

from .._records.text import text


def container(data: bytes) -> Optional[str]:
    """The kind of container that the container manager told its process 1; None when it told nothing."""
    for variable in data.split(b"\0"):
        name, _equals, value = variable.partition(b"=")
        if name == b"container" and value:
            return text(value)
    return None
