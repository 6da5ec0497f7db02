# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which limits the running services have, against what the unit, system.conf and limits.conf declare for them."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

from .._config import group, passwd
from .._config.systemd_ini import parse
from .._config.unit_name import split
from .._derive import pam_limits
from .._derive.limit_reach import Limits, Manager, Service, reach
from .._procfs import limits, pid_status
from .._records.unread import Malformed
from .._shapes import number
from .files import Readings
from .if_present import parsed_if_present
from .links import resolved
from .pam import Service as PamService
from .process_table import ProcessTable
from .sessions import account_of
from .systemd import pids_of_units
from .unit_files import UnitFiles


def scan_limit_reach(
    readings: Readings,
    table: ProcessTable,
    units: UnitFiles,
    pam: Tuple[Dict[str, Any], List[pam_limits.Line], Optional[List[PamService]]],
    systemd: Dict[str, Any],
) -> List[Dict[str, Any]]:
    """The contract's ``service_limits``."""
    if not systemd["present"]:
        return []
    described, lines, services = pam
    # Rebuilt only where something could reach a service: most hosts have no line in limits.conf.
    users = (readings.parsed("/etc/passwd", passwd.parse) or []) if lines else []
    groups = (parsed_if_present(readings, "/etc/group", group.parse) or []) if lines else []
    applying = {service.name for service in services or [] if service.found}
    nr_open = parsed_if_present(readings, "/proc/sys/fs/nr_open", number.parse)
    manager = Manager(systemd["manager"], _most(readings, table), nr_open)
    properties = {unit["unit"]: unit["properties"] for unit in systemd["units"]}
    entries: List[Dict[str, Any]] = []
    for name, pids in sorted(pids_of_units(table, readings.unread).items()):
        name = units.real_name(name)
        running = _limits(table, pids) if name.endswith(".service") else []
        if not running:
            continue
        login: Dict[str, Dict[str, Any]] = {}
        uses_pam = False
        if users:
            user_name, pam_name = _who(readings, units, name)
            uses_pam = pam_name in applying
            user = next((user for user in users if user_name in (user.name, str(user.uid))), None)
            if user:
                login = pam_limits.session_limits(
                    lines, account_of(user, groups), {}, None, described["root_exempt"], nr_open
                )
        service = Service(name, len(pids), running, properties.get(name, {}), login, uses_pam)
        entries.extend(reach(service, manager))
    return entries


def _most(readings: Readings, table: ProcessTable) -> Dict[str, Any]:
    """The hard limits of PID 1 where it can't exceed them."""
    raises = parsed_if_present(readings, "/proc/1/status", pid_status.may_raise_limits)
    own = _limits(table, [1])
    return {} if raises is not False or not own else {item: hard for item, (_soft, hard) in own[0].items()}


def _limits(table: ProcessTable, pids: List[int]) -> List[Limits]:
    """Of each distinct set the limits, those of the first process first."""
    found: List[Limits] = []
    for content in dict.fromkeys(table.limits_of[pid] for pid in pids if pid in table.limits_of):
        try:
            found.append(limits.parse(content))
        except Malformed:
            continue
    return found


def _who(readings: Readings, units: UnitFiles, name: str) -> Tuple[str, Optional[str]]:
    """The user that the service runs as, and the PAM service whose session its unit opens."""
    told = {"User": "", "PAMName": ""}
    fragment = units.fragment(name)
    for path in ([fragment] if fragment else []) + units.drop_ins(name):
        for assignment in parsed_if_present(readings, resolved(readings.files, path), parse) or []:
            if assignment.section == "Service" and assignment.key in told:
                told[assignment.key] = assignment.value
    instance = split(name)[1] or ""
    return told["User"].replace("%i", instance).replace("%I", instance) or "root", told["PAMName"] or None
