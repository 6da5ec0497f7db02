# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the host is a container, and whose.

https://systemd.io/CONTAINER_INTERFACE/
"""

from __future__ import annotations

from typing import Optional

from .._procfs import environ, sysctl
from .._records.unread import DENIED, Malformed, Unread
from .files import Files, Readings

_INITIAL_NAMESPACES = (
    ("/proc/self/ns/pid", b"pid:[4026531836]"),
    ("/proc/self/ns/uts", b"uts:[4026531838]"),
)
"""The kernel gives the namespaces that it boots with these fixed numbers (include/linux/proc_ns.h)."""


def scan_container(readings: Readings) -> Optional[str]:
    """``podman``, ``docker``, ``lxc``, ``systemd-nspawn``, ...; None when nothing says that this is a container."""
    # A virtual machine that was made from a container's image still has that image's marks.
    if is_whole_machine(readings.files):
        return None
    try:
        return sysctl.parse_text(readings.files.read("/run/systemd/container"))
    except (Unread, Malformed):
        pass
    if _exists(readings.files, "/run/.containerenv"):
        return "podman"
    if _exists(readings.files, "/.dockerenv"):
        return "docker"
    return readings.parsed("/proc/1/environ", environ.container)


def is_whole_machine(files: Files) -> bool:
    """Whether all processes of the kernel are seen from here, and /proc speaks of all of them."""
    try:
        return all(files.link(path) == initial for path, initial in _INITIAL_NAMESPACES)
    except Unread:
        return False


def _exists(files: Files, path: str) -> bool:
    """Also true for a mark that only root may read."""
    try:
        files.read(path)
    except Unread as error:
        return error.reason == DENIED
    return True
