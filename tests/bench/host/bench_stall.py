# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The longest stall that a page-faulting neighbour sees while it is audited, against the same without an audit.

The neighbour holds 2 GB and maps, touches and unmaps memory without pause; each of these needs the lock that the kernel
holds while it makes the neighbour's rollup. `smem`, which reads the long list smaps of every process, is the peer. On a
busy host it matters at which priority that lock is held, so the scan is also run as if it kept its low one.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HELD_MIB = 2048
SECONDS = 3
RUNS = 5

SCAN = """
from ansible_collections.fleet.memory.plugins.module_utils._scan.cost import step_back
from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Files
from ansible_collections.fleet.memory.plugins.module_utils._scan.process_memory import Wanted, scan_process_memory
step_back()
#from ansible_collections.fleet.memory.plugins.module_utils._scan import cost
#cost._GIVEN = cost.NICENESS
scan_process_memory(Files(), Wanted(pss="all"))
"""


def stalls(neighbour: str, audit: list[str] | None) -> tuple[float, float]:
    """The longest round and its 99.99th percentile, microseconds, while ``audit`` runs again and again."""
    watched = subprocess.Popen([neighbour, str(HELD_MIB), str(SECONDS)], stdout=subprocess.PIPE, text=True)
    assert watched.stdout and watched.stdout.readline() == "ready\n"
    while audit and watched.poll() is None:
        subprocess.run(audit, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        time.sleep(0.1)
    longest, usual = watched.stdout.read().split()
    watched.wait()
    return float(longest), float(usual)


def watch(neighbour: str, busy: int) -> None:
    """Prints the stalls without and with each audit, beside ``busy`` programs that compute without end."""
    audits: dict[str, list[str] | None] = {"no audit": None, "scan, pss: all": [sys.executable, "-c", SCAN]}
    audits["the same, polite all the time"] = [sys.executable, "-c", SCAN.replace("#", "")]
    smem = shutil.which("smem")
    if smem:
        audits["smem"] = [smem]
    else:
        print("smem is not installed: no peer to compare with")
    seen: dict[str, list[tuple[float, float]]] = {name: [] for name in audits}
    computing = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _program in range(busy)]
    try:
        for _run in range(RUNS):
            for name, audit in audits.items():
                seen[name].append(stalls(neighbour, audit))
    finally:
        for program in computing:
            program.kill()
            program.wait()
    print(f"beside {busy} busy programs:")
    alone = statistics.median(longest for longest, _usual in seen["no audit"])
    for name, runs in seen.items():
        longest = statistics.median(run[0] for run in runs)
        usual = statistics.median(run[1] for run in runs)
        print(
            f"  {name:<30} longest stall {longest / 1000:8.2f} ms (median of {RUNS}), "
            f"99.99 % below {usual / 1000:6.2f} ms, ratio {longest / alone:.2f}"
        )


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        neighbour = folder + "/neighbour"
        source = str(pathlib.Path(__file__).with_name("neighbour.c"))
        subprocess.run(["cc", "-O2", "-Wall", "-o", neighbour, source], check=True)
        for busy in (0, os.cpu_count() or 1):
            watch(neighbour, busy)


if __name__ == "__main__":
    main()
