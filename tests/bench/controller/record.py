# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records what fleet.memory.snapshot answers on this machine while 500 more processes run."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Files
from ansible_collections.fleet.memory.plugins.module_utils._scan.process_memory import Wanted
from ansible_collections.fleet.memory.plugins.module_utils._scan.snapshot import SCHEMA_VERSION, pack, take_snapshot

PROCESSES = 500


def record(path: Path) -> int:
    """Write the module's answer to ``path``; returns the bytes of JSON that are packed in it."""
    sleepers = [subprocess.Popen(["sleep", "600"]) for _sleeper in range(PROCESSES)]
    try:
        snapshot = take_snapshot(Files(), Wanted(group_by="command"), paging_seconds=0.1)
    finally:
        for sleeper in sleepers:
            sleeper.kill()
        for sleeper in sleepers:
            sleeper.wait()
    answer = {"changed": False, "schema_version": SCHEMA_VERSION, "snapshot_zlib": pack(snapshot)}
    path.write_text(json.dumps(answer), "ascii")
    return int(snapshot["cost"]["snapshot_bytes"])
