# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""sysctl.conf and sysctl.d/*.conf: kernel parameters to be set at boot.

https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html and
https://man7.org/linux/man-pages/man5/sysctl.conf.5.html

    vm.swappiness = 10
    -vm/max_map_count = 262144
    net.ipv4.conf.*.rp_filter = 2
    -net.ipv4.conf.all.rp_filter
"""

from __future__ import annotations

import re
from typing import List, NamedTuple, Optional, Tuple

from .._records.text import text

_LINE_END = re.compile(rb"\r\n|[\r\n\0]")
_SWAP = bytes.maketrans(b"./", b"/.")
_MOST_TEXT = 200


class Setting(NamedTuple):
    """One line. ``name`` is the path below /proc/sys, ``vm/swappiness``, and may hold a shell's wildcards.

    ``value`` None is a line ``-name``: it keeps wildcards off that name. ``dash``: the line has a dash in front, which
    with a value only means that failing to set it is no error.
    """

    line: int
    name: str
    value: Optional[str]
    dash: bool


class Rejected(NamedTuple):
    """A line that every loader passes over, why, and (its first 200 bytes of) what it says."""

    line: int
    text: str
    reason: str


def path_of(name: bytes) -> str:
    """``vm.swappiness`` and ``/vm/swappiness`` as ``vm/swappiness``. The first separator says which one separates."""
    first = re.search(rb"[./]", name)
    path = name.translate(_SWAP) if first and first.group() == b"." else name
    return text(re.sub(rb"/+", b"/", path).strip(b"/"))


def parse(data: bytes) -> Tuple[List[Setting], List[Rejected]]:
    """The settings and the lines that are none, in the file's order. Never raises: a file may be empty."""
    settings, rejected = [], []
    for number, raw in enumerate(_LINE_END.split(data), 1):
        line = raw.strip()
        if not line or line[:1] in (b"#", b";"):
            continue
        name, equals, value = line.partition(b"=")
        dash = name.startswith(b"-")
        path = path_of(name[1:].strip() if dash else name.strip())
        if not path:
            rejected.append(Rejected(number, text(line[:_MOST_TEXT]), "no parameter is named"))
        elif equals:
            settings.append(Setting(number, path, text(value.strip()), dash))
        elif dash:
            settings.append(Setting(number, path, None, True))
        else:
            rejected.append(Rejected(number, text(line[:_MOST_TEXT]), "not an assignment"))
    return settings, rejected
