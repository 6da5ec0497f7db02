# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files that declare kernel parameters, and the program that reads them at boot.

https://www.freedesktop.org/software/systemd/man/latest/systemd-sysctl.service.html and
https://man7.org/linux/man-pages/man8/sysctl.8.html (``--system``)
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from .._config import sysctl_conf
from .._derive.mounts import writable
from .._derive.sysctl_sources import Declared, has_wildcards
from .._procfs import sysctl
from .._procfs.mountinfo import Mount
from .files import Files, Readings
from .if_present import names_if_present, parsed_if_present
from .links import link_target, resolved
from .sysctl import FROM_SOME_KERNELS, WELL_KNOWN
from .unit_files import SEARCH_PATH

SYSCTL_CONF = "/etc/sysctl.conf"

_FOLDERS = ("/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d")
_OF_INTEREST = frozenset(WELL_KNOWN + FROM_SOME_KERNELS)
_NAME = re.compile(r"vm/[a-z0-9_-]{1,64}\Z")


def bears_on_memory(name: str) -> bool:
    """Whether the parameter ``name`` (``vm/swappiness``) is one that is told of."""
    return name in _OF_INTEREST or _NAME.match(name) is not None


class Folders(NamedTuple):
    """``files``: those that count, in order; ``masked``: ``(file, the file that hides it)``.

    ``passed_over``: the administrator's that no loader reads, for want of ``.conf`` at their end.
    """

    files: List[str]
    masked: List[Tuple[str, str]]
    passed_over: List[str]


def scan_folders(readings: Readings, hidden_too: bool) -> Folders:
    """The sysctl.d folders. ``hidden_too``: files with a dot in front count, as procps has it."""
    # Where /lib isn't a link to /usr/lib, it is a place of its own.
    places = _FOLDERS if link_target(readings.files, "/lib") else (*_FOLDERS, "/lib/sysctl.d")
    chosen: Dict[str, str] = {}
    masked: List[Tuple[str, str]] = []
    passed_over: List[str] = []
    for place in places:
        for name in names_if_present(readings, place):
            path = "%s/%s" % (place, name)
            if not name.endswith(".conf"):
                passed_over.append(path)
            elif name in chosen:
                masked.append((path, chosen[name]))
            elif hidden_too or not name.startswith("."):
                chosen[name] = path
    own = [path for path in passed_over if path.startswith(_FOLDERS[0])]
    return Folders([chosen[name] for name in sorted(chosen)], masked, own)


def _names(files: Files, folder: str) -> Sequence[str]:
    return names_if_present(Readings(files), folder)


def _starts(files: Files, unit: str) -> bool:
    """Whether systemd has the unit and it isn't masked."""
    for place in (*SEARCH_PATH, "/lib/systemd/system"):
        if unit in _names(files, place):
            return resolved(files, "%s/%s" % (place, unit)) != "/dev/null"
    return False


def scan_loader(files: Files, mounts: Sequence[Mount]) -> Optional[str]:
    """What sets parameters at boot: ``systemd-sysctl``, ``procps``, ``both``; None when nothing known does."""
    if writable(mounts, "/proc/sys/net") is False:
        # A condition of systemd-sysctl.service: the parameters are those of another system.
        return None
    if "system" in _names(files, "/run/systemd"):
        loaders = ["systemd-sysctl"] if _starts(files, "systemd-sysctl.service") else []
        # The generator makes a unit of the script only where procps.service isn't systemd-sysctl.service's other name.
        if "procps.service" in _names(files, "/run/systemd/generator.late") and _starts(files, "procps.service"):
            loaders.append("procps")
        return "both" if len(loaders) == 2 else loaders[0] if loaders else None
    # Debian has the script and its link whatever runs as PID 1.
    init = parsed_if_present(Readings(files), "/proc/1/comm", sysctl.parse_text) == "init"
    return "procps" if init and any(re.match(r"S\d\dprocps\Z", name) for name in _names(files, "/etc/rcS.d")) else None


class SysctlLines:
    """Reads sysctl files, each once: their lines that bear on memory, and in ``rejected`` those that are none."""

    def __init__(self, readings: Readings) -> None:
        self._readings = readings
        self._read: Dict[str, List[Declared]] = {}
        self.rejected: List[Dict[str, Any]] = []

    def of(self, path: str, counts: bool = True) -> List[Declared]:
        """The lines of ``path``. ``counts``: what is wrong in a file that nobody reads is not reported."""
        if path not in self._read:
            real = resolved(self._readings.files, path)
            parsed = None if real == "/dev/null" else parsed_if_present(self._readings, real, sysctl_conf.parse)
            settings, rejected = parsed or ([], [])
            if counts:
                self.rejected.extend(dict(line._asdict(), file=path) for line in rejected)
            self._read[path] = [
                Declared(path, *setting)
                for setting in settings
                if bears_on_memory(setting.name) or has_wildcards(setting.name)
            ]
        return self._read[path]
