#!/usr/bin/python
# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: snapshot
short_description: Gather everything about a host's memory in one round trip
description:
  - Returns what M(fleet.memory.memory_info), M(fleet.memory.process_memory_info) and
    M(fleet.memory.memory_limits_info) return, read by one process within a moment, the files of a process once for all.
  - The result is one document with a version. Its JSON Schema is C(docs/schemas/snapshot-1.schema.json) in the
    collection. Within version 1 keys are only added.
  - C(cost) says what the snapshot itself cost the host.
version_added: 0.1.0
author:
  - fleet.memory contributors (@fleet-memory)
extends_documentation_fragment:
  - fleet.memory.attributes
options:
  pss:
    description:
      - How much of smaps_rollup to read, as in M(fleet.memory.process_memory_info).
    type: str
    default: auto
    choices: [auto, all, none]
  pss_budget_ms:
    description: Time that O(pss=auto) may spend on it, in milliseconds.
    type: int
    default: 2000
  packed:
    description:
      - Return the document as one compressed string, RV(snapshot_zlib), in place of its parts.
      - A tenth of the bytes travels, and Ansible needn't look at each of the many thousand values. The audit uses it.
    type: bool
    default: false
notes:
  - Runs without privileges. What was denied is null, and C(unread) and C(coverage) say so.
  - Lowers its own CPU priority while it reads.
seealso:
  - module: fleet.memory.memory_info
  - module: fleet.memory.process_memory_info
  - module: fleet.memory.memory_limits_info
"""

EXAMPLES = r"""
- name: Gather everything
  fleet.memory.snapshot:
  register: snapshot

- name: Keep the document on the controller
  ansible.builtin.copy:
    content: "{{ snapshot | ansible.builtin.to_nice_json }}"
    dest: "snapshots/{{ inventory_hostname }}.json"
    mode: "0600"
  delegate_to: localhost

- name: What did it cost the host?
  ansible.builtin.debug:
    msg: "{{ snapshot.cost.cpu_seconds }} s of CPU, {{ snapshot.cost.peak_rss_bytes | human_readable }}"
"""

RETURN = r"""
schema_version:
  description: Version of the document.
  returned: always
  type: str
  sample: "1.0"
taken_at:
  description: When the snapshot began, ISO 8601, UTC, by the host's clock.
  returned: when not O(packed)
  type: str
  sample: "2026-11-24T08:15:30Z"
memory:
  description: What M(fleet.memory.memory_info) returns.
  returned: when not O(packed)
  type: dict
processes:
  description: What M(fleet.memory.process_memory_info) returns with C(group_by=command).
  returned: when not O(packed)
  type: dict
limits:
  description: What M(fleet.memory.memory_limits_info) returns.
  returned: when not O(packed)
  type: dict
cost:
  description: What the snapshot cost the host.
  returned: when not O(packed)
  type: dict
  contains:
    wall_seconds:
      description: Time from the start of the scan to its end, in seconds.
      returned: always
      type: float
    cpu_seconds:
      description: User and system time of the whole module process, its start-up and imports included, in seconds.
      returned: always
      type: float
    peak_rss_bytes:
      description: Largest RSS of the module process, in bytes.
      returned: always
      type: int
    snapshot_bytes:
      description: Size of the other parts as compact JSON, in bytes.
      returned: always
      type: int
snapshot_zlib:
  description:
    - The whole document in Base64.
    - Two zlib streams, one behind the other, of JSON in UTF-8. The first has all of the keys above but
      C(processes.processes), the second is that list.
  returned: when O(packed)
  type: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.fleet.memory.plugins.module_utils._records.unread import Unread
from ansible_collections.fleet.memory.plugins.module_utils._scan.cost import step_back
from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Files
from ansible_collections.fleet.memory.plugins.module_utils._scan.process_memory import Wanted
from ansible_collections.fleet.memory.plugins.module_utils._scan.snapshot import SCHEMA_VERSION, pack, take_snapshot


def main():
    module = AnsibleModule(
        argument_spec={
            "pss": {"type": "str", "default": "auto", "choices": ["auto", "all", "none"]},
            "pss_budget_ms": {"type": "int", "default": 2000},
            "packed": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    params = module.params
    if params["pss_budget_ms"] < 0:
        module.fail_json(msg="pss_budget_ms: expected 0 or more, not %d" % params["pss_budget_ms"])
    wanted = Wanted(
        pss=params["pss"],
        pss_budget_seconds=params["pss_budget_ms"] / 1000.0,
        group_by="command",
    )
    step_back()
    try:
        snapshot = take_snapshot(Files(), wanted)
    except Unread as error:
        module.fail_json(
            msg="%s can't be read: %s. Is this a Linux host with /proc mounted?" % (error.path, error.reason)
        )
    if params["packed"]:
        module.exit_json(changed=False, schema_version=SCHEMA_VERSION, snapshot_zlib=pack(snapshot))
    module.exit_json(changed=False, **snapshot)


if __name__ == "__main__":
    main()
