# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What PAM's configuration says about the limits of login sessions.

https://man7.org/linux/man-pages/man8/pam_limits.8.html
"""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from .._config import dpkg_status, limits_conf, os_release, pam_stack
from .._derive.pam_limits import Line, winners
from .._derive.pam_services import Module, session_modules
from .files import Readings
from .if_present import names_if_present, parsed_if_present

# /usr/etc and /usr/share/pam are where distributions put the files that an administrator overrides in /etc.
_LIMITS_PATH = ("/etc/security", "/usr/etc/security", "/usr/share/pam/security")
_SERVICES_PATH = ("/etc/pam.d", "/usr/lib/pam.d", "/usr/etc/pam.d")

# Services that users know by name; they are reported even where another service includes them.
_WELL_KNOWN = ("sshd", "login", "su", "sudo", "cron", "crond", "systemd-user", "runuser")


class Service(NamedTuple):
    """A PAM service and where its session stack runs pam_limits; ``found`` is None where it doesn't."""

    name: str
    file: str
    found: Optional[Module]

    @property
    def arguments(self) -> Tuple[str, ...]:
        """What pam_limits is given."""
        return self.found.arguments if self.found else ()

    @property
    def conf(self) -> Optional[str]:
        """The file given with ``conf=``, which replaces the ordinary ones."""
        values = [word[len("conf=") :] for word in self.arguments if word.startswith("conf=")]
        return values[-1] if values else None

    @property
    def set_all(self) -> bool:
        """Whether pam_limits starts from the limits of PID 1 instead of the caller's."""
        return "set_all" in self.arguments


def limits_files(readings: Readings) -> List[str]:
    """limits.conf, then limits.d in the order of the C locale; a file in /etc masks a vendor's of the same name."""
    main: List[str] = []
    chosen: Dict[str, str] = {}
    for place in _LIMITS_PATH:
        if not main and "limits.conf" in names_if_present(readings, place):
            main.append(place + "/limits.conf")
        for name in names_if_present(readings, place + "/limits.d"):
            # A shell pattern, *.conf, finds no hidden file.
            if name.endswith(".conf") and not name.startswith("."):
                chosen.setdefault(name, "%s/limits.d/%s" % (place, name))
    return main + [chosen[name] for name in sorted(chosen)]


def read_lines(readings: Readings, paths: List[str]) -> Tuple[List[Line], List[Dict[str, Any]]]:
    """The lines of all these files, and those that pam_limits skips as ``{file, line, reason}``."""
    lines: List[Line] = []
    rejected: List[Dict[str, Any]] = []
    for path in paths:
        parsed = readings.parsed(path, limits_conf.parse)
        if parsed is None:
            continue
        lines.extend(Line(path, entry) for entry in parsed[0])
        rejected.extend({"file": path, "line": line, "reason": reason} for line, reason in parsed[1])
    return lines, rejected


class _Stacks:
    """Finds and parses the files of PAM services, each once."""

    def __init__(self, readings: Readings) -> None:
        self._readings = readings
        self._parsed: Dict[str, Optional[List[pam_stack.Rule]]] = {}
        self.paths: Dict[str, str] = {}
        for place in _SERVICES_PATH:
            for name in names_if_present(readings, place):
                self.paths.setdefault(name, "%s/%s" % (place, name))

    def load(self, name: str) -> Optional[Tuple[str, List[pam_stack.Rule]]]:
        path = name if name.startswith("/") else self.paths.get(name)
        if path is None:
            return None
        if path not in self._parsed:
            self._parsed[path] = parsed_if_present(self._readings, path, pam_stack.parse)
        rules = self._parsed[path]
        return None if rules is None else (path, rules)


def scan_services(readings: Readings) -> Optional[List[Service]]:
    """Every service that opens sessions; None, with a line in ``unread``, on a host without PAM's folder."""
    stacks = _Stacks(readings)
    if not stacks.paths:
        # Listed again to note why there is nothing.
        readings.names(_SERVICES_PATH[0])
        return None
    loaded = {name: stacks.load(name) for name in stacks.paths}
    included = {rule.target for stack in loaded.values() if stack for rule in stack[1] if rule.includes}
    services = []
    for name in sorted(stacks.paths):
        modules = session_modules(name, stacks.load)
        if modules and (name not in included or name in _WELL_KNOWN):
            limiting = [module for module in modules if module.name == "pam_limits.so"]
            services.append(Service(name, stacks.paths[name], limiting[0] if limiting else None))
    return services


class Flavour(NamedTuple):
    """Where the pam_limits of this distribution differs from others.

    ``root_exempt``: lines for groups and ``*`` pass over root. ``resets``: it always works as with set_all.
    """

    root_exempt: bool
    resets: bool


def flavour(readings: Readings) -> Flavour:
    """Debian and its descendants exempt root; before PAM 1.7 they also reset what a session inherits."""
    for path in ("/etc/os-release", "/usr/lib/os-release"):
        ids = parsed_if_present(readings, path, os_release.parse)
        if ids is not None:
            break
    if "debian" not in (ids or ()):
        return Flavour(False, False)
    version = parsed_if_present(
        readings, "/var/lib/dpkg/status", lambda data: dpkg_status.version_of(b"libpam-modules", data)
    )
    return Flavour(True, version is not None and version < (1, 7))


def scan_pam(readings: Readings) -> Tuple[Dict[str, Any], List[Line], Optional[List[Service]]]:
    """The contract's ``pam``, with the lines and services that the sessions are derived from."""
    files = limits_files(readings)
    lines, rejected = read_lines(readings, files)
    services = scan_services(readings)
    kind = flavour(readings)
    pam = {
        "files": files,
        "root_exempt": kind.root_exempt,
        "resets": kind.resets,
        "entries": [dict(file=line.file, **line.entry._asdict()) for line in lines],
        "rejected": rejected,
        "winners": winners(lines),
        "services": None if services is None else [_described(service) for service in services],
    }
    return pam, lines, services


def _described(service: Service) -> Dict[str, Any]:
    found = service.found
    return {
        "service": service.name,
        "file": service.file,
        "applies": found is not None,
        "via": "%s:%d" % (found.file, found.line) if found else None,
        "conf": service.conf,
        "set_all": service.set_all,
    }
