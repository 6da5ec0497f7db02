# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CPU of a scan with the default precision against `pss: all`, on a host with a long tail. Target: at most 0.5.

20 processes of 300 MB, and a service of 400 workers that share the 10 MB of their parent. At least 99 % of the PSS has
to be attributed, and each group's exact sum has to lie within its interval. That sum moves a little all the time, so it
is taken before and after: what lies between the two counts as exact.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from holders import holders
from paired import compare

LARGE = [(300 << 10, 0)] * 20
SMALL = [(10 << 10, 400)]

SCAN = """
import json, time
from ansible_collections.fleet.memory.plugins.module_utils._scan import process_memory
from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Files
spent = []
def timed(*arguments):
    before = time.process_time()
    known = read_rollups(*arguments)
    spent.append(time.process_time() - before)
    return known
read_rollups, process_memory.read_rollups = process_memory.read_rollups, timed
before = time.process_time()
result, _raw = process_memory.scan_process_memory(Files(), process_memory.Wanted(pss=%r, group_by="command"))
result["scan_seconds"], result["rollup_seconds"] = time.process_time() - before, spent[0]
print(json.dumps(result))
"""


def scan(pss: str) -> dict[str, Any]:
    done = subprocess.run([sys.executable, "-c", SCAN % pss], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def main() -> None:
    with holders(*LARGE, *SMALL):
        before, default, after = scan("all"), scan("auto"), scan("all")
        compare("scan, default precision", lambda: scan("auto")["scan_seconds"], "scan, pss: all", scan_all)
        compare("its rollups alone", lambda: scan("auto")["rollup_seconds"], "all rollups", rollups_all)
    totals, coverage = default["totals"], default["coverage"]
    unread = f"{coverage['unread']} of {coverage['processes']} processes"
    print(f"attributed {totals['pss_exact_percent']} %, unread {unread}")
    exact = [exact_groups(before), exact_groups(after)]
    for group in default["groups"]:
        key = group["key"]
        if all(key in run and run[key]["count"] == group["count"] for run in exact):
            low, high = sorted(run[key]["pss_bytes"] for run in exact)
            inside = group["pss_low_bytes"] <= high and low <= group["pss_high_bytes"]
            print(
                f"{key:<20} exact {low:,} to {high:,}, interval {group['pss_low_bytes']:,} to "
                f"{group['pss_high_bytes']:,}: {'inside' if inside else 'OUTSIDE'}"
            )


def exact_groups(result: dict[str, Any]) -> dict[str, Any]:
    return {group["key"]: group for group in result["groups"] if group["pss_bytes"] is not None}


def scan_all() -> float:
    return scan("all")["scan_seconds"]


def rollups_all() -> float:
    return scan("all")["rollup_seconds"]


if __name__ == "__main__":
    main()
