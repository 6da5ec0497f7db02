# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looks at the host with its own means, and prints what it sees as JSON."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path

RECORDS = "/var/lib/fleet-memory"


def tree(folder: str) -> dict[str, list]:
    """For each path below ``folder`` mode, owner and what it holds."""
    found = {}
    for path in [Path(folder), *Path(folder).rglob("*")] if os.path.isdir(folder) else []:
        state = path.lstat()
        content = os.readlink(path) if path.is_symlink() else None
        if path.is_file() and not path.is_symlink():
            content = hashlib.sha256(path.read_bytes()).hexdigest()
        found[str(path)] = [oct(state.st_mode), state.st_uid, state.st_gid, content]
    return found


def service() -> dict:
    command = ["systemctl", "show", "work.service", "--property", "ActiveState,MainPID,NeedDaemonReload"]
    shown = dict(line.split("=", 1) for line in subprocess.check_output(command).decode().splitlines())
    try:
        limits = Path("/proc", shown["MainPID"], "limits").read_text().splitlines()
    except OSError:
        limits = []
    files = [line[26:68].split() for line in limits if line.startswith("Max open files")]
    return {
        "state": shown["ActiveState"],
        "reloaded": shown["NeedDaemonReload"] == "no",
        "open_files": [int(value) for value in files[0]] if files else None,
    }


records = {path.stem: json.loads(path.read_text()) for path in Path(RECORDS, "rollback").glob("*.json")}
temporary = [str(path) for folder in ("/etc", RECORDS) for path in Path(folder).rglob(".*.fleet-memory-new")]
seen = {"etc": tree("/etc"), "kept": tree(RECORDS), "records": records, "temporary": temporary, "service": service()}
print(json.dumps(seen))
