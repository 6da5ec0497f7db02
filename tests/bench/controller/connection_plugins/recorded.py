# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A connection to hosts that don't exist: it answers every module from a recording.

What is left is what the controller does: templating, forking, packing the module, reading the answer.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ansible.plugins.connection import ConnectionBase

DOCUMENTATION = """
name: recorded
short_description: Answers from a recording
description: Answers M(fleet.memory.snapshot) from a recording and every other module as M(ansible.builtin.ping) would.
author: fleet.memory contributors (@fleet-memory)
options: {}
"""

PONG = b'{"changed": false, "ping": "pong"}'


class Connection(ConnectionBase):
    transport = "recorded"
    has_pipelining = True

    def _connect(self) -> Connection:
        self._connected = True
        return self

    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = True) -> tuple[int, bytes, bytes]:
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        if in_data and b"ansible_collections.fleet.memory.plugins.modules.snapshot" in in_data:
            return 0, Path(os.environ["FLEET_MEMORY_RECORDING"]).read_bytes(), b""
        return 0, PONG if in_data else b"", b""

    def put_file(self, in_path: Any, out_path: Any) -> None:
        super().put_file(in_path, out_path)

    def fetch_file(self, in_path: Any, out_path: Any) -> None:
        super().fetch_file(in_path, out_path)

    def close(self) -> None:
        self._connected = False
