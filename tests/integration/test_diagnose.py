# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The diagnosis as a user runs it, on this machine, with a process that really leaks."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.fleet.memory.plugins.module_utils._procfs import meminfo

from tests.support.live import said

ANSIBLE_PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")

HERE = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
# Port 9 is the discard service's: nobody listens, and ssh is refused at once.
GONE = {"ansible_host": "127.0.0.1", "ansible_port": 9, "ansible_ssh_common_args": "-o BatchMode=yes"}

# It ends by itself too, at 300 MiB, or when who started it is gone.
LEAK = """
import select, sys
held = []
print("leaking", flush=True)
while len(held) < 150 and not select.select([sys.stdin], [], [], 0.1)[0]:
    held.append(bytearray(b"x" * (2 << 20)))
"""


@pytest.fixture
def leaking() -> Iterator[int]:
    """The pid of a process that grows by up to 20 MiB per second."""
    with subprocess.Popen([sys.executable, "-c", LEAK], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout and process.stdout.readline() == b"leaking\n"
        try:
            yield process.pid
        finally:
            process.kill()


def run(folder: Path, hosts: dict[str, Any], *options: str, **variables: Any) -> subprocess.CompletedProcess[str]:
    inventory = folder / "inventory.yml"
    inventory.write_text(yaml.safe_dump({"all": {"hosts": hosts}}))
    command = [ANSIBLE_PLAYBOOK, "fleet.memory.diagnose", "-i", inventory, "-e", json.dumps(variables), *options]
    return subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60
    )


def rows(folder: Path, host: str) -> dict[str, dict[str, Any]]:
    document = json.loads((folder / "reports" / "diagnose" / f"{host}.json").read_text())
    return {row["row"]: row for row in document["rows"]}


@pytest.mark.parametrize("options", [(), ("--check",)])
def test_who_leaks_is_named_on_each_host_and_a_lost_host_too(
    tmp_path: Path, leaking: int, options: tuple[str, ...]
) -> None:
    hosts = {"one": HERE, "two": {**HERE, "memory_policy_diagnose_leak_bytes_per_second": 1 << 40}, "gone": GONE}
    answer = run(tmp_path, hosts, *options, memory_diagnose_seconds=2, memory_policy_diagnose_leak_age_seconds=0)
    assert answer.returncode == 4, said(answer)
    assert "gone" in answer.stdout and "refused" in said(answer)
    found = rows(tmp_path, "one")["leak"]
    assert found["applies"] is True
    (process,) = [each for each in found["figures"]["leaking"] if each["pid"] == leaking]
    assert 1 << 20 < process["grown_bytes_per_second"] < 25 << 20
    assert f"pid {leaking}," in said(answer) and "one: diagnosis of its memory, watched for" in answer.stdout
    assert rows(tmp_path, "two")["leak"]["applies"] is False
    assert not (tmp_path / "reports" / "diagnose" / "gone.json").exists()
    assert "changed=0" in answer.stdout


def test_swap_is_what_meminfo_says(tmp_path: Path) -> None:
    answer = run(tmp_path, {"one": HERE}, memory_diagnose_seconds=1)
    assert answer.returncode == 0, said(answer)
    found = rows(tmp_path, "one")
    assert set(found) == {
        *("out-of-memory", "leak", "slow", "killed", "high-swap"),
        *("vsz-for-rss", "swap-ignored", "ulimit-for-ram", "faults-alike", "shared-twice"),
    }
    kernel = meminfo.parse(Path("/proc/meminfo").read_bytes())
    if kernel["SwapTotal"] == 0:
        assert (found["swap-ignored"]["applies"], found["high-swap"]["applies"]) == (False, False)
        assert found["swap-ignored"]["reason"] == "The host has no swap."
    else:
        assert found["swap-ignored"]["figures"]["total_bytes"] == kernel["SwapTotal"]
    assert found["vsz-for-rss"]["figures"]["ram_bytes"] == kernel["MemTotal"]


def test_an_empty_inventory_is_an_error(tmp_path: Path) -> None:
    answer = run(tmp_path, {})
    assert answer.returncode != 0
    assert "inventory has no hosts" in said(answer)
