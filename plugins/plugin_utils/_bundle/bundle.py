# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scanner of M(fleet.memory.snapshot) as one string.

Ansible sends a module and its module_utils as a zip, in which each of a hundred small files is compressed by itself and
carries its long name twice: 250 KB for each host. Compressed as one they make 50 KB.
"""

from __future__ import annotations

import base64
import bz2
import zlib
from functools import cache

from .closure import closure
from .slim import slim

ENTRY = "_scan.snapshot"


@cache
def _sources() -> bytes:
    """Name, newline, source of each module, NUL between them; the counterpart is module_utils/_bundle/unpack.py."""
    return "\0".join(f"{name}\n{slim(source)}" for name, source in closure(ENTRY).items()).encode()


@cache
def bundle(with_bz2: bool) -> str:
    """The argument ``bundle`` of the module. With zlib, which Ansible itself needs there, it is a fifth larger."""
    packed = bz2.compress(_sources()) if with_bz2 else zlib.compress(_sources(), 9)
    return base64.b85encode(packed).decode("ascii")
