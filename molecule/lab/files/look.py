# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looks with its own means for what the lab has left on the host, and prints it as JSON."""

from __future__ import annotations

import glob
import json
from pathlib import Path


def lines(path: Path) -> list[str]:
    """Of a file of /proc; none when the process has ended."""
    try:
        return path.read_text(errors="replace").splitlines()
    except OSError:
        return []


# The lab's processes are the first to be killed, which no other process of these hosts is.
victims = [path.parent for path in Path("/proc").glob("[0-9]*/oom_score_adj") if lines(path) == ["1000"]]
folders = ("/", "/tmp/", "/var/tmp/", "/dev/shm/", "/root/", "/home/*/", "/var/lib/")
cgroups = "/sys/fs/cgroup/**/fleet-memory-lab-*/"
print(
    json.dumps(
        {
            "processes": {path.name: (lines(path / "cmdline") or [""])[0][:200] for path in victims},
            "files": sorted(found for folder in folders for found in glob.glob(f"{folder}fleet-memory-lab*")),
            "cgroups": sorted(glob.glob(cgroups, recursive=True)),
        }
    )
)
