# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which processes are asked for."""

from __future__ import annotations

from typing import Any, Dict, FrozenSet, NamedTuple, Optional, Pattern


class Selection(NamedTuple):
    """A process is selected when it meets each condition that isn't None."""

    pids: Optional[FrozenSet[int]] = None
    users: Optional[FrozenSet[str]] = None
    """Names or numbers."""
    command: Optional[Pattern[str]] = None
    """Searched for in the command name."""
    cgroup: Optional[str] = None
    """Path of a cgroup; those below it count as well."""
    min_rss_bytes: Optional[int] = None

    def selects(self, process: Dict[str, Any]) -> bool:
        """Whether the process record meets the conditions."""
        return (
            (self.pids is None or process["pid"] in self.pids)
            and (self.users is None or not self.users.isdisjoint((process["user"], str(process["uid"]))))
            and (self.command is None or bool(self.command.search(process["command"])))
            and (self.cgroup is None or _is_within(process["cgroup"], self.cgroup))
            and (self.min_rss_bytes is None or (process["rss_bytes"] or 0) >= self.min_rss_bytes)
        )


def _is_within(cgroup: Optional[str], ancestor: str) -> bool:
    return cgroup is not None and (cgroup + "/").startswith(ancestor.rstrip("/") + "/")
