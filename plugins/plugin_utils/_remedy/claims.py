# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The single settings that the variables of a role ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def claims(variables: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Each setting that ``variables`` ask for: the words that name it in a module's ``changes``, and the value."""
    for name, value in variables.items():
        if name == "memory_swappiness_value":
            yield ("vm.swappiness",), value
        elif name == "memory_swappiness_settings":
            yield from (((setting,), wanted) for setting, wanted in value.items())
        elif name == "memory_swappiness_transparent_hugepage":
            yield ("transparent_hugepage",), value
        elif name == "memory_swappiness_cgroups":
            yield ("memory.swappiness",), value
        elif name == "memory_limits":
            for entry in value:
                yield (str(entry["item"]), str(entry.get("unit") or entry.get("domain"))), _halves(entry)
        else:
            yield (name,), value


def shown(value: Any) -> str:
    """A value of ``claims`` in words."""
    return " ".join(part for part in value if part != "-") if isinstance(value, tuple) else str(value)


def _halves(entry: Mapping[str, Any]) -> tuple[str, str]:
    return str(entry.get("type", "-")), str(entry["value"])
