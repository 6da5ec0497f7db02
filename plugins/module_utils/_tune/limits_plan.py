# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is to be changed for limits, worked out before anything is written."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from .._change.result import change
from .._derive.guard_limits import Reason
from .._derive.refusal import Refusal, refusal
from .._scan.files import Files
from .limits_wish import Wish
from .plan import Plan
from .running_limits import Step, diff_running


class LimitsPlan(Plan):
    """``steps`` are limits of running processes, ``not_applicable`` reasons.

    ``waiting`` are units that had to be restarted before this plan already, and weren't.
    """

    def __init__(self, files: Files) -> None:
        super().__init__(files)
        self.steps: List[Step] = []
        self.not_applicable: List[str] = []
        self.waiting: List[str] = []

    def refuse(self, wish: Wish, reason: Optional[Reason]) -> None:
        """Note ``reason`` as a refusal, or where it is forced as a warning."""
        if reason is not None:
            self.note(refusal(wish.what, reason.why, reason.forcible, **reason.figures), wish.force)

    def note(self, refused: Refusal, force: bool) -> None:
        """A refusal once, or where it is forced as a warning."""
        if refused["forcible"] and force:
            self.warnings.append("forced: %s" % refused["why"])
        elif refused not in self.refused:
            self.refused.append(refused)

    def line(
        self, scope: str, setting: str, where: str, before: Optional[str], after: Optional[str], restart: Optional[str]
    ) -> None:
        """A line of a file comes, goes or changes."""
        self.declared.append(change(scope, setting, where, before, after, restart))

    def restarts(self) -> List[str]:
        """The units that have other limits than their files will say until they are restarted."""
        return sorted({each["needs_restart"] for each in self.declared if each["needs_restart"]}.union(self.waiting))

    def changes(self) -> List[Dict[str, Any]]:
        # These files of the kernel belong to what runs: oom_score_adj to a process, memory.max to a unit.
        found = super().changes() + [step.change() for step in self.steps]
        return [dict(each, scope="running") if each["scope"] == "live" else each for each in found]

    def diff(self) -> List[Dict[str, str]]:
        return super().diff() + diff_running(self.steps)
