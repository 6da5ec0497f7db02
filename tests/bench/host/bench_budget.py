# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A scan with a budget of 250 ms, with a process of 8 GB among the others. Target: ends within 300 ms of CPU.

The floor is the same scan without any rollup. A second budget is too small for the 8 GB on any machine: it has to leave
them out, and to say so.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from holders import holders
from paired import compare

BUDGETS_MS = (250, 40)

SCAN = """
import json, time
from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Files
from ansible_collections.fleet.memory.plugins.module_utils._scan.process_memory import Wanted, scan_process_memory
before = time.process_time()
result, _raw = scan_process_memory(Files(), Wanted(pss=%r, pss_budget_seconds=%r))
result["scan_seconds"] = time.process_time() - before
print(json.dumps(result))
"""


def scan(pss: str, budget_ms: int) -> dict[str, Any]:
    program = SCAN % (pss, budget_ms / 1000)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def measure(budget_ms: int) -> None:
    result = scan("auto", budget_ms)
    compare(
        f"scan, budget of {budget_ms} ms",
        lambda: scan("auto", budget_ms)["scan_seconds"],
        "scan, pss: none",
        lambda: scan("none", budget_ms)["scan_seconds"],
    )
    print(f"unread: {result['coverage']['unread']}")
    for process in result["processes"]:
        if process["unread"].get("smaps_rollup") == "skipped_budget":
            print(f"  {process['pid']} {process['command']}: PSS at most {process['pss_high_bytes']:,} bytes")


def main() -> None:
    with holders((8 << 20, 0), *[(20 << 10, 0)] * 20):
        for budget_ms in BUDGETS_MS:
            measure(budget_ms)


if __name__ == "__main__":
    main()
