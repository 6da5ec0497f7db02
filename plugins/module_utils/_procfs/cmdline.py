# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/proc/cmdline: what the boot loader passed to the kernel.

https://docs.kernel.org/admin-guide/kernel-parameters.html

    BOOT_IMAGE=/vmlinuz root=/dev/vda1 ro sysctl.vm.swappiness=10 hugepagesz=2M hugepages=64
"""

from __future__ import annotations

import re
from typing import Dict, List, Optional, Tuple

from .._records.text import text

Word = Tuple[str, str]

# A quoted part may hold blanks; the quotes are no part of the value.
_WORD = re.compile(rb'(?:[^\s"]|"[^"]*(?:"|$))+')
_SIZE = re.compile(r"([0-9]{1,19})([KMGT]?)\Z", re.IGNORECASE)
_COUNT = re.compile(r"[0-9]{1,19}\Z")
_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


def parse(data: bytes) -> List[Word]:
    """``[(name, value), ...]`` in order, without what is meant for init behind ``--``. Never raises."""
    words = []
    for raw in _WORD.findall(data):
        if raw == b"--":
            break
        name, _equals, value = raw.replace(b'"', b"").partition(b"=")
        words.append((text(name), text(value)))
    return words


def sysctls(words: List[Word]) -> List[Tuple[str, str]]:
    """``[("vm/swappiness", "10"), ...]``: the parameters that the kernel, since 5.8, sets before it starts init."""
    prefixes = ("sysctl.", "sysctl/")
    return [(name[7:].replace(".", "/"), value) for name, value in words if name.startswith(prefixes) and value]


def _size_bytes(word: str) -> Optional[int]:
    found = _SIZE.match(word)
    return int(found.group(1)) * _UNITS[found.group(2).upper()] if found else None


def _pages(word: str) -> Optional[int]:
    """``64``, or by NUMA node ``0:32,1:32``."""
    counts = [part.rpartition(":")[2] for part in word.split(",")]
    return sum(map(int, counts)) if all(map(_COUNT.match, counts)) else None


def default_hugepages(words: List[Word], default_bytes: Optional[int]) -> Optional[int]:
    """How many pages of the default size, ``default_bytes``, are asked for, as vm.nr_hugepages counts them.

    ``hugepages=`` is about the size that a ``hugepagesz=`` before it names, without one about the default. None when
    nothing is asked for.
    """
    asked: Dict[Optional[int], Optional[int]] = {}
    size = default_bytes
    for name, value in words:
        if name == "hugepagesz":
            size = _size_bytes(value)
        elif name == "hugepages":
            asked[size] = _pages(value)
    return asked.get(default_bytes)
