# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The exercises of docs/lab/exercises.md, in their order, and whether they are solved on this host."""

from __future__ import annotations

from typing import Any, Callable, Dict, NamedTuple, Tuple

from .exercises_evidence import Unsolved
from .exercises_files import available_percent, heap_begin, minor_faults, total_memory
from .exercises_processes import known_size, leak_on_a_leash, limited, preferred_victim, promised, shared


class Exercise(NamedTuple):
    """``solved`` says in words what was found, with figures. It raises Unsolved with what is missing."""

    title: str
    solved: Callable[[int], str]


EXERCISES: Tuple[Exercise, ...] = (
    Exercise("The host's memory", total_memory),
    Exercise("What is available", available_percent),
    Exercise("A process of a known size", known_size),
    Exercise("Promised, not used", promised),
    Exercise("A limit", limited),
    Exercise("First to be killed", preferred_victim),
    Exercise("Faults, counted in the right field", minor_faults),
    Exercise("Shared memory", shared),
    Exercise("Where the heap begins", heap_begin),
    Exercise("A leak on a leash", leak_on_a_leash),
)


def check(number: int) -> Dict[str, Any]:
    """Whether exercise ``number``, 1 to 10, is solved by the user who asks: ``{number, title, solved, found}``.

    Whatever lies in the user's files, this raises nothing.
    """
    exercise = EXERCISES[number - 1]
    try:
        solved, found = True, exercise.solved(number)
    except Unsolved as missing:
        solved, found = False, str(missing)
    return {"number": number, "title": exercise.title, "solved": solved, "found": found}
