# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The names of systemd units and of the folders whose drop-ins apply to them.

https://www.freedesktop.org/software/systemd/man/latest/systemd.unit.html

    user@1000.service    instance of the template user@.service
    user-1000.slice.d    user-.slice.d    slice.d
"""

from __future__ import annotations

from typing import List, Optional, Tuple

SECTIONS = {
    "service": "Service",
    "slice": "Slice",
    "scope": "Scope",
    "socket": "Socket",
    "mount": "Mount",
    "swap": "Swap",
}
"""The section of a unit file that holds limits, by the unit's type."""


def split(name: str) -> Tuple[str, Optional[str], str]:
    """``(prefix, instance, type)``: ``("getty", "tty1", "service")`` for ``getty@tty1.service``; None without ``@``."""
    stem, _dot, kind = name.rpartition(".")
    prefix, at, instance = stem.partition("@")
    return prefix, instance if at else None, kind


def template(name: str) -> Optional[str]:
    """The template of an instance; None when ``name`` isn't one."""
    prefix, instance, kind = split(name)
    return "%s@.%s" % (prefix, kind) if instance else None


def _shorter(prefix: str) -> Optional[str]:
    cut = prefix[:-1].rfind("-")
    return prefix[: cut + 1] if cut > 0 else None


def drop_in_folders(name: str) -> List[str]:
    """The drop-in folders of one unit, most specific first: of two files of one name the first folder's counts.

    The folder of the whole type (``service.d``) isn't among them, because it ranks behind all of these in every place
    of the search path.
    """
    prefix: Optional[str]
    prefix, instance, kind = split(name)
    folders = []
    while prefix is not None:
        if instance is None:
            folders.append("%s.%s.d" % (prefix, kind))
        else:
            folders.append("%s@%s.%s.d" % (prefix, instance, kind))
            if instance:
                folders.append("%s@.%s.d" % (prefix, kind))
        prefix = _shorter(prefix)
    return folders
