# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a value is null: the snapshot keeps the reason next to the files it could not read."""

from __future__ import annotations

import re
from typing import Any

_EXAMPLES = 3

_KEY = re.compile(r'"([^"]+)"|(\w+)')


def why_unknown(needs: list[str], snapshot: dict[str, Any]) -> str:
    """One sentence that names each need and, where the snapshot tells, the files and reasons behind it."""
    return "; ".join(f"{need} is unknown{_because(need, snapshot)}" for need in needs)


def _because(need: str, snapshot: dict[str, Any]) -> str:
    section, *keys = (quoted or bare for quoted, bare in _KEY.findall(need))
    content = snapshot.get(section)
    if not isinstance(content, dict):
        return f" (the snapshot has no {section})"
    # The processes section counts by reason, the others tell file by file.
    unread = content.get("unread") or (content.get("coverage") or {}).get("unread") or {}
    folders = [key.replace(".", "/") for key in keys]
    named = {file: reason for file, reason in unread.items() if any(f"/{folder}" in file for folder in folders)}
    told = [f"{file} {reason}" for file, reason in (named or unread).items()]
    if not told:
        return ""
    more = f" and {len(told) - _EXAMPLES} more" if len(told) > _EXAMPLES else ""
    return f" ({', '.join(told[:_EXAMPLES])}{more})"
