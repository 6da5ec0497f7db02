# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/proc/sys/...: a kernel parameter.

https://docs.kernel.org/admin-guide/sysctl/vm.html

    60
    256	256	32	0	0
    Node
"""

from __future__ import annotations

import re
from typing import Union

from .._records.text import text
from .._records.unread import Malformed

_NUMBER = re.compile(r"-?[0-9]{1,20}\Z")


def parse_text(data: bytes) -> str:
    """The parameter as text with single spaces between its words. Raises Malformed when empty."""
    words = data.split()
    if not words:
        raise Malformed("an empty kernel parameter")
    return text(b" ".join(words))


def parse(data: bytes) -> Union[int, str]:
    """A single number as int, anything else as ``parse_text`` gives it. Raises Malformed when empty."""
    value = parse_text(data)
    return int(value) if _NUMBER.match(value) else value
