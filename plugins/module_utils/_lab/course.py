# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The course: its steps in their order, then what is demonstrated."""

from __future__ import annotations

import time
from types import ModuleType
from typing import Any, Dict, Tuple

from .._records.unread import Malformed
from .children import Silent
from .demos import (
    huge_pages,
    leak,
    major_faults,
    minor_faults,
    oom_kill,
    rss_and_pss,
    segments,
    swappiness,
    virtual_and_physical,
)
from .lab import Lab
from .outcome import NotHere, outcome
from .steps import (
    address_space_limit,
    bash_array,
    meminfo,
    memory_map,
    page_faults,
    shell_memory,
    top_processes,
    total_memory,
    used_percent,
    watch,
)

STEPS: Tuple[ModuleType, ...] = (
    total_memory,
    meminfo,
    shell_memory,
    used_percent,
    watch,
    page_faults,
    bash_array,
    top_processes,
    address_space_limit,
    memory_map,
)

DEMONSTRATIONS: Tuple[ModuleType, ...] = (
    segments,
    virtual_and_physical,
    minor_faults,
    major_faults,
    rss_and_pss,
    swappiness,
    huge_pages,
    leak,
    oom_kill,
)

LESSONS: Dict[str, ModuleType] = {lesson.LESSON.name: lesson for lesson in STEPS + DEMONSTRATIONS}


def explain(name: str) -> Dict[str, Any]:
    """What the lesson would do, without doing it."""
    return dict(outcome(LESSONS[name].LESSON), seconds=0.0)


def hold(name: str, lab: Lab) -> Dict[str, Any]:
    """Hold a lesson. One that can't be held on this host says why, and spoils no other."""
    lesson = LESSONS[name]
    began = time.monotonic()
    try:
        found = lesson.run(lab)
    except NotHere as error:
        found = outcome(lesson.LESSON, not_applicable=str(error))
    except (Silent, OSError, Malformed) as error:
        found = outcome(lesson.LESSON, held=False, note="it could not be seen through: %s" % error)
    return dict(found, seconds=round(time.monotonic() - began, 3))
