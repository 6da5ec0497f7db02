# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A guest with its own kernel: booted by QEMU, spoken to by ssh and Ansible over the loopback device."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
ANSIBLE = Path(sys.executable).with_name("ansible")
PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")
BOOT_SECONDS = 240
"""Thirty are usual with emulation; CI is slow and busy."""

# KVM is faster where it works. Emulation works everywhere.
ACCELERATOR = os.environ.get("FLEET_MEMORY_ACCEL", "tcg,thread=multi,tb-size=256")

DRIVE = "if=virtio,format=raw,snapshot=on"

SSH_CONFIG = """\
Host *
  HostName 127.0.0.1
  Port {port}
  User root
  IdentityFile "{key}"
  IdentitiesOnly yes
  StrictHostKeyChecking no
  UserKnownHostsFile /dev/null
  LogLevel ERROR
  ConnectTimeout 10
  ControlMaster auto
  ControlPath "{folder}/%r"
  ControlPersist yes
"""


class Play(NamedTuple):
    """How a playbook ended: its exit code, each task's result (with ``task``, its module), and all that was said."""

    code: int
    results: list[dict[str, Any]]
    said: str

    def result(self, module: str) -> dict[str, Any]:
        """The one of fleet.memory's ``module``."""
        (found,) = [each for each in self.results if each["task"] == f"fleet.memory.{module}"]
        return found


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Guest:
    """Begins to boot when it is made; ``wait`` until it answers. Its disks are thrown away with it."""

    def __init__(self, suite: str, image: Path, folder: Path) -> None:
        """``image`` is what image.sh has made; ``folder`` takes the guest's own files. Sockets want its path short."""
        self.suite = suite
        self.folder = folder
        self.console = folder / "console.log"
        port = free_port()
        self._config = folder / "ssh_config"
        self._config.write_text(SSH_CONFIG.format(port=port, key=image / "key", folder=folder))
        self._inventory = ("-i", "guest,", "-e", "ansible_python_interpreter=/usr/bin/python3")
        self._environment = {
            # Without the settings of whoever runs the tests.
            **{name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")},
            "ANSIBLE_HOME": str(folder),
            "ANSIBLE_NOCOLOR": "true",
            "ANSIBLE_PIPELINING": "true",
            "ANSIBLE_SSH_ARGS": f"-F {self._config}",
            "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback_plugins"),
        }
        self._qemu = subprocess.Popen(
            [
                "qemu-system-x86_64",
                *("-machine", "q35", "-accel", ACCELERATOR, "-cpu", "max", "-smp", "2", "-m", "512"),
                *("-nodefaults", "-display", "none", "-serial", f"file:{self.console}"),
                *("-kernel", image / "vmlinuz", "-initrd", image / "initrd", "-append"),
                "root=/dev/vda rw quiet console=ttyS0 net.ifnames=0 fsck.mode=skip mitigations=off psi=1",
                *("-drive", f"file={image}/disk.img,{DRIVE}", "-drive", f"file={image}/swap.img,{DRIVE}"),
                *("-netdev", f"user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:{port}-:22"),
                *("-device", "virtio-net-pci,netdev=net"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=(folder / "qemu.log").open("w"),
            stderr=subprocess.STDOUT,
        )

    def wait(self) -> None:
        """Returns when all of its units have started."""
        end = time.monotonic() + BOOT_SECONDS
        while self._ssh("systemctl is-system-running --wait").returncode == 255:
            if self._qemu.poll() is not None:
                raise AssertionError("QEMU ended: " + (self.folder / "qemu.log").read_text())
            if time.monotonic() > end:
                raise AssertionError("no answer by ssh; its console:\n" + self.console.read_text(errors="replace"))
            time.sleep(1)

    def reboot(self) -> None:
        """Returns when all of its units have started again. What is on its disks stays."""
        boot_id = "cat /proc/sys/kernel/random/boot_id"
        before = self.run(boot_id)
        self._ssh("systemctl reboot")
        for connection in filter(Path.is_socket, self.folder.iterdir()):
            # Nobody answers at its other end any more.
            self._ssh("", connection.name, options=("-O", "exit"))
        end = time.monotonic() + BOOT_SECONDS
        while self._ssh(boot_id).stdout in ("", before):
            if time.monotonic() > end:
                raise AssertionError("no reboot; its console:\n" + self.console.read_text(errors="replace"))
            time.sleep(1)
        self.wait()

    def stop(self) -> None:
        self._qemu.kill()
        self._qemu.wait()

    def _ssh(
        self, command: str, user: str = "root", standard_input: str = "", options: tuple[str, ...] = ()
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["ssh", "-F", self._config, "-l", user, *options, "guest", command],
            input=standard_input,
            capture_output=True,
            text=True,
            errors="surrogateescape",
            timeout=300,
            check=False,
        )

    def run(self, command: str, user: str = "root", standard_input: str = "") -> str:
        """Runs the shell command in the guest; what it printed."""
        done = self._ssh(command, user, standard_input)
        assert done.returncode == 0, f"{command}: {done.returncode}: {done.stderr[-2000:]}"
        return done.stdout

    def new_login(self, command: str, user: str) -> str:
        """The same, in a session that has just been opened."""
        done = self._ssh(command, user, options=("-o", "ControlPath=none"))
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def playbook(self, playbook: str, *options: str, **variables: Any) -> Play:
        """A run of the collection's playbook, or of one in a file, over this guest."""
        answer = subprocess.run(
            [PLAYBOOK, playbook, *self._inventory, "-u", "root", "-e", json.dumps(variables), *options],
            cwd=self.folder,
            env=self._environment | {"ANSIBLE_STDOUT_CALLBACK": "results"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        # The project's own plugins print what they have to say, too.
        results = [json.loads(line) for line in answer.stdout.splitlines() if line.startswith("{")]
        return Play(answer.returncode, results, answer.stdout[-6000:] + answer.stderr[-2000:])

    def module(self, name: str, user: str = "root", **arguments: Any) -> dict[str, Any]:
        """What the collection's module returned from the guest."""
        answer = subprocess.run(
            [
                *(ANSIBLE, "guest", *self._inventory, "-u", user, "-m", f"fleet.memory.{name}"),
                *(("-a", json.dumps(arguments)) if arguments else ()),
            ],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        headline, _arrow, result = answer.stdout.partition(" => ")
        assert headline in ("guest | SUCCESS", "guest | CHANGED"), answer.stdout[-4000:] + answer.stderr[-4000:]
        return json.loads(result)
