# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the formats of CI systems share: how grave a finding is, what it says, and where it stands."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Any

from .printable import printable

LONGEST = 1000
"""Characters of a message: a host chooses what is in it, and may have chosen a megabyte. report.json has all of it."""

_GRAVITY = {"critical": 2, "high": 2, "medium": 1, "low": 0, "info": 0}


def gravity(severity: str) -> int:
    """CI systems know three levels: 0 is a note, 1 a warning, 2 an error."""
    return _GRAVITY[severity]


def clean(text: Any) -> str:
    """``text`` in one line that every format can hold: no control characters, no halves of characters."""
    return printable(str(text), LONGEST)


def words(finding: Mapping[str, Any], rule: Mapping[str, Any]) -> str:
    """What the finding says; never empty, which SARIF and GitHub would refuse."""
    return clean(finding["message"]).strip() or clean(rule.get("title") or finding["rule"])


def remedy(rule: Mapping[str, Any]) -> str:
    """What to do about a finding of ``rule``. Runs of fleet.memory 0.1 have it as a mere text."""
    remediation = rule.get("remediation") or ""
    return clean(remediation["text"] if isinstance(remediation, dict) else remediation)


def waived(waiver: Mapping[str, Any]) -> str:
    """``waived by db-team until 2026-12-31: migration in December``."""
    return f"waived by {clean(waiver['owner'])} until {clean(waiver['expires'])}: {clean(waiver['reason'])}"


def place(host: str, location: Mapping[str, Any] | None) -> tuple[list[str], int | None]:
    """Where a finding stands: the names on the path, and the line.

    The path begins with the host, so that /etc/sysctl.conf of two hosts are two files; without a location it is the
    host alone. It never leads out of the host's own folder, whatever the host says.
    """
    name = clean(host).replace("/", "_")
    parts = [name if name.strip(".") else "_"]  # "." and ".." are no names
    if not location or not isinstance(location.get("file"), str):
        return parts, None
    parts += filter(None, posixpath.normpath("/" + clean(location["file"])).split("/"))
    line = location.get("line")
    return parts, line if isinstance(line, int) and line is not True and line > 0 else None
