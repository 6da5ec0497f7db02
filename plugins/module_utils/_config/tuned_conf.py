# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""tuned's own files: a profile's tuned.conf, and tuned-main.conf, which has no section.

https://github.com/redhat-performance/tuned/blob/master/doc/manual/assembly_creating-a-tuned-profile.adoc

    [main]
    include=throughput-performance
    [sysctl]
    vm.swappiness = 10   # a comment
"""

from __future__ import annotations

import re
from typing import List, NamedTuple

from .._records.text import text

_COMMENT = re.compile(rb"(?:^|[ \t])#.*")


class Option(NamedTuple):
    """``name = value`` at ``line`` in ``[section]``; before the first section that is empty."""

    line: int
    section: str
    name: str
    value: str


def parse(data: bytes) -> List[Option]:
    """The options in the file's order. Never raises: what isn't one is left out."""
    options: List[Option] = []
    section = ""
    for number, raw in enumerate(data.split(b"\n"), 1):
        line = _COMMENT.sub(b"", raw).strip()
        if line.startswith(b"[") and line.endswith(b"]"):
            section = text(line[1:-1])
        elif line[:1] != b";":
            name, equals, value = line.partition(b"=")
            if equals and name.strip():
                options.append(Option(number, section, text(name.strip()), text(value.strip().strip(b"\"'"))))
    return options
