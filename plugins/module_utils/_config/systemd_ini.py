# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The syntax that systemd's unit files, drop-ins, system.conf and user.conf share.

https://www.freedesktop.org/software/systemd/man/latest/systemd.syntax.html

    [Service]
    # a comment
    LimitNOFILE=65536
"""

from __future__ import annotations

from typing import List, NamedTuple

from .._records.text import text


class Assignment(NamedTuple):
    """``key=value`` at ``line`` in ``[section]``. An empty value resets the key to its default."""

    line: int
    section: str
    key: str
    value: str


def parse(data: bytes) -> List[Assignment]:
    """The assignments in the file's order. Never raises: what isn't one is left out, as systemd does."""
    assignments: List[Assignment] = []
    section, started, pending = "", 0, b""
    for number, raw in enumerate(data.split(b"\n"), 1):
        line = raw.strip()
        if line.startswith((b"#", b";")):
            # A comment in the middle of a continued line doesn't end it.
            continue
        started = started if pending else number
        line = pending + line
        pending = b""
        if line.endswith(b"\\"):
            pending = line[:-1] + b" "
        elif line.startswith(b"[") and line.endswith(b"]"):
            section = text(line[1:-1])
        else:
            key, equals, value = line.partition(b"=")
            if equals:
                assignments.append(Assignment(started, section, text(key.strip()), text(value.strip())))
    return assignments
