# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What many processes share is worked out once: user names, cgroup paths, sets of limits."""

from __future__ import annotations

import os
import pwd
from typing import Callable, Dict, Generic, NamedTuple, TypeVar

from .._derive.cgroup_units import manager_root
from .._derive.headroom import Rlimits, rlimits_of
from .._derive.service_names import Service, service_of
from .._procfs import cgroup, limits, stat
from .._shapes import number
from .files import Files, Readings

Raw = TypeVar("Raw")
Value = TypeVar("Value")


class Memo(Generic[Raw, Value]):
    """``make`` with a memory: a thousand processes of one service have one text in their /proc/PID/cgroup."""

    def __init__(self, make: Callable[[Raw], Value]) -> None:
        self._make = make
        self._made: Dict[Raw, Value] = {}

    def __call__(self, raw: Raw) -> Value:
        if raw not in self._made:
            self._made[raw] = self._make(raw)
        return self._made[raw]


def user_name(uid: int) -> str:
    """The user's name; like in ps, the number when there is no name."""
    try:
        return pwd.getpwuid(uid).pw_name
    except (KeyError, OverflowError):
        return str(uid)


class Cgroup(NamedTuple):
    """A /proc/PID/cgroup as it was read, and what it says."""

    raw: bytes
    service: Service


class Limits(NamedTuple):
    """A /proc/PID/limits as it was read, and the ceilings on memory in it, vm.max_map_count with them."""

    raw: bytes
    rlimits: Rlimits


class Host:
    """The host's own constants beside the memories. A constant that can't be read is None."""

    def __init__(self, files: Files) -> None:
        readings = Readings(files)
        self.boot_time = readings.parsed("/proc/stat", stat.boot_time)
        self.max_map_count = readings.parsed("/proc/sys/vm/max_map_count", number.parse)
        self.page_bytes = os.sysconf("SC_PAGE_SIZE")
        self.ticks_per_second = os.sysconf("SC_CLK_TCK")
        self.user = Memo(user_name)
        self._manager_root = manager_root(readings.parsed("/proc/1/cgroup", cgroup.parse) or [])
        self.cgroup = Memo(self._cgroup)
        self.limits = Memo(self._limits)

    def _cgroup(self, raw: bytes) -> Cgroup:
        return Cgroup(raw, service_of(cgroup.parse(raw), self._manager_root))

    def _limits(self, raw: bytes) -> Limits:
        found = rlimits_of(limits.parse(raw))
        if self.max_map_count:
            found.append(("vm.max_map_count", self.max_map_count))
        return Limits(raw, found)
