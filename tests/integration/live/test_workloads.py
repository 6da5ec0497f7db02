# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The policies for workloads and real servers: what they say of a limit is what the server makes of it."""

from __future__ import annotations

import os
import pwd
import resource
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.plugin_utils._policy import evaluate, load
from ansible_collections.fleet.memory.plugins.plugin_utils._policy.expressions import trees
from ansible_collections.fleet.memory.plugins.plugin_utils._policy.parameters import Parameters

from tests.support.live import program, run, through_ansible

MIB = 1 << 20


def findings(policy: str) -> dict[str, dict[str, Any]]:
    """What the policy says of this machine now, by rule."""
    rules = load.load([policy], [])
    snapshot = through_ansible("snapshot")
    found = evaluate.judge(rules, trees(rules), snapshot, Parameters(rules, "h", {}, lambda value: value))
    return {finding["rule"]: dict(finding) for finding in found}


def verdicts(policy: str) -> set[str]:
    return {finding["verdict"] for finding in findings(policy).values()}


def limited(item: int, value: int) -> Callable[[], None]:
    """What a child does before it becomes the server: both halves, as a server may raise the soft one itself."""
    return lambda: resource.setrlimit(item, (value, value))


def answer(ask: Callable[[], str]) -> str:
    """What the server says, once it is up."""
    for _try in range(50):
        try:
            return ask()
        except subprocess.CalledProcessError:
            time.sleep(0.1)
    return ask()


@contextmanager
def server(*command: str, **options: Any) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


def alone(*commands: str) -> None:
    for name in commands:
        if subprocess.run(["pgrep", "-x", name], capture_output=True, check=False).returncode == 0:
            pytest.skip(f"{name} runs here already")


@pytest.mark.parametrize(("files", "expected"), [(2000, "fail"), (10100, "pass")])
def test_redis_lowers_maxclients_where_the_policy_fails(files: int, expected: str, tmp_path: Path) -> None:
    redis, socket = program("redis-server"), str(tmp_path / "socket")
    alone("redis-server", "valkey-server")
    assert verdicts("redis") == {"not_applicable"}
    options = ["--port", "0", "--unixsocket", socket, "--save", "", "--dir", str(tmp_path)]
    with server(redis, *options, preexec_fn=limited(resource.RLIMIT_NOFILE, files)):
        clients = answer(lambda: run("redis-cli", "-s", socket, "config", "get", "maxclients")).split()
        found = findings("redis")
    assert (clients == ["maxclients", "10000"]) == (expected == "pass")
    assert found["redis-open-files"]["verdict"] == expected
    assert found["redis-open-files"]["actual"]["soft"] == files
    assert found["redis-swapped-out"]["verdict"] == "pass"


@pytest.mark.skipif(os.getuid() != 0, reason="PostgreSQL has to be started as its own user")
@pytest.mark.parametrize(("stack", "expected"), [(2 * MIB, "fail"), (8 * MIB, "pass")])
def test_postgresql_lowers_max_stack_depth_where_the_policy_fails(stack: int, expected: str) -> None:
    folder = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)
    if folder is None:
        pytest.skip("PostgreSQL is not installed where Debian has it")
    alone("postgres")
    user = pwd.getpwnam("postgres")
    data = Path("/tmp", f"fleet-memory-postgresql-{os.getpid()}")
    data.mkdir(mode=0o700)
    os.chown(data, user.pw_uid, user.pw_gid)
    own = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "cwd": data}
    try:
        subprocess.run([folder / "initdb", "-D", data / "db", "-A", "trust"], check=True, capture_output=True, **own)
        assert verdicts("postgresql") == {"not_applicable"}
        command = [str(folder / "postgres"), "-D", str(data / "db"), "-h", "", "-k", str(data)]
        with server(*command, preexec_fn=limited(resource.RLIMIT_STACK, stack), **own):
            ask = [str(folder / "psql"), "-h", str(data), "-U", "postgres", "-Atc", "show max_stack_depth"]
            shown = answer(lambda: run(*ask)).strip()
            found = findings("postgresql")
    finally:
        shutil.rmtree(data)
    assert (shown == "2MB") == (expected == "pass")
    assert found["postgresql-stack"]["verdict"] == expected
    assert found["postgresql-stack"]["actual"]["soft"] == stack
    assert found["postgresql-open-files"]["verdict"] == "pass"
    # Nothing has set the postmaster apart, and so it has nothing that its children could inherit.
    assert found["postgresql-oom-protected"]["actual"]["oom_score_adj"] == 0
    assert found["postgresql-backends-killable"]["verdict"] == "pass"
