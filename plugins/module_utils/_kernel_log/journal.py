# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``journalctl --output=json`` prints: one object a line, of this boot and of those before.

https://systemd.io/JOURNAL_EXPORT_FORMATS/#journal-json-format

    {"MESSAGE":"oom-kill:constraint=CONSTRAINT_MEMCG,...","_SOURCE_MONOTONIC_TIMESTAMP":"11252371960",
     "SYSLOG_FACILITY":"0","_BOOT_ID":"04eddd8235034817b34663307a2c59a7",
     "__REALTIME_TIMESTAMP":"1795572077565100", ...}
"""

from __future__ import annotations

import json
import re
from typing import Any, Dict, List, Optional

from .line import Line

_NUMBER = re.compile(r"[0-9]{1,16}\Z")
_BOOT_ID = re.compile(r"([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})\Z")


def _number(value: Any) -> Optional[int]:
    return int(value) if isinstance(value, str) and _NUMBER.match(value) else None


def _message(value: Any) -> Optional[bytes]:
    """A message that isn't UTF-8, or has control characters, comes as a list of its bytes."""
    try:
        return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else bytes(value)
    except (TypeError, ValueError):
        return None


def _line(entry: Dict[str, Any]) -> Optional[Line]:
    message = _message(entry.get("MESSAGE")) if isinstance(entry.get("MESSAGE"), (str, list)) else None
    # Processes can write to the kernel's log as well, but not as facility 0.
    if message is None or entry.get("SYSLOG_FACILITY") != "0":
        return None
    # With hyphens, as the kernel writes it.
    found = _BOOT_ID.match(str(entry.get("_BOOT_ID")))
    return Line(
        message,
        _number(entry.get("_SOURCE_MONOTONIC_TIMESTAMP")),
        _number(entry.get("__REALTIME_TIMESTAMP")),
        "-".join(found.groups()) if found else None,
    )


def parse(data: bytes) -> List[Line]:
    """The kernel's own lines, in the order of ``data``. What is none is passed over: journalctl mixes in remarks."""
    lines = []
    for raw in data.split(b"\n"):
        try:
            entry = json.loads(raw.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            continue
        line = _line(entry) if isinstance(entry, dict) else None
        if line is not None:
            lines.append(line)
    return lines
