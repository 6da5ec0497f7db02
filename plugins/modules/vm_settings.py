#!/usr/bin/python

# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: vm_settings
short_description: Set swappiness and other memory parameters of the kernel, so that it holds
version_added: 0.2.0
author:
  - fleet.memory contributors (@fleet-memory)
description:
  - Sets parameters of the kernel that decide how memory behaves, now and after the next boot, or changes nothing.
  - Writes C(/etc/sysctl.d/90-fleet-memory.conf) and no other file, unless O(takeover) is given. What the file holds
    already and the call does not name stays.
  - Before it writes, it plays through what the host's loader (systemd-sysctl, procps, and tuned on top) makes of all
    files. Lines of others that would win are named with file and line.
  - After writing, it proves that the live value is the one wanted, and that a boot would set it, by this file. When
    that fails, everything is taken back.
  - In a container, and where C(/proc/sys) is mounted read-only, it changes nothing and says so in RV(not_applicable).
extends_documentation_fragment:
  - fleet.memory.change
options:
  settings:
    description:
      - Parameters by their names, each with a whole number, or V(absent).
      - V(vm.swappiness), V(vm.overcommit_memory), V(vm.overcommit_ratio), V(vm.overcommit_kbytes),
        V(vm.min_free_kbytes), V(vm.vfs_cache_pressure), V(vm.page-cluster), V(vm.max_map_count) and
        V(vm.watermark_scale_factor).
      - V(0) for one of V(vm.overcommit_ratio) and V(vm.overcommit_kbytes) means that the other one counts, and that one
        is set. The kernel clears either when the other is written, even with V(0).
      - With V(absent) the line of this collection goes, lines that it took over come back, and the live value becomes
        what a boot then gives, else what it was before the first run. Where neither is known it stays, with a warning.
        What this collection never set is left alone.
    type: dict
    default: {}
  transparent_hugepage:
    description:
      - Whether the kernel uses transparent huge pages. It is set at boot by C(/etc/tmpfiles.d/90-fleet-memory.conf).
      - V(absent) removes that file, if there is one, and sets what was live before the first run.
      - Whenever it is set, the kernel works out C(vm.min_free_kbytes) anew. Less than it may come to is refused.
    type: str
    choices: [always, madvise, never, absent]
  cgroup_swappiness:
    description:
      - With cgroup v1, also set C(memory.swappiness) of every cgroup that has another value than V(vm.swappiness) has.
      - It lasts no longer than the cgroup; a new one has the value of the cgroup that it is made in.
    type: bool
    default: false
  takeover:
    description:
      - Make comments of the lines of other files that would win at boot. They begin with C(#fleet.memory#) then.
      - A file below C(/usr), C(/lib) or C(/run) is not touched; a copy of it in C(/etc/sysctl.d) takes its place.
      - Profiles of tuned are never touched.
    type: bool
    default: false
  force:
    description:
      - Names of settings that are to be set in spite of a guard, such as V(vm.overcommit_memory).
      - It does not help against values that the kernel does not take, and not against lines that would win.
    type: list
    elements: str
    default: []
notes:
  - Needs root.
seealso:
  - module: fleet.memory.memory_info
  - module: ansible.posix.sysctl
  - name: Documentation for /proc/sys/vm
    description: What each of the kernel's memory parameters does.
    link: https://docs.kernel.org/admin-guide/sysctl/vm.html
"""

EXAMPLES = r"""
- name: A database server swaps only when it must
  fleet.memory.vm_settings:
    settings:
      vm.swappiness: 10
      vm.overcommit_memory: 2
      vm.overcommit_ratio: 90
    transparent_hugepage: madvise

- name: Whatever else the host declares, this counts
  fleet.memory.vm_settings:
    settings:
      vm.swappiness: 10
    takeover: true

- name: Back to what the host said before
  fleet.memory.vm_settings:
    settings:
      vm.swappiness: absent
"""

RETURN = r"""
run:
  description: The id of the run, for C(fleet.memory.rollback).
  type: str
  returned: success
  sample: 20261104T091500Z-4711
record:
  description: Path of the rollback record on the host; V(null) when nothing was written, as in check mode.
  type: str
  returned: success
  sample: /var/lib/fleet-memory/rollback/20261104T091500Z-4711.json
changes:
  description: What was changed, or would be in check mode. Empty when all was as wanted already.
  type: list
  elements: dict
  returned: always, but not when the options are wrong
  contains:
    setting:
      description: Name of the parameter, V(transparent_hugepage) or V(memory.swappiness).
      type: str
      returned: always
      sample: vm.swappiness
    scope:
      description: V(live), the value in the kernel, or V(boot), a line of a file.
      type: str
      returned: always
      sample: live
    where:
      description: Path of the kernel's file, or of the file that declares the setting; V(path:line) of another's line.
      type: str
      returned: always
      sample: /proc/sys/vm/swappiness
    from:
      description: The value before; V(null) where the file had no line for it.
      type: str
      returned: always
      sample: "60"
    to:
      description: The value after; V(null) where the line is gone.
      type: str
      returned: always
      sample: "10"
    needs_restart:
      description: Always V(null); none of these settings needs a restart.
      type: str
      returned: always
      sample: null
diff:
  description: For each file and for the live values the text before and after.
  type: list
  elements: dict
  returned: success
  sample: [{before: "vm.swappiness = 60\n", after: "vm.swappiness = 10\n", before_header: live values,
            after_header: live values}]
refused:
  description:
    - Why nothing was changed. Each has C(setting), C(why), C(forcible) (whether O(force) helps), and the figures or
      C(file), C(line) and C(value) of the line that would win.
  type: list
  elements: dict
  returned: failure by a guard
  sample: [{setting: vm.swappiness, why: "...", forcible: false, file: /etc/sysctl.conf, line: 3, value: "99"}]
rolled_back:
  description: After a failure while writing, what became of each step, with C(what), C(result) and C(why).
  type: list
  elements: dict
  returned: failure while writing
  sample: [{what: /proc/sys/vm/swappiness, result: restored, why: null}]
not_applicable:
  description: Why none of this can be set on this host, in words; V(null) where it can.
  type: str
  returned: success
  sample: null
"""

from typing import Any, Dict

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.fleet.memory.plugins.module_utils._change.ending import failures_told, needs_linux, refused
from ansible_collections.fleet.memory.plugins.module_utils._change.record import new_run_id
from ansible_collections.fleet.memory.plugins.module_utils._change.transaction import Transaction
from ansible_collections.fleet.memory.plugins.module_utils._derive.guard_vm import NAMES
from ansible_collections.fleet.memory.plugins.module_utils._tune.plan import read_host
from ansible_collections.fleet.memory.plugins.module_utils._tune.vm_settings import (
    carry_out,
    not_applicable,
    plan_all,
    prove,
)

ROOT = ""


def run_module(module: AnsibleModule) -> Dict[str, Any]:
    options = module.params
    run = options["run"] or new_run_id()
    host = read_host(ROOT)
    result: Dict[str, Any] = {"changed": False, "run": run, "record": None, "changes": [], "diff": []}
    reason = not_applicable(host.memory, options)
    if reason:
        return dict(result, not_applicable=reason)
    plan, wanted = plan_all(host, options)
    refused(module, plan.standing(lambda setting: setting in options["force"]))
    for warning in plan.warnings:
        module.warn(warning)
    result.update(changes=plan.changes(), diff=plan.diff(), changed=bool(plan.live or plan.written()))
    if result["changed"] and not module.check_mode:
        with Transaction(ROOT, run, module.run_command) as change:
            carry_out(change, plan, wanted)
            prove(ROOT, plan, wanted, options)
        result["record"] = change.record.path
    return dict(result, not_applicable=None)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "settings": {"type": "dict", "default": {}},
            "transparent_hugepage": {"type": "str", "choices": ["always", "madvise", "never", "absent"]},
            "cgroup_swappiness": {"type": "bool", "default": False},
            "takeover": {"type": "bool", "default": False},
            "force": {"type": "list", "elements": "str", "default": []},
            "run": {"type": "str"},
        },
        supports_check_mode=True,
    )
    needs_linux(module, "vm_settings")
    unknown = sorted(set(module.params["settings"]).difference(NAMES))
    if unknown:
        module.fail_json(msg="settings: %s: not one of %s" % (", ".join(unknown), ", ".join(NAMES)))
    with failures_told(module):
        result = run_module(module)
    # Not above: an error in telling the result would be taken for one before the change.
    module.exit_json(**result)


if __name__ == "__main__":
    main()
