# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/etc/os-release: which distribution this is.

https://www.freedesktop.org/software/systemd/man/latest/os-release.html

    PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
    ID=ubuntu
    ID_LIKE="debian"
"""

from __future__ import annotations

import re
from typing import Tuple

from .._records.text import text

_LINE = re.compile(rb"^(ID|ID_LIKE)=([\"']?)([^\"'\n]*)\2[ \t\r]*$", re.MULTILINE)


def parse(data: bytes) -> Tuple[str, ...]:
    """The distribution's id and the ids of those it descends from, ``("ubuntu", "debian")``. Never raises."""
    found = {key: text(words).split() for key, _quote, words in _LINE.findall(data)}
    return tuple(found.get(b"ID", []) + found.get(b"ID_LIKE", []))
