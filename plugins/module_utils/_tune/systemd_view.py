# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""systemd's units as their files have them or would have them, with the processes and cgroups that they have now."""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from .._config import systemd_drop_in, systemd_values
from .._config.limit_value import UNLIMITED
from .._config.unit_name import SECTIONS, split
from .._scan.cgroups import Grouped, group_processes
from .._scan.files import Files, Readings
from .._scan.limit_use import Pair, Process, processes_of
from .._scan.systemd import pids_of_units, scan_systemd
from .._scan.unit_files import UnitFiles
from .limits_wish import Wish


class Systemd(NamedTuple):
    """``scanned`` is what scan_systemd says of the files; ``pids`` are those of each unit, by its real name."""

    grouped: Grouped
    units: UnitFiles
    scanned: Dict[str, Any]
    pids: Dict[str, List[int]]

    @property
    def present(self) -> bool:
        return bool(self.scanned["present"] or self.units.names())

    def name(self, wish: Wish) -> str:
        return self.units.real_name(wish.target)

    def manager(self, name: str) -> Dict[str, Any]:
        found: Dict[str, Any] = self.scanned["manager" if name == "system" else "user_manager"]
        return found

    def properties(self, wish: Wish) -> Dict[str, Any]:
        """What the files say of the unit or of the manager's defaults."""
        if wish.kind == "manager":
            return self.manager(wish.target)
        name = self.name(wish)
        return next((unit["properties"] for unit in self.scanned["units"] if unit["unit"] == name), {})

    def declared(self, wish: Wish) -> Optional[Dict[str, Any]]:
        found: Optional[Dict[str, Any]] = self.properties(wish).get(key_of(wish))
        return found

    def runs(self, wish: Wish) -> bool:
        return bool(self.pids.get(self.name(wish)))

    def processes(self, wish: Wish) -> List[Process]:
        """Those of the unit that still run, the one that has run longest first: of a service that is the main one."""
        found = processes_of(self.grouped.readings.files, self.pids.get(self.name(wish), []))
        return sorted(found, key=lambda process: (process.start_ticks, process.pid))

    def cgroups(self, wish: Wish) -> List[Dict[str, Any]]:
        """The memory cgroup of the unit, where it has one."""
        name = self.name(wish)
        return [each for each in self.grouped.cgroups if each["path"].rsplit("/", 1)[-1] in (name, "_" + name)]

    @property
    def has_cgroups(self) -> bool:
        """Whether systemd has the memory controller. In a container it often hasn't."""
        return any(split(each["path"])[2] in ("service", "slice", "scope") for each in self.grouped.cgroups)


def read_systemd(files: Files, before: Optional[Systemd] = None) -> Systemd:
    """``before`` spares reading the processes again: they don't change with what is planned."""
    grouped = before.grouped if before else group_processes(files)
    units = UnitFiles(Readings(files))
    if before:
        pids = before.pids
    else:
        pids = {}
        for name, found in pids_of_units(grouped.table, {}).items():
            pids.setdefault(units.real_name(name), []).extend(found)
    return Systemd(grouped, units, scan_systemd(Readings(files), grouped.table, units), pids)


def key_of(wish: Wish) -> str:
    """The name of the setting in the file."""
    return {"manager": "Default"}.get(wish.kind, "") + ("Limit" if wish.is_limit else "") + wish.item


def file_of(wish: Wish, units: UnitFiles) -> Tuple[str, str]:
    """The drop-in and the section in it."""
    if wish.kind == "manager":
        return systemd_drop_in.manager_file(wish.target), "Manager"
    name = units.real_name(wish.target)
    return systemd_drop_in.unit_file(name), SECTIONS[split(name)[2]]


def pair_of(value: Dict[str, Any]) -> Pair:
    """A ``Limit*=`` as it was parsed."""
    soft, hard = (UNLIMITED if value[half] == systemd_values.INFINITY else value[half] for half in ("value", "hard"))
    return int(soft), int(hard)
