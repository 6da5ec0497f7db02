# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a shell still starts under a limit. A child of this program tries it, and nothing else gets the limit."""

from __future__ import annotations

import os
import resource
import signal
from typing import Optional

_SECONDS = 10


def shell_starts(shell: str, name: Optional[str] = None, value: int = -1) -> bool:
    """``SHELL -c 'exit 0'`` in a child with RLIMIT_``name`` at ``value``; without a name, as it is."""
    child = os.fork()
    if child == 0:
        _become(shell, name, value)
    _pid, status = os.waitpid(child, 0)
    return status == 0


def _become(shell: str, name: Optional[str], value: int) -> None:
    try:
        # Opened before the limit, which may be one of files.
        nothing = os.open(os.devnull, os.O_RDWR)
        for descriptor in range(3):
            os.dup2(nothing, descriptor)
        os.closerange(3, 256)
        signal.alarm(_SECONDS)
        if name is not None:
            kind = getattr(resource, "RLIMIT_" + name)
            hard = resource.getrlimit(kind)[1]
            # One that is higher than what this program has bounds nothing that could be tried.
            soft = value if hard == -1 or -1 < value <= hard else hard
            resource.setrlimit(kind, (soft, soft))
        os.execve(shell, [shell, "-c", "exit 0"], {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
    finally:
        os._exit(127)
