# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads and writes limits.d/90-fleet-memory.conf, the one file of pam_limits that is all this collection's."""

from __future__ import annotations

from typing import Dict, Mapping, Tuple, Union

from .limits_conf import KIB_ITEMS, RLIMIT_ITEMS, parse

OWN_FILE = "/etc/security/limits.d/90-fleet-memory.conf"

HEADER = (
    "# Written by fleet.memory. What is changed by hand here may be replaced by its next run;\n"
    "# lines of your own belong in another file.\n"
)

Key = Tuple[str, str, str]
"""Domain, item, and ``soft``, ``hard`` or, for what has no halves, ``-``."""

Value = Union[int, str, None]


def halves(item: str, kind: str) -> Tuple[str, ...]:
    return ("soft", "hard") if kind == "-" and item in RLIMIT_ITEMS else (kind,)


def declared(data: bytes) -> Dict[Key, Value]:
    """What a file sets, sizes in bytes; of two lines for the same the last."""
    return {
        (entry.domain, entry.item, half): entry.value
        for entry in parse(data)[0]
        if entry.item is not None
        for half in halves(entry.item, entry.type)
    }


def raw(item: str, value: Value) -> str:
    """A value in the file's own unit, which for sizes is KiB."""
    return str(value // 1024) if item in KIB_ITEMS and isinstance(value, int) else str(value)


def render(settings: Mapping[Key, Value]) -> bytes:
    """The file; nothing for no settings. Equal halves share a line."""
    lines = []
    for domain, item, kind in sorted(settings):
        value = settings[domain, item, kind]
        shared = kind in ("soft", "hard") and settings.get((domain, item, "soft")) == settings.get(
            (domain, item, "hard")
        )
        if not shared or kind == "hard":
            lines.append("%s %s %s %s\n" % (domain, "-" if shared else kind, item, raw(item, value)))
    return (HEADER + "".join(lines)).encode("utf-8", "surrogateescape") if lines else b""
