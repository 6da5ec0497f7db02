# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes sysctl.d/90-fleet-memory.conf, and takes single lines of other sysctl files out of force and back in.

What isn't the line in question stays as it is, byte for byte: blanks, line ends, bytes that are no UTF-8.
"""

from __future__ import annotations

import re
from typing import Collection, Dict, List, Mapping, Tuple

from .sysctl_conf import parse

OWN_FILE = "/etc/sysctl.d/90-fleet-memory.conf"

HEADER = (
    "# Written by fleet.memory. What is changed by hand here may be replaced by its next run;\n"
    "# settings of your own belong in another file.\n"
)

_OFF = b"#fleet.memory# "
"""Stands before a line that was taken out of force."""

_COPY = b"#fleet.memory# A copy of "
"""Begins a file of /etc that hides a package's file of the same name."""

_LINES = re.compile(rb"[^\r\n\0]*(?:\r\n|[\r\n\0]|\Z)")
_SWAP = str.maketrans("./", "/.")


def declared(data: bytes) -> Dict[str, str]:
    """What a file sets, by path (``vm/swappiness``), the last of two lines for the same."""
    return {setting.name: setting.value for setting in parse(data)[0] if setting.value is not None}


def render(settings: Mapping[str, str]) -> bytes:
    """Our own file; nothing for no settings."""
    if not settings:
        return b""
    lines = ["%s = %s\n" % (name.translate(_SWAP), settings[name]) for name in sorted(settings)]
    return (HEADER + "".join(lines)).encode("utf-8", "surrogateescape")


def line_off(data: bytes, number: int) -> bytes:
    """``data`` with its line ``number`` (from 1, as sysctl_conf counts) made a comment."""
    lines = _lines(data)
    lines[number - 1] = _OFF + lines[number - 1]
    return b"".join(lines)


def lines_back(data: bytes, names: Collection[str]) -> Tuple[bytes, List[int]]:
    """``data`` with the lines for ``names`` in force again that ``line_off`` took out, and their numbers."""
    lines, back = _lines(data), []
    for index, line in enumerate(lines):
        if line.startswith(_OFF) and any(setting.name in names for setting in parse(line[len(_OFF) :])[0]):
            lines[index] = line[len(_OFF) :]
            back.append(index + 1)
    return b"".join(lines), back


def copied(data: bytes, path: str) -> bytes:
    """A copy for /etc of the package's file ``path``."""
    return _COPY + path.encode("utf-8", "surrogateescape") + b"\n" + data


def is_idle_copy(data: bytes) -> bool:
    """Whether this is a copy in which no line is out of force any more, so that it isn't needed."""
    first, _end, rest = data.partition(b"\n")
    return first.startswith(_COPY) and not any(line.startswith(_OFF) for line in _lines(rest))


def _lines(data: bytes) -> List[bytes]:
    return _LINES.findall(data)
