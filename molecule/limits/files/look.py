# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looks at the host with its own means and keeps what it sees in /root/looks/STAGE.json: ``look.py STAGE``."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

SERVICES = ("holder", "opener")
SHOWN = ("MainPID", "LimitNOFILE", "LimitNOFILESoft", "LimitMEMLOCK", "MemoryMax", "MemoryHigh", "OOMScoreAdjust")
PRLIMIT = ("prlimit", "--nofile", "--output", "SOFT,HARD", "--noheadings")


def said(*command: str) -> str:
    return subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.decode()


def limits(text: str) -> dict[str, list[str]]:
    """Soft and hard of each line of /proc/PID/limits."""
    return {line[:26].strip(): line[26:68].split() for line in text.splitlines()[1:]}


def tree(folder: str) -> dict[str, list]:
    """For each path below ``folder`` mode, owner, what it holds, inode and time of change."""
    found = {}
    for path in [Path(folder), *Path(folder).rglob("*")]:
        state = path.lstat()
        content = os.readlink(path) if path.is_symlink() else None
        if path.is_file() and not path.is_symlink():
            content = hashlib.sha256(path.read_bytes()).hexdigest()
        found[str(path)] = [state.st_mode, state.st_uid, state.st_gid, content, state.st_ino, state.st_mtime_ns]
    return found


def memory_max(pid: str) -> str | None:
    """What the kernel has for the memory cgroup of the process; None where the unit has none of its own."""
    for line in Path("/proc", pid, "cgroup").read_text().splitlines():
        number, controllers, path = line.split(":", 2)
        if path.endswith(".service") and (controllers == "memory" or number == "0"):
            for name in (f"/sys/fs/cgroup/memory{path}/memory.limit_in_bytes", f"/sys/fs/cgroup{path}/memory.max"):
                if os.path.exists(name):
                    return Path(name).read_text().strip()
    return None


def service(name: str) -> dict:
    shown = dict(
        line.split("=", 1) for line in said("systemctl", "show", name, "--property", ",".join(SHOWN)).splitlines()
    )
    pid = shown["MainPID"]
    return {
        "shown": shown,
        "pid": pid,
        "started": Path("/proc", pid, "stat").read_text().rsplit(")", 1)[1].split()[19],
        "limits": limits(Path("/proc", pid, "limits").read_text()),
        # Root of a container isn't told of other users' processes.
        "prlimit": [] if name == "holder" else said(*PRLIMIT, "--pid", pid).split(),
        "oom_score_adj": Path("/proc", pid, "oom_score_adj").read_text().strip(),
        "memory_max": memory_max(pid),
    }


os.makedirs("/root/looks", exist_ok=True)
seen = {
    "etc": tree("/etc"),
    "login": limits(said("su", "--login", "auditor", "--command", "cat /proc/self/limits")),
    "services": {name: service(name) for name in SERVICES},
    "manager": said("systemctl", "show", "--property", "DefaultLimitNOFILE,DefaultLimitNOFILESoft").split(),
    "records": [str(path) for path in Path("/var/lib/fleet-memory").rglob("*")],
}
Path("/root/looks", f"{sys.argv[1]}.json").write_text(json.dumps(seen))
