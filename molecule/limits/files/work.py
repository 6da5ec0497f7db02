# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A service that is ready once it has written to HELD_MIB MiB of memory and has opened 100 files."""

from __future__ import annotations

import os
import socket
import time

held = b"x" * (int(os.environ["HELD_MIB"]) << 20)
opened = [os.open(os.devnull, os.O_RDONLY) for _number in range(100)]
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
    manager.sendto(b"READY=1", os.environ["NOTIFY_SOCKET"])
time.sleep(86400)
