# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""memory_limits_info on this machine, against prlimit, the cgroup files, a real session, and systemd's own tools."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._config.systemd_ini import parse
from ansible_collections.fleet.memory.plugins.module_utils._config.systemd_values import known
from ansible_collections.fleet.memory.plugins.module_utils._procfs import limits
from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Files
from ansible_collections.fleet.memory.plugins.module_utils._scan.limits import scan_limits

from tests.support.live import run, through_ansible
from tests.support.return_doc import assert_documented

MIB = 2**20
V1 = Path("/sys/fs/cgroup/memory")
LIMITS_D = Path("/etc/security/limits.d")

# Memory is charged to the cgroup that a process is in when it touches it.
HOLDER = """
input()
held = bytearray(12 << 20)
print("ready", flush=True)
input()
"""

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def scan(*users: str) -> dict[str, Any]:
    return scan_limits(Files(), users=list(users) or None)


def limits_of(pid: int, result: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    (found,) = [entry["limits"] for entry in result["process_limits"] if pid in entry["pids"]]
    return {name: (limit["soft"], limit["hard"]) for name, limit in found.items()}


@pytest.fixture
def sleeper() -> Iterator[int]:
    """A process with limits of its own."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (3 * 2**30, 4 * 2**30))
        resource.setrlimit(resource.RLIMIT_NOFILE, (111, 222))
        resource.setrlimit(resource.RLIMIT_CPU, (60, resource.RLIM_INFINITY))

    with subprocess.Popen(["sleep", "60"], preexec_fn=limit) as process:
        yield process.pid
        process.kill()


def test_against_prlimit(sleeper: int) -> None:
    mine = limits_of(sleeper, scan())
    assert (mine["AS"], mine["NOFILE"], mine["CPU"]) == ((3 * 2**30, 4 * 2**30), (111, 222), (60, "unlimited"))
    table = run("prlimit", "--pid", str(sleeper), "--raw", "--noheadings", "--output", "RESOURCE,SOFT,HARD")
    rows = [line.split() for line in table.splitlines()]
    assert {name: (str(soft), str(hard)) for name, (soft, hard) in mine.items()} == {
        name: (soft, hard) for name, soft, hard in rows
    }


@needs_root
def test_every_process_against_the_system_call() -> None:
    compared = 0
    for entry in scan()["process_limits"]:
        for pid in entry["pids"]:
            for name, limit in entry["limits"].items():
                number = getattr(resource, "RLIMIT_" + name, None)
                if number is None:
                    continue
                try:
                    pair = resource.prlimit(pid, number)
                except (ProcessLookupError, PermissionError):
                    # Gone meanwhile, or another user's and we lack CAP_SYS_RESOURCE.
                    break
                # The system call speaks of infinity as -1.
                assert [-1 if limit[half] == "unlimited" else limit[half] for half in ("soft", "hard")] == list(pair)
                compared += 1
    assert compared > 100


@pytest.fixture
def limited_v1() -> Iterator[tuple[Path, Path]]:
    """Two v1 memory cgroups, one in the other, with limits."""
    if os.geteuid() != 0 or not (V1 / "memory.limit_in_bytes").exists():
        pytest.skip("needs root and the memory controller of cgroup v1")
    outer = V1 / ("fleet-memory-test-%d" % os.getpid())
    inner = outer / "in ner"
    inner.mkdir(parents=True)
    try:
        (outer / "memory.limit_in_bytes").write_text(str(64 * MIB))
        (outer / "memory.soft_limit_in_bytes").write_text(str(48 * MIB))
        (outer / "memory.swappiness").write_text("7")
        yield outer, inner
    finally:
        inner.rmdir()
        outer.rmdir()


def test_cgroups_against_their_files(limited_v1: tuple[Path, Path]) -> None:
    outer, inner = limited_v1
    with subprocess.Popen([sys.executable, "-c", HOLDER], stdin=-1, stdout=-1, text=True) as process:
        (inner / "cgroup.procs").write_text(str(process.pid))
        process.stdin.write("go\n")
        process.stdin.flush()
        assert process.stdout.readline() == "ready\n"
        found = {cgroup["path"]: cgroup for cgroup in scan()["cgroups"]}
        (inner / "memory.limit_in_bytes").write_text(str(32 * MIB))
        tighter = {cgroup["path"]: cgroup for cgroup in scan()["cgroups"]}
        process.stdin.write("end\n")
    above, below = found["/" + outer.name], found["/%s/%s" % (outer.name, inner.name)]
    assert above["limits"]["max_bytes"] == int((outer / "memory.limit_in_bytes").read_text()) == 64 * MIB
    assert above["limits"]["soft_limit_bytes"] == 48 * MIB
    assert (above["swappiness"], above["limits"]["memory_and_swap_max_bytes"]) == (7, None)
    assert (below["limits"]["max_bytes"], below["effective_max_bytes"], below["binding"]) == (
        None,
        64 * MIB,
        "/" + outer.name,
    )
    assert 12 * MIB <= below["current_bytes"] < 16 * MIB
    assert below["peak_bytes"] >= below["current_bytes"]
    assert above["used_percent"] == pytest.approx(100 * above["current_bytes"] / (64 * MIB), abs=0.01)
    assert tighter[below["path"]]["binding"] == below["path"]
    assert tighter[below["path"]]["effective_max_bytes"] == 32 * MIB
    assert found["/"]["visible_root"]


LINES = """
nobody soft cpu 7
* hard cpu 9
@nogroup - core 10
nobody - core 20
nobody hard stack 4096
* - stack 2048
65534: - sigpending 55
* hard msgqueue 5000
this is bad
nobody soft fsize 999999
nobody hard fsize 111111
"""


@pytest.fixture
def limits_d() -> Iterator[Path]:
    if os.geteuid() != 0 or not LIMITS_D.is_dir():
        pytest.skip("needs root and %s" % LIMITS_D)
    if not any(service["service"] == "su" and service["applies"] for service in scan()["pam"]["services"] or []):
        pytest.skip("su doesn't apply limits.conf here")
    path = LIMITS_D / "zz-fleet-memory-test.conf"
    path.write_text(LINES)
    try:
        yield path
    finally:
        path.unlink()


def real_session(*before: str) -> dict[str, tuple[Any, Any]]:
    return limits.parse(
        run("prlimit", *before, "su", "-s", "/bin/sh", "-c", "cat /proc/self/limits", "nobody").encode()
    )


def test_a_real_session_gets_what_we_say(limits_d: Path) -> None:
    result = scan("nobody")
    (session,) = result["login_sessions"]
    real = real_session("--nofile=1000:1000")
    for item in ("CPU", "CORE", "STACK", "SIGPENDING", "MSGQUEUE", "FSIZE"):
        mine = session["limits"][item]
        assert (mine["soft"], mine["hard"]) == real[item], item
        assert str(limits_d) in mine["source"]
    assert real["CPU"] == (420, 540)
    assert [line["line"] for line in result["pam"]["rejected"] if line["file"] == str(limits_d)] == [10]


def test_a_session_starts_from_what_we_say(limits_d: Path) -> None:
    limits_d.write_text("\n")
    result = scan("nobody")
    hard = limits_of(1, result)["MSGQUEUE"][1]
    given = real_session("--msgqueue=1000:%s" % hard)["MSGQUEUE"][0]
    assert (given != 1000) == result["pam"]["resets"]


def test_systemds_defaults_against_systemd_analyze() -> None:
    files = run("systemd-analyze", "cat-config", "systemd/system.conf")
    theirs = {
        item.key: item.value
        for item in parse(files.encode())
        if item.section == "Manager" and known(item.key) and item.value
    }
    assert {key: decided["raw"] for key, decided in scan()["systemd"]["manager"].items()} == theirs


def test_documentation_and_module() -> None:
    result = through_ansible("memory_limits_info")
    assert_documented(result, "memory_limits_info")
    assert result["changed"] is False
    assert any(entry["limits"]["NOFILE"] for entry in result["process_limits"])


def test_check_mode_and_one_user() -> None:
    result = through_ansible("memory_limits_info", "--check", "-a", "users=root")
    assert [session["user"] for session in result["login_sessions"]] == ["root"]


@needs_root
def test_as_an_ordinary_user() -> None:
    secret = LIMITS_D / "zz-fleet-memory-secret.conf"
    if not LIMITS_D.is_dir() or not Path("/usr/bin/python3").exists():
        pytest.skip("needs %s and a Python for everybody" % LIMITS_D)
    secret.touch(mode=0o600)
    try:
        result = through_ansible(
            "memory_limits_info",
            *("--become", "--become-method", "su", "--become-user", "nobody"),
            *(
                "-e",
                json.dumps({"ansible_become_flags": "-s /bin/sh", "ansible_python_interpreter": "/usr/bin/python3"}),
            ),
        )
    finally:
        secret.unlink()
    assert_documented(result, "memory_limits_info")
    assert result["unread"] == {str(secret): "denied"}
    assert limits_of(1, result) == limits_of(1, scan())
