#!/usr/bin/python
# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: limits
short_description: Set memory and other limits of logins, units, managers and running processes, so that they hold
version_added: 0.2.0
author:
  - fleet.memory contributors (@fleet-memory)
description:
  - Sets limits in all scopes that are asked for, or changes nothing. What a login gets, says nothing about a service,
    and a file says nothing about what runs already.
  - Writes files called C(90-fleet-memory.conf) and no others, in C(/etc/security/limits.d),
    C(/etc/systemd/system/UNIT.d), and C(system.conf.d) or C(user.conf.d) of C(/etc/systemd). What such a file holds
    already and no entry names stays.
  - Lines and drop-ins of others that would win are named with file and line, and fail the host.
  - Before anything is written, guards look at what the limits would do. The shells of those whom a limit is for are
    started under it; processes, cgroups and C(fs.nr_open) are compared with it.
  - Afterwards all files are read again, systemd is asked, and running processes and cgroups are looked at. When
    something isn't as wanted, everything is taken back.
extends_documentation_fragment:
  - fleet.memory.change
options:
  limits:
    description: The limits, each for exactly one of C(domain), C(unit), C(manager), C(command) and C(pid).
    type: list
    elements: dict
    required: true
    suboptions:
      domain:
        description: For logins, as in limits.conf(5), a user, C(@group), a range of ids, or C(*).
        type: str
      unit:
        description: A systemd unit. Without a suffix it is a service.
        type: str
      manager:
        description: Defaults of all units of the system, or of those of users.
        type: str
        choices: [system, user]
      command:
        description: All processes that run now under this command name. Nothing is written to a file.
        type: str
      pid:
        description: The process that has this number now. Nothing is written to a file.
        type: int
      item:
        description:
          - For a domain as in limits.conf(5), such as V(nofile), V(memlock) or V(as).
          - Otherwise V(AS), V(CORE), V(DATA), V(FSIZE), V(MEMLOCK), V(NOFILE), V(NPROC), V(STACK) or V(OOMScoreAdjust);
            for a unit also V(MemoryMax), V(MemoryHigh), V(MemorySwapMax), V(MemoryMin) or V(MemoryLow).
        type: str
        required: true
      type:
        description: Which half C(value) is for. With only a soft limit, the hard one stays, or rises to it.
        type: str
        choices: [soft, hard, "-"]
        default: "-"
      value:
        description:
          - A number, or V(unlimited). For a domain sizes are KiB, as in limits.conf(5). Otherwise they are bytes, and
            may end in V(K), V(M), V(G) or V(T). V(MemoryMax) and its like also take a percentage.
        type: raw
      soft:
        description: The soft limit, in place of C(value).
        type: raw
      hard:
        description: The hard limit, in place of C(value).
        type: raw
      running:
        description: For a unit, also set the limit of its processes as they run, so that it needs no restart.
        type: bool
        default: false
      state:
        description: With V(absent) our own line goes, so that what others say holds again.
        type: str
        choices: [present, absent]
        default: present
      force:
        description: Set this limit in spite of a guard, and warn. It doesn't help against what the kernel refuses.
        type: bool
  force:
    description: What counts for entries without C(force).
    type: bool
    default: false
  restart:
    description:
      - Restart the units that need it, also because of an earlier run, and check that they are active then and that
        their main process has the limits. Without it RV(waiting) says which need it.
    type: bool
    default: false
notes:
  - Needs root.
  - V(MemoryMax) and its like need no restart. They are in the unit's cgroup when the module is done.
seealso:
  - module: fleet.memory.process_limits
  - module: fleet.memory.memory_limits_info
  - module: community.general.pam_limits
  - name: limits.conf(5)
    description: What each item means.
    link: https://man7.org/linux/man-pages/man5/limits.conf.5.html
  - name: systemd.exec(5)
    description: Limits of units.
    link: https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html
"""

EXAMPLES = r"""
- name: The database may lock memory, in logins and as a service
  fleet.memory.limits:
    limits:
      - {domain: postgres, type: "-", item: memlock, value: 8388608}
      - {unit: postgresql.service, item: MEMLOCK, value: 8G}

- name: A ceiling for the memory of a service, and more files without a restart
  fleet.memory.limits:
    limits:
      - {unit: search.service, item: MemoryMax, value: 4G}
      - {unit: search.service, item: NOFILE, soft: 65536, hard: 65536, running: true}

- name: Back to what others say
  fleet.memory.limits:
    limits:
      - {unit: search.service, item: MemoryMax, state: absent}
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
      description: Domain, half and item of a login, the key of a unit or manager, or the limit of a process.
      type: str
      returned: always
      sample: LimitNOFILE of search.service
    scope:
      description: V(session), V(service), V(manager), or V(running) for processes and cgroups that are there now.
      type: str
      returned: always
      sample: service
    where:
      description: The file that was written, or that of the process or cgroup which shows the limit.
      type: str
      returned: always
      sample: /etc/systemd/system/search.service.d/90-fleet-memory.conf
    from:
      description:
        - The value in our file before, as written there; V(null) where it had none. Of a process or a cgroup, what it
          has.
      type: str
      returned: always
      sample: null
    to:
      description: The value after; V(null) where our line is gone.
      type: str
      returned: always
      sample: "65536"
    needs_restart:
      description: The unit that has to be restarted before it has the limit; V(null) when none has.
      type: str
      returned: always
      sample: search.service
restarted:
  description: The units that were restarted, or would be in check mode. Empty without O(restart).
  type: list
  elements: str
  returned: success
  sample: [search.service]
waiting:
  description:
    - The units that run with other limits than their files say, and have to be restarted. Empty with O(restart).
    - Not only those of RV(changes) but also those that an earlier run has left so. A unit whose main process is younger
      than our file isn't among them, whatever limits it has set itself.
  type: list
  elements: str
  returned: success
  sample: [search.service]
diff:
  description: For each file its whole text, then the limits of processes, before and after. The same in check mode.
  type: list
  elements: dict
  returned: success
  sample: [{before: "", after: "[Service]\nLimitNOFILE=65536\n",
            before_header: /etc/systemd/system/search.service.d/90-fleet-memory.conf,
            after_header: /etc/systemd/system/search.service.d/90-fleet-memory.conf}]
refused:
  description: Why nothing was changed. Each has C(setting), C(why), C(forcible) (whether force helps) and figures.
  type: list
  elements: dict
  returned: failure by a guard
  sample: [{setting: nofile of domain postgres, why: "...", forcible: false, wanted: 2000000, nr_open: 1048576}]
rolled_back:
  description: After a failure while setting, what became of each step, with C(what), C(result) and C(why).
  type: list
  elements: dict
  returned: failure while setting
  sample: [{what: /etc/security/limits.d/90-fleet-memory.conf, result: restored, why: null}]
not_applicable:
  description: Why none of it can be set on this host, in words; V(null) where something can, or is as wanted.
  type: str
  returned: success
  sample: null
"""

from typing import Any, Dict, List

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.fleet.memory.plugins.module_utils._change.ending import failures_told, needs_linux, refused
from ansible_collections.fleet.memory.plugins.module_utils._change.record import new_run_id
from ansible_collections.fleet.memory.plugins.module_utils._change.transaction import Transaction
from ansible_collections.fleet.memory.plugins.module_utils._tune.limits import carry_out, plan_all, prove
from ansible_collections.fleet.memory.plugins.module_utils._tune.limits_wish import Wish, contradiction, wish

ROOT = ""

_ENTRY = {
    "domain": {"type": "str"},
    "unit": {"type": "str"},
    "manager": {"type": "str", "choices": ["system", "user"]},
    "command": {"type": "str"},
    "pid": {"type": "int"},
    "item": {"type": "str", "required": True},
    "type": {"type": "str", "choices": ["soft", "hard", "-"], "default": "-"},
    "value": {"type": "raw"},
    "soft": {"type": "raw"},
    "hard": {"type": "raw"},
    "running": {"type": "bool", "default": False},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "force": {"type": "bool"},
}


def run_module(module: AnsibleModule, wishes: List[Wish]) -> None:
    options = module.params
    run = options["run"] or new_run_id()
    plan = plan_all(ROOT, wishes)
    refused(module, plan.refused)
    for warning in plan.warnings:
        module.warn(warning)
    changes = plan.changes()
    restarts = plan.restarts()
    anything = bool(changes or (restarts and options["restart"]))
    result: Dict[str, Any] = {
        "changed": anything,
        "run": run,
        "record": None,
        "changes": changes,
        "restarted": restarts if options["restart"] else [],
        "waiting": [] if options["restart"] else restarts,
        "diff": plan.diff(),
        "not_applicable": None,
    }
    if len(plan.not_applicable) and not changes:
        result["not_applicable"] = "; ".join(plan.not_applicable)
    else:
        for reason in plan.not_applicable:
            module.warn("not applicable: %s" % reason)
    if anything and not module.check_mode:
        with Transaction(ROOT, run, module.run_command) as change:
            carry_out(change, plan, options["restart"])
            prove(change, plan, wishes, options["restart"])
        result["record"] = change.record.path if change.changed else None
    module.exit_json(**result)


def read_wishes(module: AnsibleModule) -> List[Wish]:
    found = []
    for number, entry in enumerate(module.params["limits"], 1):
        try:
            found.append(wish(entry, module.params["force"]))
        except ValueError as error:
            module.fail_json(msg="limits, entry %d: %s" % (number, error))
    contradicting = contradiction(found)
    if contradicting:
        module.fail_json(msg="limits: %s" % contradicting)
    return found


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "limits": {"type": "list", "elements": "dict", "required": True, "options": _ENTRY},
            "force": {"type": "bool", "default": False},
            "restart": {"type": "bool", "default": False},
            "run": {"type": "str"},
        },
        supports_check_mode=True,
    )
    needs_linux(module, "limits")
    wishes = read_wishes(module)
    with failures_told(module):
        run_module(module, wishes)


if __name__ == "__main__":
    main()
