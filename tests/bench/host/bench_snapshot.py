# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CPU on the host of one snapshot task against ansible.builtin.setup, at about 150 processes. Target: at most 1.0.

What Ansible sends to a host is a self-contained Python file per task. Both are kept and run as the host would run them.
Its size for the snapshot should be at most 60 KB above that of an empty module, for which ping stands.
"""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import tempfile

from crowd import crowd
from paired import compare, cpu_seconds

PROCESSES = 150


def sent_to_the_host(module: str, arguments: str, folder: pathlib.Path) -> str:
    """Path of the file that Ansible sends for one task."""
    environment = {**os.environ, "ANSIBLE_KEEP_REMOTE_FILES": "1", "ANSIBLE_REMOTE_TMP": str(folder)}
    ansible = pathlib.Path(sys.executable).parent / "ansible"
    command = [str(ansible), "localhost", "-c", "local", "-m", module, "-a", arguments]
    command += ["-e", "ansible_python_interpreter=" + sys.executable]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    (sent,) = folder.glob("*/AnsiballZ_*.py")
    return str(sent)


def main() -> None:
    running = sum(1 for name in os.listdir("/proc") if name.isdigit())
    with (
        tempfile.TemporaryDirectory() as first,
        tempfile.TemporaryDirectory() as second,
        tempfile.TemporaryDirectory() as third,
    ):
        snapshot = sent_to_the_host("fleet.memory.snapshot", "packed=true", pathlib.Path(first))
        setup = sent_to_the_host("ansible.builtin.setup", "", pathlib.Path(second))
        empty = sent_to_the_host("ansible.builtin.ping", "", pathlib.Path(third))
        sizes = {"ping": empty, "setup": setup, "snapshot": snapshot}
        for name, path in sizes.items():
            above = os.path.getsize(path) - os.path.getsize(empty)
            print(f"sent for {name:<10} {os.path.getsize(path):>9,} bytes, {above:>9,} above ping")
        with crowd(forks=max(0, PROCESSES - running), shared_mebibytes=10):
            compare(
                "snapshot",
                lambda: cpu_seconds([sys.executable, snapshot]),
                "ansible.builtin.setup",
                lambda: cpu_seconds([sys.executable, setup]),
            )


if __name__ == "__main__":
    main()
