#!/usr/bin/python
# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: audit
short_description: Measure a host's memory, judge it by a policy, keep the result
version_added: 0.1.0
author:
  - fleet.memory contributors (@fleet-memory)
description:
  - The parts of a memory audit. The role P(fleet.memory.audit#role) puts them together, and is what to use.
  - O(phase=begin) checks the policies and waivers, and opens a run in the store, once, with every host of the play
    still pending.
  - O(phase=measure) calls M(fleet.memory.snapshot) on the host, judges the snapshot, and writes both to the store. A
    host that can't be reached or measured is recorded with the reason, and the task succeeds.
  - O(phase=record) records that a host could not be audited, where Ansible failed before this action could begin.
  - O(phase=finish) closes the run.
extends_documentation_fragment: [fleet.memory.controller]
options:
  phase:
    description: Which part of the audit.
    type: str
    required: true
    choices: [begin, measure, record, finish]
  store:
    description:
      - The store, as a path of an SQLite file or a database URL. A relative path starts at the working directory.
      - Required for O(phase=begin), and only there.
    type: str
  policies:
    description:
      - Policies to judge by. A bare name is a policy of this collection, anything else the path of a file, relative to
        the playbook or to the working directory.
      - Only for O(phase=begin).
    type: list
    elements: str
    default: [baseline]
  waivers:
    description:
      - Findings that somebody answers for until a date, each with C(rule), C(hosts) or C(groups), C(reason), C(owner)
        and C(expires); or the path, or a list of paths, of YAML files that have such a list as C(waivers).
      - They follow C(docs/schemas/waivers-1.schema.json). Only for O(phase=begin).
    type: raw
    default: []
  from_run:
    description:
      - Id of an earlier run in the store that is judged again, with the policies, waivers and variables of today. Then
        O(phase=measure) judges the snapshots that are stored, and no host is touched.
      - Hosts of that run that are not in the inventory any more are recorded as failed. Only for O(phase=begin).
    type: str
  gate:
    description:
      - What the gate of M(fleet.memory.report) will be asked. It is checked here, before any host is touched. Only for
        O(phase=begin).
    type: dict
    suboptions:
      fail_on:
        description: The lowest severity that fails the gate. With V(none) no finding does.
        type: str
        choices: [none, info, low, medium, high, critical]
        default: medium
      min_coverage:
        description: How many percent of the hosts must have been audited, 0 or 1 to 100.
        type: float
        default: 100.0
      unknown_fails:
        description: Whether a rule of such a severity that couldn't be judged, V(unknown) or V(error), fails the gate.
        type: bool
        default: true
      baseline_run:
        description:
          - Id of an earlier run in the store. What failed or couldn't be judged on the same host there doesn't fail the
            gate.
        type: str
      left_out:
        description: Hosts of the inventory that the run was not asked to audit. The gate mentions them.
        type: int
        default: 0
  reason:
    description: Why the host could not be audited. Required for O(phase=record).
    type: str
attributes:
  check_mode:
    details: Does the same as otherwise. It reads the host and never changes it.
notes:
  - Register O(phase=begin) as C(memory_audit_run). The other phases look for that variable, because templates that
    every fork renders would cost as much as all that it writes.
  - RV(ignore:changed) is always false, since nothing on any host changes.
  - Values for the parameters of a policy come from variables of the host, named C(memory_policy_<parameter>).
requirements:
  - SQLAlchemy 2.0 or later on the controller
  - jmespath 1.0 or later on the controller
  - jsonschema 4.18 or later on the controller
seealso:
  - module: fleet.memory.snapshot
  - module: fleet.memory.report
"""

EXAMPLES = r"""
- name: Open a run
  fleet.memory.audit:
    phase: begin
    store: reports/fleet-memory.sqlite
    policies: [baseline, policies/databases.yml]
  register: memory_audit_run
  run_once: true
  delegate_to: localhost

- name: Measure and judge a host
  fleet.memory.audit:
    phase: measure

- name: Close the run
  fleet.memory.audit:
    phase: finish
  run_once: true
  delegate_to: localhost
"""

RETURN = r"""
run:
  description: Id of the run, which begins with the time in UTC.
  returned: when O(phase=begin)
  type: str
  sample: 20261124T210000Z-3f9a1c
store:
  description: URL of the store.
  returned: when O(phase=begin)
  type: str
  sample: sqlite:////srv/reports/fleet-memory.sqlite
rejudges:
  description: Id of the run that measured the snapshots; null when this run is to measure.
  returned: when O(phase=begin)
  type: str
  sample: 20261117T210000Z-a7310c
gate:
  description: The options for the gate of M(fleet.memory.report), complete.
  returned: when O(phase=begin)
  type: dict
  sample: {fail_on: medium, min_coverage: 100.0, unknown_fails: true, baseline_run: null, left_out: 0}
rules:
  description: The validated rules and their parsed expressions as JSON, so that no fork reads the policies again.
  returned: when O(phase=begin)
  type: str
waivers:
  description: The waivers that name a rule and a host of the run, as JSON.
  returned: when O(phase=begin)
  type: str
policies_sha256:
  description: Digest of the rules as they were understood. The same policies give the same digest.
  returned: when O(phase=begin)
  type: str
  sample: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
hosts:
  description: How many hosts the run has; after O(phase=finish) by status.
  returned: when O(phase=begin) or O(phase=finish)
  type: raw
  sample: 850
status:
  description: V(audited), V(unreachable) or V(failed).
  returned: when O(phase=measure) or O(phase=record)
  type: str
  sample: audited
reason:
  description: Why the host was not audited; null when it was.
  returned: when O(phase=measure) or O(phase=record)
  type: str
  sample: "Failed to connect to the host via ssh: Connection timed out"
available_percent:
  description: Available memory in percent of the total; null when unknown.
  returned: when O(phase=measure) or O(phase=record)
  type: float
  sample: 41.27
used_percent:
  description: Used memory in percent of the total; null when unknown.
  returned: when O(phase=measure) or O(phase=record)
  type: float
  sample: 58.73
verdicts:
  description: How many rules have each verdict other than V(pass).
  returned: when O(phase=measure) or O(phase=record)
  type: dict
  sample: {fail: 2, unknown: 1, not_applicable: 3}
failed_severities:
  description: How many rules failed of each severity.
  returned: when O(phase=measure) or O(phase=record)
  type: dict
  sample: {high: 1, low: 1}
worst:
  description: Ids of the failed rules, the most severe first, five at most.
  returned: when O(phase=measure) or O(phase=record)
  type: list
  elements: str
  sample: [memory-available, thp-always]
"""
