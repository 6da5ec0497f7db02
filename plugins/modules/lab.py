#!/usr/bin/python
# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: lab
short_description: Hold a lesson of memory management on a real host
version_added: 0.3.0
author:
  - fleet.memory contributors (@fleet-memory)
description:
  - Runs what a person would type, or a small program of its own, and holds what comes of it against the kernel's
    figures. The role P(fleet.memory.lab#role) makes a course of the lessons, and is what to use.
  - Everything that a lesson starts ends with it, also when this module is killed. What it makes is written down before,
    in C(/tmp/fleet-memory-lab-UID), so that O(phase=cleanup) can remove what an interrupted lesson has left.
  - Each lesson is shown as a person would see it, and goes into the fact C(memory_lab_lessons), which O(phase=begin)
    empties.
  - Its processes are the first that the out-of-memory killer would take.
options:
  lesson:
    description:
      - Which lesson. The first ten are the steps of the course in their order, the others demonstrations.
      - Exactly one of O(lesson), O(phase) and O(exercise) is required.
    type: str
    choices:
      - total_memory
      - meminfo
      - shell_memory
      - used_percent
      - watch
      - page_faults
      - bash_array
      - top_processes
      - address_space_limit
      - memory_map
      - segments
      - virtual_and_physical
      - minor_faults
      - major_faults
      - rss_and_pss
      - swappiness
      - huge_pages
      - leak
      - oom_kill
  phase:
    description:
      - V(begin) sees whether the host can bear a course, and fails with the figures when it is under pressure.
      - V(cleanup) ends and removes what interrupted lessons of the same user have left behind. V(check) fails when
        anything is left. What belongs to a lesson that is being held at the moment is not left behind.
    type: str
    choices: [begin, cleanup, check]
  exercise:
    description:
      - Number of an exercise of C(docs/lab/exercises.md), 1 to 10. Fails, with what is missing, until it is solved.
    type: int
  bytes_max:
    description: How many bytes a lesson may take at most.
    type: int
    default: 268435456
  percent_max:
    description: How many percent of the available memory a lesson may take at most.
    type: float
    default: 10.0
  samples:
    description: How many samples a series has, 2 to 100.
    type: int
    default: 5
  interval:
    description: Seconds between two samples, 0.05 to 60.
    type: float
    default: 0.5
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying the target.
    support: full
    details: A lesson is explained and not held. The phases look and end nothing.
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in C(check_mode)) in diff mode.
    support: none
  platform:
    description: Target operating systems that can be operated against.
    support: full
    platforms: linux
notes:
  - Works as an ordinary user. What needs root says so in RV(not_applicable).
  - RV(ignore:changed) is false, since a lesson leaves nothing behind; only O(phase=cleanup) may be changed.
seealso:
  - module: fleet.memory.process_memory_info
  - name: The lesson
    description: What the course teaches, step by step.
    link: https://github.com/fleet-memory/fleet.memory/blob/main/docs/lab/lesson.md
"""

EXAMPLES = r"""
- name: What happens beyond a limit?
  fleet.memory.lab:
    lesson: address_space_limit
  register: lesson

- name: Clean up after an interrupted course
  fleet.memory.lab:
    phase: cleanup
"""

RETURN = r"""
name:
  description: The lesson.
  type: str
  returned: with O(lesson)
  sample: page_faults
number:
  description: Its place among the ten steps; V(null) for a demonstration.
  type: int
  returned: with O(lesson)
  sample: 6
title:
  description: What it is about.
  type: str
  returned: with O(lesson)
  sample: Page faults
teaches:
  description: What there is to learn, in a sentence or two.
  type: str
  returned: with O(lesson)
  sample: Field 10 of /proc/PID/stat counts minor faults.
command:
  description: The lines that a person would type.
  type: list
  elements: str
  returned: with O(lesson)
  sample: ["free -h"]
expected:
  description: What should come of it.
  type: str
  returned: with O(lesson)
  sample: The total in the line Mem is MemTotal of /proc/meminfo.
output:
  description: What really came of it, at most 40 lines. Empty in check mode, and when it could not be held.
  type: list
  elements: str
  returned: with O(lesson)
  sample: ["Mem: 23Gi 1.6Gi 18Gi 107Mi 4.1Gi 21Gi"]
held:
  description: Whether it came as expected; V(null) when it was only explained, or can't be held on this host.
  type: bool
  returned: with O(lesson)
  sample: true
evidence:
  description: The figures behind RV(held).
  type: list
  elements: dict
  returned: with O(lesson)
  contains:
    what:
      description: What was measured.
      type: str
      returned: always
      sample: minor faults
    value:
      description: A number, a text or a truth value; V(null) when it is not known.
      type: raw
      returned: always
      sample: 2048
    unit:
      description: Its unit; empty where it has none.
      type: str
      returned: always
      sample: faults
series:
  description: Figures over time, for charts. Empty for most lessons.
  type: list
  elements: dict
  returned: with O(lesson)
  contains:
    name:
      description: What was sampled.
      type: str
      returned: always
      sample: MemAvailable
    unit:
      description: Its unit.
      type: str
      returned: always
      sample: bytes
    points:
      description: The samples; whole numbers where the unit is bytes.
      type: list
      elements: raw
      returned: always
      sample: [23512940544, 23446876160]
    at_seconds:
      description: When each was taken, in seconds from the first.
      type: list
      elements: float
      returned: always
      sample: [0.0, 0.5]
note:
  description: What else there is to say; V(null) when nothing.
  type: str
  returned: with O(lesson)
  sample: null
not_applicable:
  description: Why the lesson can't be held on this host; V(null) when it can.
  type: str
  returned: with O(lesson)
  sample: null
seconds:
  description: How long it took.
  type: float
  returned: with O(lesson)
  sample: 0.211
allowance_bytes:
  description: How many bytes a lesson may take on this host now.
  type: int
  returned: with O(lesson), and with O(phase=begin)
  sample: 268435456
removed:
  description: What was ended or removed, in words.
  type: list
  elements: str
  returned: with O(phase=cleanup)
  sample: ["process 4711"]
left:
  description: What of the lab is still there, in words. In check mode also what a cleanup would remove.
  type: list
  elements: str
  returned: with O(phase=cleanup) and O(phase=check)
  sample: []
exercise:
  description: Number and title of the exercise, whether it is solved, and what was found or is missing.
  type: dict
  returned: with O(exercise)
  sample: {number: 3, title: A process of a known size, solved: true, found: "process 4711 holds 61 MiB"}
"""

import sys
from typing import Any, Dict

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.fleet.memory.plugins.module_utils._lab import budget, cleanup
from ansible_collections.fleet.memory.plugins.module_utils._lab.course import LESSONS, explain, hold
from ansible_collections.fleet.memory.plugins.module_utils._lab.exercises import check as check_exercise
from ansible_collections.fleet.memory.plugins.module_utils._lab.journal import BadFolder, Journal
from ansible_collections.fleet.memory.plugins.module_utils._lab.lab import Lab, memory, pressure
from ansible_collections.fleet.memory.plugins.module_utils._lab.room import cgroup_room
from ansible_collections.fleet.memory.plugins.module_utils._records.unread import Malformed


def allowance(options: Dict[str, Any]) -> int:
    known = memory()
    available = known.get("MemAvailable", known["MemFree"])
    return budget.allowance(options["bytes_max"], options["percent_max"], available, cgroup_room())


def run_lesson(module: AnsibleModule, journal: Journal) -> Dict[str, Any]:
    options = module.params
    room = allowance(options)
    if module.check_mode:
        return dict(explain(options["lesson"]), allowance_bytes=room)
    journal.open()
    try:
        found = hold(options["lesson"], Lab(journal, room, options["samples"], options["interval"]))
    finally:
        journal.close()
    return dict(found, allowance_bytes=room)


def run_phase(module: AnsibleModule, journal: Journal) -> Dict[str, Any]:
    phase = module.params["phase"]
    if phase == "begin":
        refused = budget.refusal(memory(), pressure())
        if refused:
            module.fail_json(msg="the lab doesn't begin on a host under pressure: %s" % refused)
        return {"allowance_bytes": allowance(module.params)}
    if phase == "cleanup" and not module.check_mode:
        removed = cleanup.clean(journal)
        return {"changed": bool(removed), "removed": removed, "left": cleanup.left(journal)}
    remains = cleanup.left(journal)
    if phase == "cleanup":
        return {"changed": bool(remains), "removed": [], "left": remains}
    if remains:
        module.fail_json(msg="the lab has left something behind: %s" % "; ".join(remains), left=remains)
    return {"left": remains}


def run_exercise(module: AnsibleModule) -> Dict[str, Any]:
    found = check_exercise(module.params["exercise"])
    if not found["solved"]:
        words = "exercise %d, %s, is not solved yet: %s" % (found["number"], found["title"], found["found"])
        module.fail_json(msg=words, exercise=found)
    return {"exercise": found}


def check_options(module: AnsibleModule) -> None:
    options = module.params
    for name, low, high in (
        ("bytes_max", 0, 1 << 40),
        ("percent_max", 0, 100),
        ("samples", 2, 100),
        ("interval", 0.05, 60),
        ("exercise", 1, 10),
    ):
        if options[name] is not None and not low <= options[name] <= high:
            module.fail_json(msg="%s must be between %s and %s, and is %s" % (name, low, high, options[name]))
    if not sys.platform.startswith("linux"):
        module.fail_json(msg="fleet.memory.lab needs Linux; this host's platform is %s" % sys.platform)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "lesson": {"type": "str", "choices": list(LESSONS)},
            "phase": {"type": "str", "choices": ["begin", "cleanup", "check"]},
            "exercise": {"type": "int"},
            "bytes_max": {"type": "int", "default": 268435456},
            "percent_max": {"type": "float", "default": 10.0},
            "samples": {"type": "int", "default": 5},
            "interval": {"type": "float", "default": 0.5},
        },
        mutually_exclusive=[("lesson", "phase", "exercise")],
        required_one_of=[("lesson", "phase", "exercise")],
        supports_check_mode=True,
    )
    check_options(module)
    journal = Journal()
    try:
        if module.params["lesson"]:
            result = run_lesson(module, journal)
        elif module.params["phase"]:
            result = run_phase(module, journal)
        else:
            result = run_exercise(module)
    except BadFolder as error:
        module.fail_json(msg=str(error))
    except (OSError, Malformed) as error:
        module.fail_json(msg="the lab can't work on this host: %s" % error)
    module.exit_json(**dict({"changed": False}, **result))


if __name__ == "__main__":
    main()
