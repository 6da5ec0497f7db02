#!/usr/bin/python
# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: diagnose
short_description: Say which troubles with memory a host has, and which mistakes would mislead on it
version_added: 0.3.0
author:
  - fleet.memory contributors (@fleet-memory)
description:
  - Takes two snapshots of a host, some seconds apart, and says which rows of two tables apply to it, with the host's
    own figures and what to do.
  - Troubles are C(out-of-memory), C(leak), C(slow), C(killed) and C(high-swap).
  - Mistakes are C(vsz-for-rss), C(swap-ignored), C(ulimit-for-ram), C(faults-alike) and C(shared-twice). Such a row
    applies where somebody who makes the mistake would be misled on this host.
  - Prints the answer for people, and writes it to C(<report_dir>/diagnose/<host>.json) on the controller.
  - Never changes a host.
extends_documentation_fragment: [fleet.memory.controller]
options:
  seconds:
    description:
      - Time between the two snapshots, 1 second or more. Paging is watched the whole time.
      - A cache that fills looks like a leak for a while; the longer the time, the surer the answer.
    type: float
    default: 5.0
  report_dir:
    description: Folder of the reports; the diagnosis goes into its folder C(diagnose), named after the host.
    type: path
    default: reports
attributes:
  check_mode:
    details: Does the same as otherwise. A diagnosis is output of the run, not state of a host.
notes:
  - The thresholds are parameters of a policy, and set by variables of the inventory, such as
    C(memory_policy_diagnose_leak_bytes_per_second). C(docs/lab/diagnose.md) has all of them.
  - Runs without privileges. What could not be read makes a row unknown, with the reason, or a sum a pair of bounds.
requirements:
  - jmespath 1.0 or later and jsonschema 4.18 or later on the controller
seealso:
  - module: fleet.memory.snapshot
  - module: fleet.memory.audit
"""

EXAMPLES = r"""
- name: Diagnose the host
  fleet.memory.diagnose:

- name: Look longer, for a slow leak
  fleet.memory.diagnose:
    seconds: 300
  register: diagnosis

- name: Fail when something leaks
  ansible.builtin.assert:
    that: diagnosis.rows | selectattr('row', 'eq', 'leak') | rejectattr('applies', 'sameas', true) | length == 1
"""

RETURN = r"""
rows:
  description: The rows of both tables, the troubles first.
  returned: success
  type: list
  elements: dict
  contains:
    row:
      description: Name of the row.
      returned: always
      type: str
      sample: leak
    kind:
      description: V(trouble) or V(mistake).
      returned: always
      type: str
    title:
      description: The same for people.
      returned: always
      type: str
    applies:
      description: Whether the row applies to this host. Null when that can't be told; RV(rows[].reason) says why.
      returned: always
      type: bool
    meaning:
      description: What it means, with the figures. Null when the row doesn't apply.
      returned: always
      type: str
    figures:
      description: What was looked at; sizes are in bytes. Null when it could not be read.
      returned: always
      type: raw
    what_to_do:
      description: What to do. Null when the row doesn't apply.
      returned: always
      type: str
    reason:
      description: Why it can't be told whether the row applies, or why it can't apply here. Null otherwise.
      returned: always
      type: str
  sample:
    - row: leak
      kind: trouble
      title: Leak
      applies: true
      meaning: For 5.0 s 1 process(es) grew by 1.9 MiB/s, and hold more than ever. What is available lasts 3.1 h.
      figures: {leaking_processes: 1, leaking: [{command: app, pid: 4711, grown_bytes_per_second: 1992294}]}
      what_to_do: Look again with a longer memory_diagnose_seconds.
      reason: null
seconds:
  description: Time between the two snapshots by the host's clock. Null when that isn't known.
  returned: success
  type: float
  sample: 5.9
path:
  description: The file on the controller that has the rows, and the processes that grew most.
  returned: success
  type: str
  sample: /srv/reports/diagnose/web1.json
"""
