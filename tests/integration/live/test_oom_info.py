# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""oom_info against a kill that the test brings about: a process that outgrows the memory limit of its cgroup."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Files
from ansible_collections.fleet.memory.plugins.module_utils._scan.oom import scan_oom

from tests.support.live import through_ansible
from tests.support.return_doc import assert_documented

MIB = 2**20
LIMIT = 24 * MIB
ROOT = Path("/sys/fs/cgroup")
V1 = ROOT / "memory"
COMMAND = b"a) \xff\nhog"
CLOCKS = 30
"""Seconds by which the clock of the kernel's log may have run apart from the host's."""

# Memory is charged to the cgroup that a process is in when it touches it.
HOG = (
    "import sys; open('/proc/self/comm', 'wb').write(bytes.fromhex(sys.argv[1]));"
    "open(sys.argv[2] + '/cgroup.procs', 'w').write('0'); bytearray(100 << 20)"
)


def counted() -> int:
    return int(dict(line.split() for line in Path("/proc/vmstat").read_text().splitlines())["oom_kill"])


class Killed(NamedTuple):
    pid: int
    limit_cgroup: str
    cgroup: str
    after: float
    before: float


def removed(cgroup: Path) -> None:
    # The kernel takes a moment to let go of a process that has ended.
    for _try in range(20):
        try:
            cgroup.rmdir()
            return
        except FileNotFoundError:
            return
        except OSError:
            time.sleep(0.1)
    cgroup.rmdir()


@pytest.fixture(scope="module")
def hierarchy() -> Path:
    """Where memory cgroups can be made."""
    if os.geteuid() != 0:
        pytest.skip("only root can make cgroups")
    if (V1 / "memory.limit_in_bytes").exists():
        return V1
    controllers = ROOT / "cgroup.subtree_control"
    if not controllers.exists() or "memory" not in controllers.read_text().split():
        pytest.skip("no memory controller of cgroups is mounted")
    return ROOT


@pytest.fixture(scope="module")
def killed(hierarchy: Path) -> Iterator[Killed]:
    """One process, killed for the limit of the cgroup above its own."""
    outer = hierarchy / ("fleet-oom,task_memcg=-%d" % os.getpid())
    inner = outer / "in ner"
    try:
        outer.mkdir()
    except OSError as error:
        pytest.skip("no cgroup can be made here: %s" % error)
    try:
        if hierarchy == V1:
            limits = {"memory.limit_in_bytes": LIMIT, "memory.memsw.limit_in_bytes": LIMIT}
        else:
            limits = {"cgroup.subtree_control": "+memory", "memory.max": LIMIT, "memory.swap.max": 0}
        for name, value in limits.items():
            if (outer / name).exists():
                (outer / name).write_text(str(value))
        inner.mkdir()
        after = time.time()
        with subprocess.Popen([sys.executable, "-c", HOG, COMMAND.hex(), str(inner)]) as process:
            try:
                process.wait(60)
            finally:
                process.kill()
        assert process.returncode == -signal.SIGKILL
        path = "/" + str(outer.relative_to(hierarchy))
        yield Killed(process.pid, path, path + "/in ner", after, time.time())
    finally:
        removed(inner)
        removed(outer)


def in_process() -> dict[str, Any]:
    return scan_oom(Files())


def from_the_module() -> dict[str, Any]:
    return through_ansible("oom_info")


@pytest.fixture(scope="module", params=[in_process, from_the_module], ids=["in process", "through ansible"])
def result(request: pytest.FixtureRequest, killed: Killed) -> dict[str, Any]:
    found = request.param()
    kmsg = found["sources"][0]
    if not kmsg["read"]:
        pytest.skip("/dev/kmsg can't be read here: " + kmsg["reason"])
    return found


def test_result_is_what_is_documented(result: dict[str, Any]) -> None:
    assert_documented(result, "oom_info")


def test_the_victim_is_named(result: dict[str, Any], killed: Killed) -> None:
    (kill,) = [kill for kill in result["kills"] if kill["limit_cgroup"] == killed.limit_cgroup]
    assert (kill["victim"], kill["pid"], kill["uid"]) == ("a) \\xff\nhog", killed.pid, 0)
    assert (kill["constraint"], kill["cgroup"]) == ("cgroup", killed.cgroup)
    assert kill["triggered_by"] == {"command": "a) \\xff\nhog"}
    assert kill["boot_id"] == Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    at = time.mktime(time.strptime(kill["at"], "%Y-%m-%dT%H:%M:%SZ")) - time.timezone
    assert killed.after - 1 - CLOCKS <= at <= killed.before + CLOCKS
    assert LIMIT / 2 < kill["anon_rss_bytes"] < 2 * LIMIT
    assert kill["total_vm_bytes"] > 100 * MIB
    assert kill["source"] == "kmsg"


def test_the_log_and_the_count_agree(result: dict[str, Any]) -> None:
    counts = result["counts"]
    assert 1 <= counts["vmstat_oom_kill"] <= counted()
    if result["sources"][0]["lost_lines"]:
        assert counts["kills_logged_this_boot"] + counts["missing_from_log"] >= counts["vmstat_oom_kill"]
    else:
        assert counts["missing_from_log"] == 0
        assert counts["kills_logged_this_boot"] >= counts["vmstat_oom_kill"]


def test_the_kernel_counts_each_kill_once(killed: Killed, hierarchy: Path) -> None:
    """What the reconciliation rests on: one kill, one count. That of the cgroup holds when others are killed too."""
    outer = hierarchy / killed.limit_cgroup[1:]
    name = "memory.oom_control" if hierarchy == V1 else "memory.events"
    counters = dict(line.split() for line in (outer / "in ner" / name).read_text().splitlines())
    assert counters["oom_kill"] == "1"


def test_the_events_stay_with_the_cgroup(killed: Killed, hierarchy: Path) -> None:
    """cgroup_events tells of cgroups that hold processes: one moves in."""
    inner = hierarchy / killed.cgroup[1:]
    with subprocess.Popen(["sleep", "60"]) as sleeper:
        try:
            (inner / "cgroup.procs").write_text(str(sleeper.pid))
            events = {entry["path"]: entry for entry in in_process()["cgroup_events"]}
        finally:
            sleeper.kill()
    assert events[killed.cgroup]["oom_kill"] == 1
    assert (killed.limit_cgroup in events) is (hierarchy != V1)


def test_next_victims_have_the_highest_scores() -> None:
    first = in_process()["next_victims"][0]
    scores = {}
    for path in Path("/proc").glob("[0-9]*/oom_score"):
        try:
            scores[int(path.parent.name)] = int(path.read_text())
        except OSError:
            continue
    assert first["oom_score"] >= max(scores.values()) - 10


def test_an_ordinary_user_still_gets_the_counts(killed: Killed) -> None:
    code = (
        "import json, sys; sys.path[:] = json.loads(sys.argv[1])\n"
        "from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Files\n"
        "from ansible_collections.fleet.memory.plugins.module_utils._scan.oom import scan_oom\n"
        "import os; os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "print(json.dumps(scan_oom(Files())))"
    )
    output = subprocess.run(
        [sys.executable, "-c", code, json.dumps(sys.path)], check=True, capture_output=True, text=True
    ).stdout
    theirs = json.loads(output)
    assert_documented(theirs, "oom_info")
    assert theirs["counts"]["vmstat_oom_kill"] >= 1
    assert theirs["next_victims"]
    if Path("/proc/sys/kernel/dmesg_restrict").read_text() == "1\n":
        assert theirs["sources"][0]["reason"] == "denied"
        assert theirs["counts"]["missing_from_log"] is None
