# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which assignment of a systemd setting counts."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Tuple

from .._config.systemd_ini import Assignment
from .._config.systemd_values import normalise
from .._records.unread import Malformed

Properties = Dict[str, Dict[str, Any]]


def decide(files: Iterable[Tuple[str, List[Assignment]]], section: str) -> Tuple[Properties, List[Dict[str, Any]]]:
    """``(properties, rejected)`` of files given in the order in which systemd applies them.

    A later assignment wins, an empty one resets, one that systemd can't read leaves the earlier one in force and is
    reported as ``{file, line, reason}``.
    """
    properties: Properties = {}
    rejected = []
    for path, assignments in files:
        for assignment in assignments:
            if assignment.section != section:
                continue
            key = assignment.key
            if not assignment.value:
                properties.pop(key, None)
                continue
            try:
                decided = normalise(key, assignment.value)
            except Malformed as error:
                rejected.append({"file": path, "line": assignment.line, "reason": "%s: %s" % (key, error)})
                continue
            decided.update(raw=assignment.value, file=path, line=assignment.line)
            properties[key] = decided
    return properties, rejected
