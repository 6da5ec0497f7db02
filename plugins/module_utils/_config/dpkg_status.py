# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/var/lib/dpkg/status: the packages that Debian's package manager has installed.

https://man7.org/linux/man-pages/man1/dpkg.1.html (FILES), https://man7.org/linux/man-pages/man5/deb-control.5.html

    Package: libpam-modules
    Status: install ok installed
    Version: 1.5.2-6+deb12u1
"""

from __future__ import annotations

import re
from typing import Optional, Tuple

_VERSION = re.compile(rb"^Version: (?:\d{1,9}:)?(\d{1,9})\.(\d{1,9})", re.MULTILINE)


def version_of(package: bytes, data: bytes) -> Optional[Tuple[int, int]]:
    """The first two numbers of the version of ``package``; None when it isn't listed. Never raises.

    The file is large and this is the only answer wanted from it, so it isn't parsed as a whole.
    """
    _before, found, rest = (b"\n" + data).partition(b"\nPackage: " + package + b"\n")
    version = _VERSION.search(rest.partition(b"\n\n")[0]) if found else None
    return (int(version.group(1)), int(version.group(2))) if version else None
