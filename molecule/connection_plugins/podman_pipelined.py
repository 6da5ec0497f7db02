# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""containers.podman.podman, with pipelining: one call of podman for a module in place of five or more.

The scenarios run hundreds of modules, and containers.podman can't pipeline before 1.18.1.
"""

from __future__ import annotations

import shlex

from ansible.errors import AnsibleConnectionFailure
from ansible_collections.containers.podman.plugins.connection import podman

DOCUMENTATION = r"""
name: podman_pipelined
short_description: Run modules in a container of podman, with pipelining
author: fleet.memory contributors
description: As containers.podman.podman.
options:
  remote_addr:
    description: Name of the container.
    default: inventory_hostname
    vars:
      - name: inventory_hostname
      - name: ansible_host
  remote_user:
    description: Who runs the modules in it.
    vars:
      - name: ansible_user
  podman_executable:
    description: The program.
    default: podman
  podman_extra_args:
    description: Options for it.
    default: ""
  pipelining:
    description: Whether a module comes in on the standard input of its interpreter.
    default: true
    type: bool
    vars:
      - name: ansible_pipelining
"""


PODMAN_FAILED = 125
"""Its exit code when there is no such container, or none that runs; all others are those of the command."""


class Connection(podman.Connection):
    """What is given to the command comes in on its standard input. Files are brought by ``podman cp``."""

    transport = "podman_pipelined"
    has_pipelining = True

    def _connect(self) -> Connection:
        self._connected = True
        return self

    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = False) -> tuple[int, bytes, bytes]:
        user = ["--user", self.user] if self.user else []
        code, output, errors = self._podman(["exec", "--interactive", *user], shlex.split(cmd), in_data or b"")
        if code == PODMAN_FAILED and errors.startswith(b"Error: "):
            raise AnsibleConnectionFailure(errors.decode(errors="replace").strip())
        return code, output, errors
