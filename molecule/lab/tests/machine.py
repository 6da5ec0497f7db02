# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab as this machine sees it, which can look into its containers: runs it, finds its processes, kills them."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from .conftest import HOSTS

SCENARIO = Path(__file__).parents[1]

PROGRAMS = os.path.dirname(sys.executable)

INVENTORY = f"--inventory={SCENARIO / 'inventory' / 'hosts.yml'}"

CGROUPS = Path("/sys/fs/cgroup/memory")
"""Of cgroup v1, which the hosts share with this machine."""

_ENVIRONMENT = {
    **os.environ,
    "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default",
    "ANSIBLE_LOAD_CALLBACK_PLUGINS": "false",
}


class Run:
    """A command of Ansible in a session of its own, which can be killed with all that it has started here."""

    def __init__(self, program: str, *arguments: str) -> None:
        # In the environment of all its processes, also of those that leave its session.
        self._mark = f"FLEET_MEMORY_TEST_RUN={secrets.token_hex(8)}"
        self._process = subprocess.Popen(
            [os.path.join(PROGRAMS, program), *arguments, INVENTORY],
            env={**_ENVIRONMENT, **dict([self._mark.split("=")])},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    def result(self) -> tuple[int, str]:
        """Exit code and output, when it has ended."""
        output, _nothing = self._process.communicate(timeout=120)
        return self._process.returncode, output

    def kill(self) -> None:
        """With SIGKILL: the process, its workers, and its ends of what runs on the hosts."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        while kill(pid for pid in _pids() if self._mark.encode() in _read(pid, "environ").split(b"\0")):
            pass
        self._process.communicate()


def course(**variables: Any) -> Run:
    """``ansible-playbook fleet.memory.lab``, from the lesson on leaks on, which takes three intervals."""
    where = ("--tags=concepts", "--start-at-task=Concept: A leak")
    return Run("ansible-playbook", "fleet.memory.lab", *where, f"--extra-vars={json.dumps(variables)}")


def module(hosts: str, **arguments: Any) -> Run:
    """The module alone: ``ansible HOSTS -m fleet.memory.lab``."""
    return Run("ansible", hosts, "--module-name=fleet.memory.lab", f"--args={json.dumps(arguments)}")


class Host:
    """A container: its processes by the numbers that this machine has for them."""

    def __init__(self, name: str) -> None:
        self.name = name
        init = subprocess.check_output(["podman", "inspect", "--format", "{{.State.Pid}}", name], text=True)
        self._space = os.readlink(f"/proc/{int(init)}/ns/pid")

    def children(self) -> list[int]:
        """The lab's: no other process of the hosts is the first to be killed."""
        return [pid for pid in self._inside() if _read(pid, "oom_score_adj").strip() == b"1000"]

    def holds(self, size: int) -> bool:
        """Whether one of the lab's processes holds so much RAM."""
        return any(_kib(pid, b"VmRSS") << 10 >= size for pid in self.children())

    def modules(self) -> list[int]:
        """Who has started them."""
        return [_parent(pid) for pid in self.children()]

    def known_here(self, pid: int) -> list[int]:
        """This machine's number for a process that has another one inside."""
        return [each for each in self._inside() if _status(each, b"NSpid").split()[-1:] == [str(pid).encode()]]

    def _inside(self) -> Iterator[int]:
        for pid in _pids():
            with contextlib.suppress(OSError):
                if os.readlink(f"/proc/{pid}/ns/pid") == self._space:
                    yield pid


def all_hosts() -> list[Host]:
    return [Host(name) for name in HOSTS]


def kill(pids: Iterable[int]) -> bool:
    """Whether there was one left."""
    killed = False
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            killed = True
    return killed


def until(settled: Callable[[], Any], run: Run | None = None, seconds: float = 60) -> None:
    """Wait, and fail after a while, or when ``run`` has ended before."""
    deadline = time.monotonic() + seconds
    while not settled():
        assert time.monotonic() < deadline, "it doesn't come to that"
        assert run is None or not run.ended, run and run.result()
        time.sleep(0.005)


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _read(pid: int, name: str) -> bytes:
    try:
        return Path("/proc", str(pid), name).read_bytes()
    except OSError:
        return b""


def _status(pid: int, key: bytes) -> bytes:
    lines = (line.partition(b":") for line in _read(pid, "status").splitlines())
    return next((value for name, _colon, value in lines if name == key), b"")


def _kib(pid: int, key: bytes) -> int:
    return int(_status(pid, key).split()[0]) if _status(pid, key) else 0


def _parent(pid: int) -> int:
    return int(_status(pid, b"PPid") or 0)
