# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads and writes 90-fleet-memory.conf, the drop-in of this collection for a unit or for systemd's managers."""

from __future__ import annotations

import re
from typing import Dict, Mapping, Optional

from .systemd_ini import parse

FILE = "90-fleet-memory.conf"

HEADER = (
    "# Written by fleet.memory. What is changed by hand here may be replaced by its next run;\n"
    "# settings of your own belong in another drop-in.\n"
)

_UNIT_FILE = re.compile(r"/etc/systemd/system/([^/]+)\.d/[^/]+")


def unit_file(unit: str) -> str:
    return "/etc/systemd/system/%s.d/%s" % (unit, FILE)


def unit_of(path: str) -> Optional[str]:
    """The unit that a drop-in of /etc is for; None for another file."""
    found = _UNIT_FILE.fullmatch(path)
    return found.group(1) if found else None


def manager_file(manager: str) -> str:
    """``manager``: ``system`` or ``user``."""
    return "/etc/systemd/%s.conf.d/%s" % (manager, FILE)


def declared(data: bytes, section: str) -> Dict[str, str]:
    return {each.key: each.value for each in parse(data) if each.section == section}


def render(section: str, settings: Mapping[str, str]) -> bytes:
    """The file; nothing for no settings."""
    if not settings:
        return b""
    lines = "".join("%s=%s\n" % (key, settings[key]) for key in sorted(settings))
    return ("%s[%s]\n%s" % (HEADER, section, lines)).encode("utf-8", "surrogateescape")
