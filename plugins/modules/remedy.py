#!/usr/bin/python
# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: remedy
short_description: Plan, follow and judge the changes that an audit's findings ask for
version_added: 0.2.0
author:
  - fleet.memory contributors (@fleet-memory)
description:
  - The parts of a remediation that happen on the controller. The playbook C(fleet.memory.remediate) and the role
    P(fleet.memory.remediate#role) put them together, and are what to use. The changes themselves are made by the roles
    that the findings name.
  - O(phase=wish) finds what the failed rules of a host ask for. Waived findings ask for nothing, and rules that want
    different values of the same setting are all left alone.
  - O(phase=answer) keeps what a role would change, or why it would not. O(phase=state) tells how it stands with a host,
    and O(phase=show) prints the plan of all hosts.
  - O(phase=start) begins with a host, unless an earlier batch did not go well. O(phase=made) keeps what a role did.
  - O(phase=compare) holds the second audit against the first, and fails when the host is worse off.
    O(phase=settle) keeps how it ended when something went wrong. O(phase=report) writes the report of the run.
extends_documentation_fragment: [fleet.memory.controller]
options:
  phase:
    description: Which part of the remediation.
    type: str
    required: true
    choices: [wish, answer, state, show, start, made, compare, settle, report]
  rules:
    description: Patterns, as of a shell, of the rules whose findings are remedied. Only for O(phase=wish).
    type: list
    elements: str
    default: ["*"]
  step:
    description: One of RV(steps). Required for O(phase=answer) and O(phase=made).
    type: dict
  result:
    description: What the role's module returned. Only for O(phase=answer) and O(phase=made).
    type: dict
  failure:
    description:
      - Why the role failed. For O(phase=answer) and O(phase=made) the result of the task that failed, a dictionary.
      - Required for O(phase=settle), where it is a text.
    type: raw
  pressure_rise:
    description:
      - By how many percent of the time more the programs of the host may wait for memory than before the changes, by
        the C(avg10) figures of U(https://docs.kernel.org/accounting/psi.html). Only for O(phase=compare).
    type: float
    default: 10.0
  taken_back:
    description: What M(fleet.memory.rollback) returned. Required for O(phase=settle).
    type: dict
  report_dir:
    description: Folder of the reports; the run has a folder in it. Only for O(phase=report).
    type: path
    default: reports
attributes:
  check_mode:
    details: Plans and reports in the store as otherwise, and keeps no change as made.
notes:
  - O(phase=wish) looks for the audit in the variable C(memory_audit_run). Register its result as
    C(memory_remediate_wish), where all other phases look. O(phase=compare) finds the second audit in
    C(memory_audit_run).
  - RV(ignore:changed) is always false. Nothing on a host changes here.
requirements:
  - SQLAlchemy 2.0 or later on the controller
  - jmespath 1.0 or later on the controller
seealso:
  - module: fleet.memory.audit
  - module: fleet.memory.rollback
"""

EXAMPLES = r"""
- name: Find what the findings of a host ask for
  fleet.memory.remedy:
    phase: wish
    rules: [swappiness-range, redis-*]
  register: memory_remediate_wish

- name: Show what would be changed on all hosts
  fleet.memory.remedy:
    phase: show
  run_once: true
  delegate_to: localhost
"""

RETURN = r"""
run:
  description: Id of the audit whose findings are remedied, by which the changes are taken back, too.
  returned: when O(phase=wish) or O(phase=report)
  type: str
  sample: 20261124T210000Z-3f9a1c
store:
  description: URL of the store.
  returned: when O(phase=wish)
  type: str
  sample: sqlite:////srv/reports/fleet-memory.sqlite
steps:
  description: The roles to run, in their order. After O(phase=start) those of them that have something to change.
  returned: when O(phase=wish) or O(phase=start)
  type: list
  elements: dict
  contains:
    role:
      description: Name of the role.
      returned: always
      type: str
      sample: fleet.memory.swappiness
    variables:
      description: The variables of the role that say what to set.
      returned: always
      type: dict
      sample: {memory_swappiness_settings: {vm.swappiness: 10}}
    wishes:
      description: Each value that is wished for, the words that name its setting, and the rules that ask for it.
      returned: always
      type: list
      elements: dict
      sample: [{words: [vm.swappiness], value: 10, rules: [swappiness-range]}]
planned:
  description: How many changes the role would make; 0 also where it refused.
  returned: when O(phase=answer)
  type: int
  sample: 2
state:
  description:
    - V(planned), changes are planned; V(nothing), nothing is to be changed; V(begun), changes began; V(done), they
      hold; V(failed), a change failed and all was taken back; V(worse), the host got worse and all was taken back;
      V(in_doubt), the host went away or taking back failed; V(not_tried), an earlier batch did not go well.
  returned: when O(phase=state) or O(phase=settle)
  type: str
  sample: planned
changes:
  description: How many changes are planned on all hosts.
  returned: when O(phase=show)
  type: int
  sample: 12
hosts:
  description: How many hosts are to be changed; after O(phase=report) how many are in each state.
  returned: when O(phase=show) or O(phase=report)
  type: raw
  sample: 5
go:
  description: Whether to change this host now.
  returned: when O(phase=start)
  type: bool
  sample: true
stopped:
  description: The hosts of earlier batches on which it did not go well.
  returned: when O(phase=start)
  type: list
  elements: str
  sample: []
made:
  description: How many changes the role made.
  returned: when O(phase=made)
  type: int
  sample: 2
gone:
  description: The remedied rules that don't fail any more.
  returned: when O(phase=compare)
  type: list
  elements: str
  sample: [swappiness-range]
waiting:
  description: The remedied rules that hold only after a restart that this run does not do.
  returned: when O(phase=compare)
  type: list
  elements: str
  sample: []
still:
  description: The remedied rules that still fail, or can't be judged any more. Empty where the phase does not fail.
  returned: when O(phase=compare)
  type: list
  elements: str
  sample: []
new:
  description: The rules that failed in the second audit only.
  returned: when O(phase=compare)
  type: list
  elements: str
  sample: []
worse:
  description: Why the host counts as worse, in words. Empty where the phase does not fail.
  returned: when O(phase=compare)
  type: list
  elements: str
  sample: []
unknown:
  description: What could not be compared, in words, as on kernels without pressure figures.
  returned: when O(phase=compare)
  type: list
  elements: str
  sample: []
complete:
  description: Whether every host was audited, and all was done that the findings ask of this collection.
  returned: when O(phase=report)
  type: bool
  sample: true
missed:
  description: How many hosts could not be audited.
  returned: when O(phase=report)
  type: int
  sample: 0
unsettled:
  description: On how many hosts a role refused, or rules contradict each other.
  returned: when O(phase=report)
  type: int
  sample: 0
paths:
  description: The report files by format, C(json) and C(html).
  returned: when O(phase=report)
  type: dict
  sample: {json: /srv/reports/20261124T210000Z-3f9a1c/remediation.json}
"""
