# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A crowd of real processes to scan: forks that share the memory of one parent, as a database's workers do."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator


@contextlib.contextmanager
def crowd(forks: int, shared_mebibytes: int) -> Iterator[None]:
    """``forks`` sleeping children that share ``shared_mebibytes`` of touched memory; ended on the way out."""
    kept = bytearray(shared_mebibytes << 20)
    for page in range(0, len(kept), 4096):
        kept[page] = 1
    children = []
    try:
        for _child in range(forks):
            child = os.fork()
            if child == 0:
                signal.pause()
                os._exit(0)
            children.append(child)
        yield
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
