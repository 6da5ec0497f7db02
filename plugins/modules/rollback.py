#!/usr/bin/python

# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: rollback
short_description: Take back what a run of this collection changed on a host
version_added: 0.2.0
author:
  - fleet.memory contributors (@fleet-memory)
description:
  - Restores what the changing modules of this collection changed in one run, from the record that the host keeps.
    Files get back their bytes, owner and mode, the kernel and processes their live values. A swap file that was removed
    or resized is made again. Folders that the run made go when they are empty, units that it restarted are restarted.
  - It works for a run that was completed and for one that was cut short, and can itself be cut short and repeated.
  - What is as before already is left alone. What somebody else, or a later run, has changed since is a conflict; then
    nothing is changed, unless O(force) is given.
  - A host that has no record of the run is as it should be, and the module says so in RV(found).
  - Where it fails half-way, the record stays, and the same call goes on with the rest.
extends_documentation_fragment: [fleet.memory.change]
options:
  run:
    description: Id of the run, as the changing modules returned it.
    type: str
    required: true
  force:
    description:
      - Restore also what was changed since the run. Those changes are lost.
      - Turn off a swap file also where memory hardly has room for what is swapped out.
    type: bool
    default: false
attributes:
  check_mode:
    details:
      - Conflicts are looked for and RV(changes) is worked out as in a real run, and nothing is written.
notes:
  - Needs root.
  - A process that has ended since, or a host that was rebooted, has lost its limits anyway; such steps are V(gone).
  - A run that was rolled back is over. A new change needs a new id.
seealso:
  - module: fleet.memory.vm_settings
  - module: fleet.memory.swap_file
"""

EXAMPLES = r"""
- name: What would it take back?
  fleet.memory.rollback:
    run: 20261104T091500Z-4711
  check_mode: true
  diff: true

- name: Take it back
  fleet.memory.rollback:
    run: 20261104T091500Z-4711
"""

RETURN = r"""
run:
  description: The id of the run.
  type: str
  returned: always, but not when the options are wrong
  sample: 20261104T091500Z-4711
found:
  description: Whether the host has a record of the run.
  type: bool
  returned: always, but not when the options are wrong or the record can't be read
  sample: true
state:
  description:
    - How it stood with the run before this call.
    - V(done), V(rolled_back), or V(open) when it was cut short.
    - V(null) when there is no record.
  type: str
  returned: as RV(found)
  sample: done
record:
  description: Path of the rollback record on the host; V(null) when there is none.
  type: str
  returned: as RV(found)
  sample: /var/lib/fleet-memory/rollback/20261104T091500Z-4711.json
msg:
  description: The result in words.
  type: str
  returned: always
  sample: run 20261104T091500Z-4711 was taken back
changes:
  description: What is restored, or would be in check mode. Empty when all was as before already, and after a conflict.
  type: list
  elements: dict
  returned: as RV(found)
  contains:
    setting:
      description: Path of the file or of the kernel's file, or the limit, such as C(RLIMIT_AS of process 4711).
      type: str
      returned: always
      sample: /etc/sysctl.d/90-fleet-memory.conf
    scope:
      description:
        - V(file), a file or a folder; V(swap), a swap file; V(live), a value in the kernel; V(running), a value of a
          running process; V(service), a unit that is restarted.
      type: str
      returned: always
      sample: file
    where:
      description: Path of the file; the PID where V(running) is meant; name of the unit.
      type: str
      returned: always
      sample: /etc/sysctl.d/90-fleet-memory.conf
    from:
      description:
        - The present value. Of a file size, mode and owner, of a swap file also whether it is on, and its priority.
          V(null) where there is none, and for a unit.
        - Of limits the soft and the hard one, in the unit of setrlimit(2), V(-1) is unlimited.
      type: str
      returned: always
      sample: "46 bytes, mode 0644, owner 0:0"
    to:
      description: The restored value, in the same form; V(null) where the file goes, and for a unit.
      type: str
      returned: always
      sample: null
    needs_restart:
      description:
        - The unit that was started by a boot since the run, and has its limits from the file until it is restarted.
        - V(null) otherwise; what the run restarted is restarted again.
      type: str
      returned: always
      sample: null
diff:
  description: For each file and for the live values the text before and after.
  type: list
  elements: dict
  returned: success
  sample: [{before: "vm.swappiness = 10\n", after: "", before_header: /etc/sysctl.d/90-fleet-memory.conf,
            after_header: /etc/sysctl.d/90-fleet-memory.conf}]
conflicts:
  description: What was changed since by others. With O(force) it was restored all the same.
  type: list
  elements: dict
  returned: as RV(found)
  contains:
    what:
      description: The file, the kernel's file or the limit.
      type: str
      returned: always
      sample: /etc/sysctl.d/90-fleet-memory.conf
    why:
      description: What is in the way, in words.
      type: str
      returned: always
      sample: changed since, by run 20261105T080000Z-99, which has to be rolled back first
    later_runs:
      description: Ids of later runs that changed the same and were not rolled back, the newest last.
      type: list
      elements: str
      returned: always
      sample: [20261105T080000Z-99]
rolled_back:
  description:
    - What became of each step, the last first. Empty when there was nothing to do, and in check mode.
    - C(result) is V(restored), V(as_before), V(kept) (a folder that holds files of others), V(gone) (a process or a
      cgroup that is no more) or V(failed); C(why) is the reason, or V(null).
  type: list
  elements: dict
  returned: as RV(found)
  sample: [{what: /proc/sys/vm/swappiness, result: restored, why: null}]
"""

import contextlib
from typing import Any, Dict, List

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.fleet.memory.plugins.module_utils._change import outlook, record, rollback_result
from ansible_collections.fleet.memory.plugins.module_utils._change.ending import needs_linux
from ansible_collections.fleet.memory.plugins.module_utils._change.transaction import boot_id
from ansible_collections.fleet.memory.plugins.module_utils._change.undo import FAILED, restarted, undo

ROOT = ""


def run_module(module: AnsibleModule) -> None:
    run = module.params["run"]
    kept = record.Record(ROOT, run, boot_id(ROOT))
    with contextlib.ExitStack() as held:
        if kept.known and not module.check_mode:
            held.enter_context(record.locked(ROOT))
            kept = record.Record(ROOT, run, boot_id(ROOT))
        result: Dict[str, Any] = {
            "changed": False,
            "run": run,
            "found": kept.known,
            "state": kept.data["state"] if kept.known else None,
            "record": kept.path if kept.known else None,
            "changes": [],
            "diff": [],
            "conflicts": [],
            "rolled_back": [],
        }
        if not kept.known:
            module.exit_json(msg="this host has no record of run %s; nothing to take back" % run, **result)
        if result["state"] == record.ROLLED_BACK:
            module.exit_json(msg="run %s was taken back before" % run, **result)
        take_back(module, kept, result)


def take_back(module: AnsibleModule, kept: record.Record, result: Dict[str, Any]) -> None:
    run = module.params["run"]
    result["conflicts"] = outlook.conflicts(kept, ROOT)
    told = ["%s: %s" % (each["what"], each["why"]) for each in result["conflicts"]]
    if told and not module.params["force"]:
        module.fail_json(msg="nothing was changed: %s" % "; ".join(told), **result)
    for each in told:
        module.warn("forced: %s" % each)
    differences = outlook.differences(kept, ROOT)
    folders = outlook.emptied_folders(kept, ROOT)
    result["changes"] = rollback_result.changes(differences, folders, restarted(kept, ROOT), kept.boot_id)
    result["diff"] = rollback_result.diff(differences)
    result["changed"] = bool(result["changes"])
    if module.check_mode:
        module.exit_json(msg="run %s would be taken back" % run, **result)
    result["rolled_back"] = undo(kept, ROOT, module.run_command, module.params["force"])
    failed = failures(result["rolled_back"])
    if failed:
        module.fail_json(msg="run %s could not be taken back wholly: %s" % (run, "; ".join(failed)), **result)
    for unit in sorted({each["needs_restart"] for each in result["changes"] if each["needs_restart"]}):
        module.warn("%s was started with what was taken back, and keeps it until it is restarted" % unit)
    module.exit_json(msg="run %s was taken back" % run, **result)


def failures(undone: List[Dict[str, Any]]) -> List[str]:
    return ["%s: %s" % (each["what"], each["why"]) for each in undone if each["result"] == FAILED]


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "run": {"type": "str", "required": True},
            "force": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    needs_linux(module, "rollback")
    try:
        run_module(module)
    except (record.RecordError, OSError) as error:
        module.fail_json(msg="nothing was changed: %s" % error)


if __name__ == "__main__":
    main()
