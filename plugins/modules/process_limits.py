#!/usr/bin/python
# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: process_limits
short_description: Set limits of processes while they run
version_added: 0.2.0
author:
  - fleet.memory contributors (@fleet-memory)
description:
  - Sets resource limits of running processes by prlimit(2), so that no restart is needed, or changes nothing.
  - The limits last as long as the process, and go to the children that it starts from then on. For what holds after a
    restart see M(fleet.memory.limits).
  - Before anything is set, each process is looked at. A limit below what a process uses or has used is refused with
    the figures.
  - Afterwards the limits are read again from C(/proc/PID/limits). When one isn't as wanted, all are set back.
  - A process is known by its number and its start time, so that no other one that got its number is touched.
extends_documentation_fragment:
  - fleet.memory.change
options:
  pid:
    description: The process with this number. It is an error when there is none.
    type: int
  unit:
    description: All processes of this systemd unit, such as V(nginx.service), or of a slice with all that is in it.
    type: str
  command:
    description: All processes with this command name, of which the kernel keeps 15 characters, as C(ps -o comm) shows.
    type: str
  limits:
    description:
      - Limits by name, V(AS), V(CORE), V(DATA), V(FSIZE), V(MEMLOCK), V(NOFILE), V(NPROC) or V(STACK), each with
        C(soft), C(hard) or both. A half that isn't given stays as it is.
      - Sizes are bytes, and may end in V(K), V(M), V(G) or V(T), of 1024. V(unlimited) is no limit.
      - A soft limit is lowered along with a hard limit that would be below it.
    type: dict
    required: true
  force:
    description:
      - Set the limits in spite of a guard, and warn. It doesn't help against what the kernel refuses.
    type: bool
    default: false
notes:
  - To raise a hard limit, or to set limits of another user's processes, needs CAP_SYS_RESOURCE. Root in a container
    may lack it. Without it a hard limit that was lowered can't come back, so that this is refused without O(force).
  - What RLIMIT_STACK does to a running process, it does to threads and programs that it starts from then on, and to
    the growth of its main thread's stack.
seealso:
  - module: fleet.memory.limits
  - module: fleet.memory.memory_limits_info
  - name: prlimit(2)
    description: What each limit means.
    link: https://man7.org/linux/man-pages/man2/getrlimit.2.html
"""

EXAMPLES = r"""
- name: No more than 3 GB of address space, as of now
  fleet.memory.process_limits:
    pid: 4711
    limits:
      AS: {soft: 3000000000}

- name: More files for a server that must not be restarted
  fleet.memory.process_limits:
    unit: nginx.service
    limits:
      NOFILE: {soft: 65536, hard: 65536}
"""

RETURN = r"""
run:
  description: The id of the run, for C(fleet.memory.rollback).
  type: str
  returned: success
  sample: 20261104T091500Z-4711
record:
  description: Path of the rollback record on the host; V(null) when nothing was changed, as in check mode.
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
      description: Name of the limit.
      type: str
      returned: always
      sample: AS
    scope:
      description: Always V(running).
      type: str
      returned: always
      sample: running
    where:
      description: File of the process that shows the limit.
      type: str
      returned: always
      sample: /proc/4711/limits
    from:
      description: Soft and hard limit before, in bytes or as a count.
      type: str
      returned: always
      sample: unlimited:unlimited
    to:
      description: Soft and hard limit after, in bytes or as a count.
      type: str
      returned: always
      sample: 3000000000:unlimited
    needs_restart:
      description: Always V(null); that is what this module is for.
      type: str
      returned: always
      sample: null
diff:
  description: The limits of all processes that change, before and after. The same in check mode.
  type: list
  elements: dict
  returned: success
  sample: [{before: "AS of process 4711 (java) = unlimited:unlimited\n",
            after: "AS of process 4711 (java) = 3000000000:unlimited\n",
            before_header: running processes, after_header: running processes}]
refused:
  description: Why nothing was changed. Each has C(setting), C(why), C(forcible) (whether O(force) helps) and figures.
  type: list
  elements: dict
  returned: failure by a guard
  sample: [{setting: AS, why: "...", forcible: true, wanted: 1000000, vsz_bytes: 172216320}]
rolled_back:
  description: After a failure while setting, what became of each step, with C(what), C(result) and C(why).
  type: list
  elements: dict
  returned: failure while setting
  sample: [{what: RLIMIT_AS of process 4711, result: restored, why: null}]
not_applicable:
  description: Why there is nothing to set, in words, such as that the unit has no process; V(null) otherwise.
  type: str
  returned: success
  sample: null
"""

from typing import Any, Dict, List, Optional

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.fleet.memory.plugins.module_utils._change.ending import failures_told, needs_linux, refused
from ansible_collections.fleet.memory.plugins.module_utils._change.record import new_run_id
from ansible_collections.fleet.memory.plugins.module_utils._change.transaction import Transaction
from ansible_collections.fleet.memory.plugins.module_utils._config import limit_value
from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Files
from ansible_collections.fleet.memory.plugins.module_utils._scan.limit_use import find_processes
from ansible_collections.fleet.memory.plugins.module_utils._tune.running_limits import (
    Wanted,
    diff_running,
    plan_running,
    prove_running,
    set_running,
)

ROOT = ""

_ROUNDS = 5
"""While limits are set, a process may start children that have the old ones."""


def wanted_limits(limits: Dict[str, Any]) -> Wanted:
    """Raises ValueError."""
    if not limits:
        raise ValueError("limits: no limit is named")
    wanted = {}
    for name, halves in limits.items():
        if name not in limit_value.NAMES:
            raise ValueError("limits: %s: not one of %s" % (name, ", ".join(limit_value.NAMES)))
        if not isinstance(halves, dict) or not halves or set(halves).difference(("soft", "hard")):
            raise ValueError("limits: %s: give soft, hard or both, and nothing else" % name)
        pair: List[Optional[int]] = []
        for half in ("soft", "hard"):
            raw = halves.get(half)
            try:
                pair.append(None if raw is None else limit_value.parse(raw, name in limit_value.SIZES))
            except ValueError as error:
                raise ValueError("limits: %s: %s: %s" % (name, half, error)) from error
        if pair == [None, None]:
            raise ValueError("limits: %s: give soft, hard or both" % name)
        soft, hard = pair
        if soft is not None and hard is not None and limit_value.above(soft, hard):
            raise ValueError("limits: %s: soft is above hard" % name)
        wanted[name] = (soft, hard)
    return wanted


def run_module(module: AnsibleModule, wanted: Wanted) -> None:
    options = module.params
    files = Files(ROOT)
    run = options["run"] or new_run_id()
    chosen = {key: options[key] for key in ("pid", "unit", "command")}
    result: Dict[str, Any] = {"changed": False, "run": run, "record": None, "changes": [], "diff": []}
    processes = find_processes(files, **chosen)
    if not processes:
        if options["pid"] is not None:
            module.fail_json(msg="nothing was changed: there is no process %d" % options["pid"], changes=[])
        reason = "no process of %s runs" % (options["unit"] or options["command"])
        module.exit_json(not_applicable=reason, **result)
    steps, refusals = plan_running(files, processes, wanted)
    refused(module, [each for each in refusals if not (options["force"] and each["forcible"])])
    for each in refusals:
        module.warn("forced: %s" % each["why"])
    result.update(changes=[step.change() for step in steps], diff=diff_running(steps), changed=bool(steps))
    if steps and not module.check_mode:
        with Transaction(ROOT, run, module.run_command) as change:
            for _round in range(_ROUNDS):
                set_running(change, steps)
                prove_running(files, steps)
                steps, _late = plan_running(files, find_processes(files, **chosen), wanted)
                if not steps:
                    break
        result["record"] = change.record.path if change.changed else None
    module.exit_json(not_applicable=None, **result)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "pid": {"type": "int"},
            "unit": {"type": "str"},
            "command": {"type": "str"},
            "limits": {"type": "dict", "required": True},
            "force": {"type": "bool", "default": False},
            "run": {"type": "str"},
        },
        mutually_exclusive=[("pid", "unit", "command")],
        required_one_of=[("pid", "unit", "command")],
        supports_check_mode=True,
    )
    needs_linux(module, "process_limits")
    try:
        wanted = wanted_limits(module.params["limits"])
    except ValueError as error:
        module.fail_json(msg=str(error))
    with failures_told(module):
        run_module(module, wanted)


if __name__ == "__main__":
    main()
