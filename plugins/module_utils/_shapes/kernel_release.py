# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The release of a kernel, as uname(2) has it: ``5.10.0-28-amd64``."""

from __future__ import annotations

import re
from typing import Optional, Tuple


def version(release: Optional[str]) -> Optional[Tuple[int, int]]:
    """The first two numbers, to compare with; None where they aren't known."""
    found = re.match(r"(\d{1,3})\.(\d{1,3})", release or "")
    return (int(found.group(1)), int(found.group(2))) if found else None
