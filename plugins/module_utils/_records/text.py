# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bytes from the host as text that survives JSON.

Names of processes, files and cgroups are any bytes their owner likes. Ansible's answer must be valid UTF-8,
so the escape happens here, once, where bytes leave the scanner.
"""

from __future__ import annotations


def text(raw: bytes) -> str:
    """``raw`` as valid UTF-8 text; a byte that isn't UTF-8 becomes ``\\xNN``."""
    return raw.decode("utf-8", "backslashreplace")
