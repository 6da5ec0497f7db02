# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kernel parameters that tuned's active profile sets.

https://github.com/redhat-performance/tuned/blob/master/doc/manual/assembly_creating-a-tuned-profile.adoc
"""

from __future__ import annotations

import re
from typing import Callable, Dict, Iterable, List, Optional, Tuple

from .._config.tuned_conf import Option
from .sysctl_sources import Declared, as_kernel

Load = Callable[[str, List[str]], Optional[Tuple[str, List[Option]]]]
"""From a profile's name and the files that were read already to the next file of that name and its options."""

_OF_EVERY_UNIT = ("type", "replace", "enabled", "devices", "priority")
_CONDITIONS = frozenset(("uname_regex", "cpuinfo_regex"))
_VM_OPTIONS = ("dirty_bytes", "dirty_ratio", "dirty_background_bytes", "dirty_background_ratio")


def profile_files(names: Iterable[str], load: Load) -> List[Tuple[str, List[Option]]]:
    """The files of the profiles ``names``, each behind those that it includes."""
    ordered: List[Tuple[str, List[Option]]] = []
    seen: List[str] = []

    def visit(name: str) -> None:
        found = load(name, seen)
        if found is None:
            return
        seen.append(found[0])
        for option in found[1]:
            if (option.section, option.name) == ("main", "include"):
                for included in re.split(r"\s*[,;]\s*", option.value):
                    visit(included)
        ordered.append(found)

    for name in names:
        visit(name)
    return ordered


def declared_by(files: Iterable[Tuple[str, List[Option]]]) -> List[Declared]:
    """The lines of the merged profile that set kernel parameters: a later file's line replaces an earlier one's.

    Sections that are for some machines only are left out.
    """
    units: Dict[str, Dict[str, Tuple[str, Option]]] = {}
    for path, options in files:
        for section in dict.fromkeys(option.section for option in options):
            own = {option.name: (path, option) for option in options if option.section == section}
            if "replace" in own and own["replace"][1].value.lower() in ("1", "true", "yes"):
                units[section] = own
            else:
                units.setdefault(section, {}).update(own)
    lines = []
    for section, unit in units.items():
        if not _CONDITIONS.isdisjoint(unit):
            continue
        plugin = unit["type"][1].value if "type" in unit else section
        for name, (path, option) in unit.items():
            if plugin == "sysctl" and name not in _OF_EVERY_UNIT:
                lines.append(Declared(path, option.line, name.replace(".", "/"), option.value))
            elif plugin == "vm" and name in _VM_OPTIONS:
                lines.append(Declared(path, option.line, "vm/" + name, option.value))
    return lines


def takes_effect(declared: Declared, before: Optional[str]) -> Optional[Declared]:
    """The line as it works on the value ``before``: ``>10`` and ``<10`` only raise or lower. None without effect."""
    value = declared.value or ""
    if value[:1] not in ("<", ">"):
        return declared
    wanted, current = as_kernel(value[1:], 0), as_kernel(before or "", 0)
    if not isinstance(wanted, int) or not isinstance(current, int):
        return declared  # stays text, and so an unknown number
    better = wanted > current if value[0] == ">" else wanted < current
    return declared._replace(value=str(wanted)) if better else None
