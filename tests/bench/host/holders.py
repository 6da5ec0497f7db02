# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real processes that hold what they are told to hold, see holder.c."""

from __future__ import annotations

import contextlib
import pathlib
import subprocess
import tempfile
from collections.abc import Iterator


@contextlib.contextmanager
def holders(*arguments: tuple[int, int]) -> Iterator[list[int]]:
    """One process for each ``(KiB, forks)``; the pids, forks aside. They are ended on the way out."""
    with tempfile.TemporaryDirectory() as folder:
        program = folder + "/holder"
        source = str(pathlib.Path(__file__).with_name("holder.c"))
        subprocess.run(["cc", "-O2", "-Wall", "-o", program, source], check=True)
        started = []
        try:
            for kib, forks in arguments:
                started.append(subprocess.Popen([program, str(kib), str(forks)], stdout=subprocess.PIPE))
            for process in started:
                assert process.stdout and process.stdout.readline() == b"holding\n"
            yield [process.pid for process in started]
        finally:
            for process in started:
                process.kill()
                process.wait()
