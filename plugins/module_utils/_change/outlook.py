# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What taking a run back would do, and what stands in its way. Changes nothing."""

from __future__ import annotations

import os
from typing import Any, Dict, List, NamedTuple, Optional, Set

from . import record, swap_area, whole_file
from .step_state import by_what, ended, now, same, states, what

Conflict = Dict[str, Any]
"""``{what, why, later_runs}``: it can't be undone without losing what others did since."""


class Difference(NamedTuple):
    """A thing that undoing changes; ``present`` and ``restored`` have the shape of a step's ``before``."""

    step: record.Step
    present: Any
    restored: Any


def conflicts(kept: record.Record, root: str) -> List[Conflict]:
    """What is neither as the run left it nor as it was before. Raises RecordError."""
    found: List[Conflict] = []
    later = record.later_runs(root, kept.data["run"])
    for name, steps in by_what(kept.steps).items():
        why = _conflict(steps, root, kept.boot_id)
        if why:
            runs = [each["run"] for each in later if any(what(step) == name for step in each["steps"])]
            if runs:
                why = "changed since, by run %s, which has to be rolled back first" % runs[-1]
            found.append({"what": name, "why": why, "later_runs": runs})
    return found


def differences(kept: record.Record, root: str) -> List[Difference]:
    """What undoing changes, by what is there now; without folders. Raises OSError."""
    found: List[Difference] = []
    for steps in by_what(kept.steps).values():
        standing = [step for step in steps if not ended(step, root, kept.boot_id)]
        if not standing:
            continue
        first = standing[0]
        try:
            present = now(first, root)
        except ProcessLookupError:
            continue
        if not same(present, first["before"]):
            found.append(Difference(first, present, first["before"]))
    return found


def emptied_folders(kept: record.Record, root: str) -> List[str]:
    """The folders that the run made and that hold nothing of others, in the order in which they go."""
    going: Set[str] = {name for name, steps in by_what(kept.steps).items() if steps[0]["before"] is None}
    folders: List[str] = []
    for path in dict.fromkeys(step["path"] for step in reversed(kept.steps) if step["kind"] == "folder"):
        place = root + path
        if os.path.isdir(place) and not os.path.islink(place):
            names = [name for name in os.listdir(place) if not whole_file.is_leftover(name)]
            if going.issuperset(os.path.join(path, name) for name in names):
                folders.append(path)
                going.add(path)
    return folders


def _conflict(steps: List[record.Step], root: str, this_boot: Optional[str]) -> Optional[str]:
    steps = [step for step in steps if not ended(step, root, this_boot)]
    if not steps:
        return None
    known = [state for step in steps for state in states(step)]
    try:
        present = now(steps[0], root)
    except ProcessLookupError:
        return None
    except OSError as error:
        return "can't be read: %s" % error
    if not any(same(present, state) for state in known):
        rebooted = steps[-1]["kind"] == "value" and steps[-1].get("boot_id") != this_boot
        return "changed since by somebody else%s" % (", or by the reboot" if rebooted else "")
    if steps[0]["kind"] == "swap":
        return swap_area.held(root, root + steps[0]["path"], steps[0]["before"])
    for index, step in enumerate(steps[1:], 1):
        # The run was cut short, begun again, and meanwhile the file was edited.
        if step["kind"] == "file" and not any(same(step["before"], state) for state in known[: 2 * index]):
            return "changed by somebody else between two parts of the run"
    return None
