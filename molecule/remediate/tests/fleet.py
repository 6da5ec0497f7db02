# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hosts while a remediation runs: begins one, kills it, looks at what it left, makes all as it was."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from .conftest import DROP_IN, HOSTS, RECORDS

SCENARIO = Path(__file__).parents[1]

_MARK = "FLEET_MEMORY_TEST_RUN"
"""A variable of the environment by which all processes of a run are known, also those that have left its group."""

_RESET = f"""
set -eu
rm -rf {DROP_IN} {os.path.dirname(DROP_IN)}/.*.fleet-memory-new {RECORDS}
systemctl daemon-reload
systemctl reset-failed work.service
systemctl restart work.service
"""


class Run:
    """``ansible-playbook`` of one of the collection's playbooks, over all hosts in one batch."""

    def __init__(self, playbook: str, folder: Path, **variables: Any) -> None:
        settings = {
            "memory_audit_report_dir": str(folder / "reports"),
            "memory_limits_restart": True,
            "memory_remediate_settle": 0,
            "memory_remediate_serial": [len(HOSTS)],
            **variables,
        }
        self._mark = f"{_MARK}={secrets.token_hex(8)}"
        self._log = folder / "output.txt"
        self._log.parent.mkdir(parents=True, exist_ok=True)
        self.began = time.monotonic()
        with self._log.open("w") as output:
            self._process = subprocess.Popen(
                [
                    os.path.join(os.path.dirname(sys.executable), "ansible-playbook"),
                    f"fleet.memory.{playbook}",
                    f"--inventory={SCENARIO / 'inventory' / 'hosts.yml'}",
                    f"--extra-vars={json.dumps(settings)}",
                ],
                env={**os.environ, **dict([self._mark.split("=")])},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    @property
    def output(self) -> str:
        return self._log.read_text()

    @property
    def headings(self) -> int:
        """How many plays and tasks it has begun: how far it is, however busy this machine is."""
        return len(re.findall(r"(?m)^(?:PLAY|TASK) \[", self.output))

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    def wait(self) -> int:
        return self._process.wait(timeout=300)

    def kill(self) -> None:
        """The process group. The workers, and what they have started, are not in it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def kill_others(self) -> None:
        while kill(self.others()):
            pass

    def others(self) -> list[int]:
        """The processes of the run that are left on this machine."""
        return [pid for pid in _pids() if self._mark.encode() in _read(f"/proc/{pid}/environ").split(b"\0")]


class Fleet:
    """The containers."""

    def __init__(self) -> None:
        command = ["podman", "inspect", "--format", "{{.State.Pid}}", *HOSTS]
        self.inits = dict(zip(HOSTS, map(int, subprocess.check_output(command, text=True).split())))

    def looks(self) -> dict[str, dict[str, Any]]:
        """What ../files/look.py sees on each host."""
        return {host: json.loads(text) for host, text in self._on_each("python3", "-", given=_script()).items()}

    def reset(self) -> None:
        """Without a remediation's help: the drop-in and the records go, and the service is started anew."""
        self._on_each("sh", "-s", given=_RESET)

    def has_drop_in(self) -> bool:
        """Whether a host has the new file; quick, so that somebody may wait for it."""
        return any(os.path.exists(f"/proc/{init}/root{DROP_IN}") for init in self.inits.values())

    def kill_modules(self) -> None:
        """Whatever runs on the hosts because somebody outside has started it."""
        kill(pid for init in self.inits.values() for pid in _entered(init))

    def wait_until_idle(self, run: Run) -> None:
        """No module runs any more, and no service is between two states."""
        _until(lambda: not run.others() and not any(list(_entered(init)) for init in self.inits.values()))
        moving = ("activating", "deactivating", "reloading")
        _until(lambda: not any(look["service"]["state"] in moving for look in self.looks().values()))

    @staticmethod
    def _on_each(*command: str, given: str) -> dict[str, str]:
        """Run a command on all hosts at once and give its output by host."""
        running = {
            host: subprocess.Popen(
                ["podman", "exec", "--interactive", host, *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for host in HOSTS
        }
        said = {host: process.communicate(given, timeout=120)[0] for host, process in running.items()}
        assert {host: process.returncode for host, process in running.items()} == dict.fromkeys(HOSTS, 0)
        return said


def kill(pids: Iterable[int]) -> bool:
    """Whether there was one left."""
    killed = False
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            killed = True
    return killed


def _script() -> str:
    return (SCENARIO / "files" / "look.py").read_text()


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""


def _entered(init: int) -> Iterator[int]:
    """The processes in the container of ``init`` that came from outside, and their children."""
    inside = {pid for pid in _pids() if _space(pid) == _space(init)}
    parents = {pid: _parent(pid) for pid in inside}
    for pid in inside - {init}:
        ancestor = pid
        while parents.get(ancestor) in inside:
            ancestor = parents[ancestor]
        if ancestor != init:
            yield pid


def _space(pid: int) -> str | None:
    try:
        return os.readlink(f"/proc/{pid}/ns/pid")
    except OSError:
        return None


def _parent(pid: int) -> int:
    fields = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    return int(fields[1]) if fields else 0


def _until(settled: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not settled():
        assert time.monotonic() < deadline, "the hosts don't come to rest"
        time.sleep(0.2)
