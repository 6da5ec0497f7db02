# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CPU of the full scan of 500+ processes against a C program that only reads the same files. Target: at most 1.25."""

from __future__ import annotations

import pathlib
import subprocess
import sys
import tempfile

from crowd import crowd
from paired import compare, cpu_seconds

HERE = pathlib.Path(__file__).parent

SCAN = """
import time
from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Files
from ansible_collections.fleet.memory.plugins.module_utils._scan.process_memory import Wanted, scan_process_memory
before = time.process_time()
scan_process_memory(Files(), Wanted(pss="all"))
print(time.process_time() - before)
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        floor = folder + "/floor"
        subprocess.run(["cc", "-O2", "-Wall", "-o", floor, str(HERE / "floor.c")], check=True)
        with crowd(forks=500, shared_mebibytes=40):
            print(subprocess.run([floor], capture_output=True, text=True, check=True).stdout.strip())
            scan = [sys.executable, "-c", SCAN]

            def reading() -> float:
                return cpu_seconds([floor])

            def scanning() -> float:
                return float(subprocess.run(scan, capture_output=True, text=True, check=True).stdout)

            compare("full scan", scanning, "C program that only reads", reading)
            compare(
                "full scan and the start of Python", lambda: cpu_seconds(scan), "C program that only reads", reading
            )


if __name__ == "__main__":
    main()
