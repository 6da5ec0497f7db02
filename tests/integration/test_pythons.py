# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every module, through Ansible, on each Python of this machine that a host may have."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

import pytest

PYTHONS = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14")
ANSIBLE = Path(sys.executable).with_name("ansible")


@pytest.fixture(params=PYTHONS, scope="module")
def python(request: pytest.FixtureRequest) -> str:
    """The path of that Python. Skips where it is missing, or too old for this controller."""
    version = request.param
    path = shutil.which(f"python{version}")
    if not path or subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode:
        pytest.skip(f"this machine has no Python {version}")
    core = installed("ansible-core")
    if version == "3.8" and not core.startswith("2.19."):
        pytest.skip(f"ansible-core {core} has given up Python 3.8 on hosts")
    return path


def run(module: str, python: str, arguments: str = "") -> dict[str, Any]:
    """What the module returned for this machine."""
    command = [ANSIBLE, "localhost", "-c", "local", "-e", f"ansible_python_interpreter={python}", "-a", arguments]
    answer = subprocess.run([*command, "-m", f"fleet.memory.{module}"], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout[-2000:] + answer.stderr[-2000:]
    return json.loads(answer.stdout.partition("=> ")[2])


def mem_total_bytes() -> int:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def test_memory_info(python: str) -> None:
    assert run("memory_info", python)["meminfo"]["MemTotal"] == mem_total_bytes()


def test_process_memory_info(python: str) -> None:
    processes = {process["pid"]: process for process in run("process_memory_info", python)["processes"]}
    assert processes[os.getpid()]["rss_bytes"] > 10_000_000
    assert processes[os.getpid()]["ppid"] == os.getppid()


def test_memory_limits_info(python: str) -> None:
    sets = [entry for entry in run("memory_limits_info", python)["process_limits"] if os.getpid() in entry["pids"]]
    assert len(sets) == 1


def test_paging_info(python: str) -> None:
    paging = run("paging_info", python, "samples=2 interval_ms=100")
    assert paging["rates"]["minor_faults_per_second"]["max"] is not None  # a quiet machine may have none
    assert paging["coverage"]["read"] > 1


def test_snapshot(python: str) -> None:
    snapshot = run("snapshot", python)
    assert snapshot["schema_version"] == "1.1"
    assert snapshot["memory"]["meminfo"]["MemTotal"] == mem_total_bytes()
    assert os.getpid() in {process["pid"] for process in snapshot["processes"]["processes"]}
    assert snapshot["limits"]["process_limits"]
    assert 0 < snapshot["cost"]["cpu_seconds"] < 60
