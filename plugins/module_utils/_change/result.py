# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shapes that the changing modules have in common in their results."""

from __future__ import annotations

from typing import Any, Dict, Optional

LIVE_VALUES = "live values"
"""Heads the part of a diff that is no file."""


def change(
    scope: str, setting: str, where: str, before: Optional[str], after: Optional[str], restart: Optional[str] = None
) -> Dict[str, Any]:
    """An entry of ``changes``; ``restart`` is the unit that needs one."""
    return {"setting": setting, "scope": scope, "where": where, "from": before, "to": after, "needs_restart": restart}


def texts(header: str, before: str, after: str) -> Dict[str, str]:
    """An entry of ``diff``."""
    return {"before": before, "after": after, "before_header": header, "after_header": header}


def text(content: Optional[bytes]) -> str:
    """A file for a diff. Bytes that are no UTF-8 are replaced."""
    return (content or b"").decode("utf-8", "replace")
