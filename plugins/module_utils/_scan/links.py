# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Symbolic links, followed by hand.

A link may be absolute, and is then meant from the root that is being read, not from the reader's own.
"""

from __future__ import annotations

import posixpath
from typing import Optional

from .._records.text import text
from .._records.unread import Unread
from .files import Files

_MOST_LINKS = 8


def link_target(files: Files, path: str) -> Optional[str]:
    """Where the symbolic link ``path`` leads, one step; None when it is no link."""
    try:
        target = text(files.link(path))
    except Unread:
        return None
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), target))


def resolved(files: Files, path: str) -> str:
    """``path`` behind all links that it is itself; links in its folders are the kernel's business."""
    for _step in range(_MOST_LINKS):
        target = link_target(files, path)
        if target is None:
            break
        path = target
    return path
