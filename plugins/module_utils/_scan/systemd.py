# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What systemd's configuration says about limits and memory.

https://www.freedesktop.org/software/systemd/man/latest/systemd-system.conf.html and
https://www.freedesktop.org/software/systemd/man/latest/systemd.unit.html
"""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

from .._config.unit_name import SECTIONS, split
from .._derive.cgroup_units import manager_path, manager_root, units_of
from .._derive.unit_properties import Properties, decide
from .._records.unread import Unread
from .files import Readings
from .if_present import names_if_present
from .process_table import ProcessTable
from .unit_files import UnitFiles, read_assignments

_CONFIG_PATH = ("/etc/systemd", "/run/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd")


def _config_files(readings: Readings, name: str) -> List[str]:
    """The main file ``name`` that counts, then the drop-ins in the order in which they apply."""
    chosen: Dict[str, str] = {}
    main: List[str] = []
    for place in _CONFIG_PATH:
        if not main and name in names_if_present(readings, place):
            main.append("%s/%s" % (place, name))
        folder = "%s/%s.d" % (place, name)
        for drop_in in names_if_present(readings, folder):
            if drop_in.endswith(".conf"):
                chosen.setdefault(drop_in, "%s/%s" % (folder, drop_in))
    return main + [chosen[drop_in] for drop_in in sorted(chosen)]


def _manager(readings: Readings, name: str) -> Tuple[Properties, List[Dict[str, Any]]]:
    files = ((path, read_assignments(readings, path)) for path in _config_files(readings, name))
    return decide(files, "Manager")


def pids_of_units(table: ProcessTable, unread: Dict[str, str]) -> Dict[str, List[int]]:
    """The processes in each unit, slices included, in ascending order."""
    found: Dict[str, List[int]] = {}
    parsed = table.memberships(unread)
    root = next((manager_root(memberships) for memberships, pids in parsed if pids[0] == 1), "")
    for memberships, pids in parsed:
        for unit in units_of(manager_path(memberships), root):
            found.setdefault(unit, []).extend(pids)
    return {unit: sorted(pids) for unit, pids in found.items()}


def _unit(units: UnitFiles, name: str, processes: int) -> Tuple[Dict[str, Any], List[Dict[str, Any]]]:
    masked, fragment = units.masked(name), units.fragment(name)
    files = [] if masked else ([fragment] if fragment else []) + units.drop_ins(name)
    section = SECTIONS[split(name)[2]]
    properties, rejected = decide(((path, units.assignments(path)) for path in files), section)
    unit = {
        "unit": name,
        "aliases": units.aliases(name),
        "file": fragment,
        "masked": masked,
        "processes": processes,
        "properties": properties,
    }
    return unit, rejected


def _booted(readings: Readings) -> bool:
    # The test that systemd documents in sd_booted(3).
    try:
        readings.files.names("/run/systemd/system")
    except Unread:
        return False
    return True


def scan_systemd(readings: Readings, table: ProcessTable, units: UnitFiles) -> Dict[str, Any]:
    """The contract's ``systemd``. Units that set nothing and run nothing are left out."""
    manager, rejected = _manager(readings, "system.conf")
    user_manager, user_rejected = _manager(readings, "user.conf")
    rejected.extend(user_rejected)
    running: Dict[str, int] = {}
    for name, pids in pids_of_units(table, readings.unread).items():
        real = units.real_name(name)
        running[real] = running.get(real, 0) + len(pids)
    reported = []
    bad = {(entry["file"], entry["line"]): entry for entry in rejected}
    for name in sorted(set(units.names()) | set(running)):
        unit, unit_rejected = _unit(units, name, running.get(name, 0))
        # One drop-in may apply to many units: its bad line is reported once.
        bad.update(((entry["file"], entry["line"]), entry) for entry in unit_rejected)
        if unit["properties"] or unit["processes"]:
            reported.append(unit)
    return {
        "present": _booted(readings),
        "manager": manager,
        "user_manager": user_manager,
        "units": reported,
        "rejected": list(bad.values()),
    }
