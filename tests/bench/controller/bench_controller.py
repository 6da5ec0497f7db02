# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an audit costs the controller, against one ping over the same connection.

    python tests/bench/controller/bench_controller.py [HOSTS ...]      (1000 and 5000 when not given)

Run it with the Python next to which Ansible and this collection are installed. Needs Linux; takes minutes.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from record import record

HERE = Path(__file__).parent
PLAYBOOK = str(Path(sys.executable).parent / "ansible-playbook")
FORKS = 50

PARENT_RSS_MAX_MB = 100
GROWTH_MAX_KB = 20
CPU_MAX_RATIO = 1.5


class Cost(NamedTuple):
    cpu_seconds: float
    wall_seconds: float
    parent_mb: float
    """Peak RSS of ansible-playbook itself."""
    tree_mb: float
    """Peak PSS of it and all its forks, sampled once a second."""


def _status_kb(pid: int, file: str, key: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
    except OSError:  # it has ended
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(key)), 0)


def _children(pid: int) -> list[int]:
    try:
        found = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return [pid, *(inner for child in found for inner in (_children(child) or [child]))] if found else [pid]


def play(playbook: str, inventory: Path, folder: Path) -> Cost:
    """Run a playbook and measure it."""
    environment = {
        **os.environ,
        "ANSIBLE_CONNECTION_PLUGINS": str(HERE / "connection_plugins"),
        "ANSIBLE_PIPELINING": "true",
        "ANSIBLE_FORKS": str(FORKS),
        "FLEET_MEMORY_RECORDING": str(folder / "recording.json"),
    }
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with open(folder / "output", "w", encoding="utf-8") as output:
        process = subprocess.Popen(
            [PLAYBOOK, playbook, "-i", str(inventory)], cwd=folder, env=environment, stdout=output, stderr=output
        )
        parent = tree = 0
        last_tree = began
        while process.poll() is None:
            parent = max(parent, _status_kb(process.pid, "status", "VmHWM:"))
            if time.monotonic() - last_tree > 1:
                tree = max(tree, sum(_status_kb(pid, "smaps_rollup", "Pss:") for pid in _children(process.pid)))
                last_tree = time.monotonic()
            time.sleep(0.05)
    if process.returncode:
        sys.exit(f"{playbook} ended with {process.returncode}:\n{(folder / 'output').read_text()[-3000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(cpu, time.monotonic() - began, parent / 1024, tree / 1024)


def main(sizes: list[int]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        size = record(folder / "recording.json")
        packed = (folder / "recording.json").stat().st_size
        print(f"recording: {size // 1000} kB of JSON, {packed // 1000} kB packed; {FORKS} forks")
        print(f"{'hosts':>6} {'play':<6} {'CPU s':>7} {'ms/host':>8} {'wall s':>7} {'parent MB':>10} {'tree MB':>8}")
        audits: dict[int, Cost] = {}
        for hosts in sizes:
            inventory = folder / "inventory"
            inventory.write_text(
                "[all:vars]\nansible_connection=recorded\nansible_python_interpreter=/usr/bin/python3\n[all]\n"
                + "".join(f"host{number:05}\n" for number in range(hosts))
            )
            costs = {
                "ping": play(str(HERE / "ping.yml"), inventory, folder),
                "audit": play("fleet.memory.audit", inventory, folder),
            }
            audits[hosts] = costs["audit"]
            for play_name, cost in costs.items():
                print(
                    f"{hosts:>6} {play_name:<6} {cost.cpu_seconds:>7.1f} {cost.cpu_seconds / hosts * 1000:>8.1f} "
                    f"{cost.wall_seconds:>7.1f} {cost.parent_mb:>10.1f} {cost.tree_mb:>8.1f}"
                )
            ratio = costs["audit"].cpu_seconds / costs["ping"].cpu_seconds
            print(f"{hosts:>6} CPU of the audit against ping: {ratio:.2f} (at most {CPU_MAX_RATIO})")
        smallest, largest = min(audits), max(audits)
        print(f"peak RSS at {smallest} hosts: {audits[smallest].parent_mb:.1f} MB (at most {PARENT_RSS_MAX_MB})")
        if largest > smallest:
            growth = (audits[largest].parent_mb - audits[smallest].parent_mb) * 1024 / (largest - smallest)
            print(f"growth from {smallest} to {largest} hosts: {growth:.1f} KB/host (at most {GROWTH_MAX_KB})")


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or [1000, 5000])
