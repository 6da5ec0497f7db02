# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs in the guest, by its Python, without the collection: prints as JSON what the guest's own tools and files say."""

from __future__ import annotations

import glob
import json
import os
import subprocess

KERNEL_FILES = (
    "/proc/meminfo",
    "/proc/vmstat",
    "/proc/pressure/memory",
    "/proc/sys/kernel/random/boot_id",
    "/sys/kernel/mm/transparent_hugepage/*",
    "/sys/kernel/mm/ksm/*",
    "/sys/kernel/mm/hugepages/*/*",
)
PROCESS_FILES = ("smaps_rollup", "status", "stat")
PS_COLUMNS = ("pid", "ppid", "user:32", "vsz", "unit:64", "comm")
UNIT_TYPES = "service,slice,scope,socket,mount,swap"


def run(*command: str) -> str:
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False).stdout


def read(path: str) -> str | None:
    try:
        with open(path, errors="replace") as file:
            return file.read()
    except OSError:
        return None


def properties(shown: str) -> dict[str, str]:
    # A command with line breaks in it fills lines without a name.
    return dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)


def units() -> dict[str, dict[str, str]]:
    listing = run("systemctl", "list-units", "--all", "--plain", "--no-legend", "--full", "--type=" + UNIT_TYPES)
    names = [line.split()[0] for line in listing.splitlines()]
    blocks = [properties(block) for block in run("systemctl", "show", "--", *names).split("\n\n")]
    return {block["Id"]: block for block in blocks if "Id" in block}


def cgroups() -> dict[str, dict[str, str | None]]:
    root = "/sys/fs/cgroup"
    return {
        folder[len(root) :] or "/": {
            name: read(os.path.join(folder, name)) for name in names if name.startswith(("memory.", "cgroup.procs"))
        }
        for folder, _folders, names in os.walk(root)
    }


print(
    json.dumps(
        {
            "uname": list(os.uname()),
            "free": run("free", "-b"),
            "swapon": run("swapon", "--show=NAME,TYPE,SIZE,USED,PRIO", "--bytes", "--noheadings", "--raw"),
            "sysctl": run("sysctl", "--all"),
            "files": {path: read(path) for pattern in KERNEL_FILES for path in glob.glob(pattern)},
            "ps": run("ps", "-e", "--no-headers", "-o", ",".join(PS_COLUMNS)),
            "processes": {
                pid: {name: read("/proc/%s/%s" % (pid, name)) for name in PROCESS_FILES}
                for pid in os.listdir("/proc")
                if pid.isdigit()
            },
            "cgroups": cgroups(),
            "units": units(),
        }
    )
)
