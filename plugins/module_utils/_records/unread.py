# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a figure is unknown.

A figure that could not be read is null with one of these reasons. It is never 0 and never left out silently.
"""

from __future__ import annotations

DENIED = "denied"
"""The kernel refused: the audit runs without the needed privilege (EACCES, EPERM)."""

UNSUPPORTED = "unsupported"
"""This kernel, distribution or container doesn't offer the file (ENOENT, EOPNOTSUPP, EINVAL)."""

VANISHED = "vanished"
"""The process or cgroup ended while it was read (ESRCH, or its folder is gone)."""

SKIPPED_BUDGET = "skipped_budget"
"""The audit's time budget was used up before this was read."""

SKIPPED_PRECISION = "skipped_precision"
"""Enough was known without it: what it could add is below the precision that was asked for."""

MALFORMED = "malformed"
"""The file was read, but its content isn't what the kernel's documentation says."""

REASONS = (DENIED, UNSUPPORTED, VANISHED, SKIPPED_BUDGET, SKIPPED_PRECISION, MALFORMED)


class Unread(Exception):
    """A file could not be read. ``path`` is the file, ``reason`` one of REASONS."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__("%s: %s" % (path, reason))
        self.path = path
        self.reason = reason


class Malformed(ValueError):
    """The only error that a parser raises: the bytes are not the file that the parser is for."""
