# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Blocks of ``Key:   123 kB`` lines, the shape that /proc/PID/status, smaps and smaps_rollup share."""

from __future__ import annotations

from .._records.unread import Malformed


def kb_lines(block: bytes) -> dict[bytes, int]:
    """Each key, its colon included, with its size in bytes. Raises Malformed when a line has another shape."""
    # Splitting the block into words once is three times as fast as a regular expression per line, and this runs
    # twice for every process of the host.
    words = block.split()
    keys, numbers, units = words[0::3], words[1::3], words[2::3]
    if units != [b"kB"] * len(keys):
        raise Malformed("expected lines of 'Key: number kB'")
    try:
        return dict(zip(keys, [int(number) * 1024 for number in numbers]))
    except ValueError as error:
        raise Malformed(str(error)) from error
