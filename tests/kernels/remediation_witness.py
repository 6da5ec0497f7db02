# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs inside a guest as root and prints as JSON what the remediation can have changed there. Python 3.9 is enough."""

import hashlib
import json
import os
import pathlib
import subprocess

NAMES = (
    "max_map_count",
    "min_free_kbytes",
    "overcommit_kbytes",
    "overcommit_memory",
    "overcommit_ratio",
    "page-cluster",
    "swappiness",
    "vfs_cache_pressure",
)
UNITS = ("database.service", "worker@one.service", "worker@two.service")


def said(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def show(*arguments):
    """What systemd says; one call for all, for in an emulated guest each costs."""
    return dict(line.split("=", 1) for line in said("systemctl", "show", *arguments).splitlines())


def state(path):
    """What a rollback has to bring back of a file, a folder or a link."""
    found = path.lstat()
    content = os.readlink(path) if path.is_symlink() else path.read_bytes().hex() if path.is_file() else ""
    return [oct(found.st_mode), found.st_uid, found.st_gid, hashlib.sha256(content.encode()).hexdigest()]


def limits(pid):
    """Each limit of the process by its words, soft and hard."""
    lines = pathlib.Path("/proc", pid, "limits").read_text().splitlines()[1:]
    return {line[:26].strip(): line[26:].split()[:2] for line in lines}


def unit(name):
    shown = show(name, "-p", "MainPID,ControlGroup,MemoryMax,LimitNOFILE,LimitNOFILESoft,OOMScoreAdjust")
    pid, cgroup = shown.pop("MainPID"), shown.pop("ControlGroup")
    return {
        "pid": pid,
        "limits": limits(pid),
        "oom_score_adj": pathlib.Path("/proc", pid, "oom_score_adj").read_text().strip(),
        "memory.max": pathlib.Path("/sys/fs/cgroup" + cgroup, "memory.max").read_text().strip(),
        "shown": shown,
    }


huge = pathlib.Path("/sys/kernel/mm/transparent_hugepage/enabled").read_text()
own = pathlib.Path("/etc").rglob("90-fleet-memory.conf")
seen = {
    "vm": {name: pathlib.Path("/proc/sys/vm", name).read_text().strip() for name in NAMES},
    "huge": huge.split("[")[1].split("]")[0],
    "units": {name: unit(name) for name in UNITS},
    "default_nproc": show("-p", "DefaultLimitNPROC")["DefaultLimitNPROC"],
    "swaps": sorted(map(str.split, said("swapon", "--show=NAME,SIZE,PRIO", "--bytes", "--noheadings").splitlines())),
    "boot_id": pathlib.Path("/proc/sys/kernel/random/boot_id").read_text(),
    "etc": {str(path): state(path) for path in sorted(pathlib.Path("/etc").rglob("*"))},
    "own": {str(path): [path.stat().st_ino, path.stat().st_mtime_ns] for path in own},
}
print(json.dumps(seen))
