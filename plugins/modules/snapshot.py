#!/usr/bin/python
# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: snapshot
short_description: Gather everything about a host's memory in one round trip
description:
  - Returns what M(fleet.memory.memory_info), M(fleet.memory.process_memory_info), M(fleet.memory.memory_limits_info),
    M(fleet.memory.paging_info) and M(fleet.memory.oom_info) return, read by one process within a moment, the files of a
    process once for all.
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
  pss_precision_percent:
    description: O(pss=auto) stops when at most this share of the host's PSS is still unattributed.
    type: float
    default: 1.0
  pss_budget_ms:
    description: Time that O(pss=auto) may spend on it, in milliseconds.
    type: int
    default: 2000
  paging_ms:
    description:
      - How long to watch paging, in milliseconds; V(0) = not at all. Everything else is read meanwhile, so that a long
        scan adds nothing.
    type: int
    default: 1000
  bundle:
    description: The code that does the work on the host. The action plugin of this module sets it; leave it alone.
    type: str
  packed:
    description:
      - Return the document as one compressed string, RV(snapshot_zlib), in place of its parts.
      - A tenth of the bytes travels, and Ansible needn't look at each of the many thousand values. The audit uses it.
    type: bool
    default: false
notes:
  - Runs without privileges. What was denied is null, and C(unread) and C(coverage) say so.
  - Lowers its own CPU and I/O priority while it reads. Not for the rollups, where it may choose (as root). Who holds a
    lock of another process at a low priority makes that process wait the longer on a busy host.
seealso:
  - module: fleet.memory.memory_info
  - module: fleet.memory.process_memory_info
  - module: fleet.memory.memory_limits_info
  - module: fleet.memory.paging_info
  - module: fleet.memory.oom_info
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
  sample: "1.1"
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
reserved:
  description: Memory that is set aside or promised, and may never be used. What there is none of has no entry.
  returned: when not O(packed)
  type: list
  elements: dict
  contains:
    what:
      description:
        - C(hugetlb_free), huge pages that are neither used nor reserved, and that nobody else can use.
        - C(tmpfs_caps), the sizes to which all tmpfs mounts together may grow. Above the RAM on many ordinary hosts.
        - C(unattached_sysv), System V shared memory that no process has attached.
        - C(cgroup_max) and C(cgroup_min), the sums of memory.max over the topmost limited cgroups and of memory.min.
        - C(memlock_unlimited), processes that may lock any amount of memory; C(bytes) is what they have locked.
      returned: always
      type: str
    count:
      description: How many pages, mounts, segments, cgroups or processes.
      returned: always
      type: int
    bytes:
      description: How much, in bytes. Null when a part of it is unknown.
      returned: always
      type: int
    percent_of_ram:
      description: C(bytes) in percent of MemTotal. Null when either is unknown.
      returned: always
      type: float
    over:
      description: Whether it is more than the RAM there is.
      returned: always
      type: bool
    detail:
      description: The same in words.
      returned: always
      type: str
oom:
  description: What M(fleet.memory.oom_info) returns, from /dev/kmsg alone. It runs neither journalctl nor dmesg.
  returned: when not O(packed)
  type: dict
paging:
  description: What M(fleet.memory.paging_info) returns, of one sample over O(paging_ms). Null when that is 0.
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

import importlib

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.fleet.memory.plugins.module_utils._bundle.unpack import PACKAGE, WithoutBz2, unpack


def main():
    module = AnsibleModule(
        argument_spec={
            "pss": {"type": "str", "default": "auto", "choices": ["auto", "all", "none"]},
            "pss_precision_percent": {"type": "float", "default": 1.0},
            "pss_budget_ms": {"type": "int", "default": 2000},
            "paging_ms": {"type": "int", "default": 1000},
            "packed": {"type": "bool", "default": False},
            "bundle": {"type": "str", "no_log": True},
        },
        supports_check_mode=True,
    )
    params = module.params
    for option in ("pss_budget_ms", "pss_precision_percent", "paging_ms"):
        if params[option] < 0:
            module.fail_json(msg="%s: expected 0 or more, not %s" % (option, params[option]))
    if not params["bundle"]:
        module.fail_json(msg="bundle: expected from this module's action plugin, through which Ansible has to run it")
    try:
        unpack(params["bundle"])
    except WithoutBz2:
        module.fail_json(msg="This Python has no bz2.", without_bz2=True)
    scanner = importlib.import_module(PACKAGE + "._scan.snapshot")
    try:
        snapshot = scanner.snapshot_for(params)
    except scanner.Unread as error:
        module.fail_json(
            msg="%s can't be read: %s. Is this a Linux host with /proc mounted?" % (error.path, error.reason)
        )
    if params["packed"]:
        module.exit_json(changed=False, schema_version=scanner.SCHEMA_VERSION, snapshot_zlib=scanner.pack(snapshot))
    module.exit_json(changed=False, **snapshot)


if __name__ == "__main__":
    main()
