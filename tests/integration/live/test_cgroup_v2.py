# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cgroups of a machine with cgroup v2, against the files that the test wrote, and a process killed in one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Files
from ansible_collections.fleet.memory.plugins.module_utils._scan.limits import scan_limits
from ansible_collections.fleet.memory.plugins.module_utils._scan.memory import scan_memory

MIB = 2**20
V2 = Path("/sys/fs/cgroup")

# Memory is charged to the cgroup that a process is in when it touches it.
HOLDER = """
input()
held = bytearray(%d << 20)
print("ready", flush=True)
input()
"""


def found() -> dict[str, dict[str, Any]]:
    return {cgroup["path"]: cgroup for cgroup in scan_limits(Files())["cgroups"]}


@pytest.fixture
def limited() -> Iterator[tuple[Path, Path]]:
    """Two memory cgroups, one in the other; the outer one has the smaller limit."""
    controllers = V2 / "cgroup.subtree_control"
    if os.geteuid() != 0 or not controllers.exists() or "memory" not in controllers.read_text():
        pytest.skip("needs root and the memory controller of cgroup v2")
    outer = V2 / ("fleet-memory-test-%d" % os.getpid())
    inner = outer / "in ner"
    outer.mkdir()
    try:
        (outer / "cgroup.subtree_control").write_text("+memory")
        inner.mkdir()
        (outer / "memory.max").write_text(str(48 * MIB))
        (inner / "memory.max").write_text(str(64 * MIB))
        (inner / "memory.high").write_text(str(56 * MIB))
        (inner / "memory.low").write_text(str(3 * MIB))
        yield outer, inner
    finally:
        if inner.exists():
            inner.rmdir()
        outer.rmdir()


def holding(cgroup: Path, mebibytes: int) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", HOLDER % mebibytes], stdin=-1, stdout=-1, text=True)
    (cgroup / "cgroup.procs").write_text(str(process.pid))
    process.stdin.write("go\n")
    process.stdin.flush()
    return process


def test_against_the_files(limited: tuple[Path, Path]) -> None:
    outer, inner = limited
    with holding(inner, 12) as process:
        assert process.stdout.readline() == "ready\n"
        before = found()
        (inner / "memory.max").write_text(str(32 * MIB))
        after = found()
        process.stdin.write("end\n")
    above, below = (before["/" + str(path.relative_to(V2))] for path in (outer, inner))
    assert above["limits"]["max_bytes"] == 48 * MIB
    assert [below["limits"][key] for key in ("max_bytes", "high_bytes", "low_bytes", "min_bytes")] == [
        64 * MIB,
        56 * MIB,
        3 * MIB,
        0,
    ]
    assert (below["effective_max_bytes"], below["binding"]) == (48 * MIB, above["path"])
    assert 12 * MIB <= below["current_bytes"] < 16 * MIB
    assert below["used_percent"] == pytest.approx(100 * below["current_bytes"] / (64 * MIB), abs=0.01)
    assert (after[below["path"]]["effective_max_bytes"], after[below["path"]]["binding"]) == (32 * MIB, below["path"])
    assert before["/"]["visible_root"] and before["/"]["binding"] is None


def test_a_process_killed_for_the_limit_is_counted(limited: tuple[Path, Path]) -> None:
    outer, inner = limited
    if (inner / "memory.swap.max").exists():
        (inner / "memory.swap.max").write_text("0")
    (inner / "memory.max").write_text(str(16 * MIB))
    kills = scan_memory(Files())["vmstat"]["oom_kill"]
    with holding(inner, 64) as process:
        assert process.wait(60) == -9
    with holding(inner, 1) as process:
        assert process.stdout.readline() == "ready\n"
        below = found()["/%s/%s" % (outer.name, inner.name)]
        process.stdin.write("end\n")
    assert below["events"]["oom_kill"] == 1
    assert below["limits"]["swap_max_bytes"] in (0, None)
    assert below["peak_bytes"] is None or below["peak_bytes"] > 15 * MIB
    assert scan_memory(Files())["vmstat"]["oom_kill"] == kills + 1
