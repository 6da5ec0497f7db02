# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""tmpfiles.d/*.conf, as far as it writes to files of the kernel.

https://www.freedesktop.org/software/systemd/man/latest/tmpfiles.d.html

    w /sys/kernel/mm/transparent_hugepage/enabled - - - - madvise
"""

from __future__ import annotations

from typing import List, NamedTuple

from .._records.text import text

OWN_FILE = "/etc/tmpfiles.d/90-fleet-memory.conf"


class Written(NamedTuple):
    """A line of the type ``w``: ``value`` is what it writes."""

    line: int
    path: str
    value: str


def parse(data: bytes) -> List[Written]:
    """The lines that write, in the file's order. Never raises: a file may be empty."""
    found: List[Written] = []
    for number, raw in enumerate(data.split(b"\n"), 1):
        fields = raw.strip().split(None, 6)
        if len(fields) == 7 and fields[0][:1] == b"w":
            found.append(Written(number, text(fields[1].strip(b'"')), text(fields[6].strip())))
    return found


def render(path: str, value: str) -> bytes:
    """Our own file."""
    head = "# Written by fleet.memory. What is changed by hand here may be replaced by its next run.\n"
    return ("%sw %s - - - - %s\n" % (head, path, value)).encode("ascii")
