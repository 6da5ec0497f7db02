# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""tuned: its active profile, as far as it sets kernel parameters.

https://github.com/redhat-performance/tuned/blob/master/doc/manual/index.adoc
"""

from __future__ import annotations

import posixpath
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from .._config import tuned_conf
from .._derive.sysctl_sources import Declared
from .._derive.tuned_profile import declared_by, profile_files
from .._procfs import sysctl
from .files import Readings
from .if_present import names_if_present, parsed_if_present

_PROFILES = ("/etc/tuned/profiles", "/etc/tuned", "/usr/lib/tuned/profiles", "/usr/lib/tuned")
_WANTS = "/etc/systemd/system/multi-user.target.wants"
_YES = ("1", "true", "yes", "on")


class Tuned(NamedTuple):
    """``described``: the contract's ``tuned``; ``lines``: what will be in force after the next boot."""

    described: Optional[Dict[str, Any]]
    lines: List[Declared]
    reapplies: bool


def scan_tuned(readings: Readings) -> Tuned:
    """What tuned does on this host; ``described`` is None where it has no active profile."""
    profile = parsed_if_present(readings, "/etc/tuned/active_profile", sysctl.parse_text)
    if profile is None:
        return Tuned(None, [], False)

    def load(name: str, seen: List[str]) -> Optional[Tuple[str, List[tuned_conf.Option]]]:
        for place in _PROFILES:
            path = "%s/%s/tuned.conf" % (place, posixpath.basename(name))
            options = None if path in seen else parsed_if_present(readings, path, tuned_conf.parse)
            if options is not None:
                return path, options
        return None

    files = profile_files(profile.split(), load)
    settings = parsed_if_present(readings, "/etc/tuned/tuned-main.conf", tuned_conf.parse) or []
    reapply = next((o.value for o in reversed(settings) if o.name == "reapply_sysctl"), "1").lower() in _YES
    enabled = "tuned.service" in names_if_present(readings, _WANTS)
    described = {
        "profile": profile,
        "active": _runs(readings),
        "enabled": enabled,
        "reapply_sysctl": reapply,
        "files": [path for path, _options in files],
    }
    lines = declared_by(files) if enabled else []
    return Tuned(described, lines, bool(lines) and reapply)


def _runs(readings: Readings) -> bool:
    pid = parsed_if_present(readings, "/run/tuned/tuned.pid", sysctl.parse)
    return isinstance(pid, int) and "tuned" in (
        parsed_if_present(readings, "/proc/%d/comm" % pid, sysctl.parse_text) or ""
    )
