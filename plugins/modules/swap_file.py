#!/usr/bin/python

# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: swap_file
short_description: Add, resize or remove a swap file, so that it holds
version_added: 0.2.0
author:
  - fleet.memory contributors (@fleet-memory)
description:
  - Makes a swap file, swaps to it, and has C(/etc/fstab) do so after the next boot; or changes nothing.
  - The file is written full of zeros, so that it has all its blocks on the disk, and is for root only from its first
    moment. What was written leaves the page cache again.
  - A file of another size is made beside the present one and takes its place when it is complete. The kernel lets
    nobody rename a file that it swaps to, so that for a moment neither is in use; what the present one holds must find
    room.
  - Whatever is not as wanted is put right by itself, be it that the file is not in use, its priority, mode or owner,
    holes in it, or the line in C(/etc/fstab). What is right is not touched. Other lines of C(/etc/fstab) stay as they
    are, byte for byte.
  - Before anything is written, guards look at the disk, the file system, the folder, at what is at the path now, and at
    the memory that turning off swap needs. Afterwards everything is read again. When something is not as wanted, all is
    taken back.
  - In a container, and where root lacks C(CAP_SYS_ADMIN), it changes nothing and says so in RV(not_applicable).
extends_documentation_fragment:
  - fleet.memory.change
options:
  path:
    description:
      - Where the file is, without V(..) and the like. Links in the path of its folder are followed. The folder has to
        be there, and may be open to everybody only if it is sticky, as C(/tmp) is.
      - ext2 to ext4, XFS, F2FS, JFS, and btrfs from Linux 5.0 on (the file is made with C(nocow)). On ZFS, overlayfs,
        tmpfs, FUSE and network file systems it is refused.
    type: path
    default: /swapfile
  size:
    description:
      - Size of the file in bytes, or with V(K), V(M), V(G) or V(T) behind. It is rounded down to whole pages, and is at
        least V(1M). Needed for a file that is to be V(present).
      - 5 % of the file system, at least 1 GiB and at most 20 GiB, have to stay free, while the old file is still there.
    type: raw
  priority:
    description:
      - From V(0) to V(32767); areas of a higher priority are filled first. It can only be changed by turning the file
        off and on.
      - Without it, a file that is in use keeps what it has, and a new one gets the kernel's choice, below all others.
    type: int
  state:
    description: With V(absent) the file is turned off and removed, and so is its line in C(/etc/fstab).
    type: str
    choices: [present, absent]
    default: present
  force:
    description:
      - Do it in spite of a guard, and warn. It helps where too little of the disk would stay free, where what is
        swapped out hardly finds room in memory, and on file systems that this module does not know.
      - It does not help where the file would not fit, on file systems that cannot have one, in folders that everybody
        may write to, and against anything at the path that is no swap file.
    type: bool
    default: false
attributes:
  check_mode:
    details:
      - The guards are checked and RV(changes) is worked out as in a real run, and nothing is written.
  diff_mode:
    details:
      - One entry for C(/etc/fstab), with its whole text, and one for the swap file, a line for each of its settings.
notes:
  - Needs root, and to make a file also mkswap of the package util-linux.
  - A run that was killed is finished by the next. What it left beside the file, called C(.NAME.fleet-memory-new), is
    removed.
  - Writing takes as long as the disk needs for O(size). Taking back the removal of a file takes as long.
  - A host that hibernates into the file needs its C(resume_offset) anew when the file was made or resized.
seealso:
  - module: fleet.memory.memory_info
  - module: fleet.memory.rollback
  - name: swapon(8)
    description: File systems that can have a swap file, and priorities.
    link: https://man7.org/linux/man-pages/man8/swapon.8.html
"""

EXAMPLES = r"""
- name: Two GiB of swap
  fleet.memory.swap_file:
    size: 2G

- name: More of it, on another disk, and used before any other
  fleet.memory.swap_file:
    path: /data/swapfile
    size: 8G
    priority: 10

- name: No swap file any more
  fleet.memory.swap_file:
    path: /data/swapfile
    state: absent
"""

RETURN = r"""
run:
  description: The id of the run, for C(fleet.memory.rollback).
  type: str
  returned: success
  sample: 20261104T091500Z-5be0c12f9a77
record:
  description:
    - Path of the rollback record on the host; V(null) when there is nothing to take back, as in check mode.
  type: str
  returned: success
  sample: /var/lib/fleet-memory/rollback/20261104T091500Z-5be0c12f9a77.json
changes:
  description: What was changed, or would be in check mode. Empty when all was as wanted already.
  type: list
  elements: dict
  returned: always, but not when the options are wrong
  contains:
    setting:
      description:
        - V(swap.size_bytes), V(swap.mode), V(swap.owner) as C(uid:gid), V(swap.active) (V(true) or V(false)) and
          V(swap.priority) (a number, or V(auto) for the kernel's choice) of the file.
        - V(swap.whole) from V(false) to V(true) where a file had holes or a wrong header and is made anew.
        - V(swap.leftover), the bytes that a run that was killed has left beside it.
        - V(swap.fstab), the lines of C(/etc/fstab) for the file.
      type: str
      returned: always
      sample: swap.size_bytes
    scope:
      description: V(swap), the file as it is now, or V(boot), the line of C(/etc/fstab).
      type: str
      returned: always
      sample: swap
    where:
      description: Path of the swap file, with links resolved, or V(/etc/fstab).
      type: str
      returned: always
      sample: /swapfile
    from:
      description: The value before; V(null) where there was no file or line, and of V(swap.priority) when it was off.
      type: str
      returned: always
      sample: "2147483648"
    to:
      description: The value after; V(null) where the file or line is gone.
      type: str
      returned: always
      sample: "4294967296"
    needs_restart:
      description: Always V(null).
      type: str
      returned: always
      sample: null
diff:
  description: The text of C(/etc/fstab), and the settings of the file, before and after. The same in check mode.
  type: list
  elements: dict
  returned: success
  sample: [{before: "/swapfile size_bytes = 2147483648\n", after: "/swapfile size_bytes = 4294967296\n",
            before_header: live values, after_header: live values}]
refused:
  description: Why nothing was changed. Each has C(setting), C(why), C(forcible) (whether O(force) helps) and figures.
  type: list
  elements: dict
  returned: failure by a guard
  sample: [{setting: swap.active, why: "...", forcible: true, used_bytes: 3221225472, available_bytes: 1073741824,
            other_swap_free_bytes: 0, margin_bytes: 67108864}]
rolled_back:
  description: After a failure while changing, what became of each step, with C(what), C(result) and C(why).
  type: list
  elements: dict
  returned: failure while changing
  sample: [{what: /swapfile, result: restored, why: null}]
not_applicable:
  description: Why no swap file can be set up on this host, in words; V(null) where it can.
  type: str
  returned: success
  sample: null
"""

from typing import Any, Dict

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.fleet.memory.plugins.module_utils._change.ending import failures_told, needs_linux, refused
from ansible_collections.fleet.memory.plugins.module_utils._change.record import new_run_id
from ansible_collections.fleet.memory.plugins.module_utils._change.transaction import Transaction
from ansible_collections.fleet.memory.plugins.module_utils._tune.plan import read_host
from ansible_collections.fleet.memory.plugins.module_utils._tune.swap_file import (
    carry_out,
    not_applicable,
    not_root,
    prove,
    wish,
)
from ansible_collections.fleet.memory.plugins.module_utils._tune.swap_plan import Wish, plan_swap

ROOT = ""


def run_module(module: AnsibleModule) -> None:
    run = module.params["run"] or new_run_id()
    host = read_host(ROOT)
    wanted = read_wish(module, host.memory["page_size_bytes"])
    result: Dict[str, Any] = {"changed": False, "run": run, "record": None, "changes": [], "diff": []}
    if not_root(host):
        module.fail_json(msg="nothing was changed: only root may turn swap on and off (become: true)", changes=[])
    reason = not_applicable(host)
    if reason:
        module.exit_json(not_applicable=reason, **result)
    plan = plan_swap(host, wanted)
    refused(module, plan.files.standing(lambda _setting: wanted.force))
    for warning in plan.files.warnings:
        module.warn(warning)
    changes = plan.changes()
    result.update(changes=changes, diff=plan.diff(), changed=bool(changes))
    if changes and not module.check_mode:
        with Transaction(ROOT, run, module.run_command) as change:
            carry_out(change, plan, wanted.force)
            prove(ROOT, plan, wanted)
        result["record"] = change.record.path if change.changed else None
    module.exit_json(not_applicable=None, **result)


def read_wish(module: AnsibleModule, page: int) -> Wish:
    try:
        return wish(module.params, page)
    except ValueError as error:
        module.fail_json(msg=str(error))
        raise


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "default": "/swapfile"},
            "size": {"type": "raw"},
            "priority": {"type": "int"},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "force": {"type": "bool", "default": False},
            "run": {"type": "str"},
        },
        required_if=[("state", "present", ["size"])],
        supports_check_mode=True,
    )
    needs_linux(module, "swap_file")
    with failures_told(module):
        run_module(module)


if __name__ == "__main__":
    main()
