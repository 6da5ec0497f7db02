#!/usr/bin/python
# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: process_memory_info
short_description: Gather what each process holds in memory
description:
  - Returns RSS, PSS, USS, swap, page faults, peaks and OOM score of every process, sums per group, and totals.
  - The PSS shares each page out among the processes that map it, so PSS can be added up; RSS counts a shared page
    once per process. C(totals) shows both sums side by side.
  - Kernel threads have no memory of their own. They are counted in C(coverage), not listed.
  - A figure that could not be read is null, and C(unread) of the process says which file was not read and why.
version_added: 0.1.0
author:
  - fleet.memory contributors (@fleet-memory)
extends_documentation_fragment:
  - fleet.memory.attributes
options:
  pids:
    description: Only these processes.
    type: list
    elements: int
    aliases: [pid]
  users:
    description: Only processes of these users, by name or number. The effective user counts, as in C(ps).
    type: list
    elements: str
    aliases: [user]
  command:
    description: Only processes whose command name (at most 15 characters, as the kernel keeps it) matches this
      regular expression anywhere.
    type: str
  cgroup:
    description: Only processes in this cgroup or below it, for example V(/system.slice/nginx.service).
    type: str
  min_rss_bytes:
    description: Only processes with at least this RSS.
    type: int
    aliases: [min_rss]
  sort_by:
    description: Order of C(processes), largest first; unknown figures come last, by RSS.
    type: str
    default: pss_bytes
    choices:
      - pss_bytes
      - rss_bytes
      - uss_bytes
      - swap_bytes
      - vsz_bytes
      - peak_rss_bytes
      - minor_faults
      - major_faults
      - oom_score
  top:
    description: Return only so many processes. Groups and totals still count all of them.
    type: int
  group_by:
    description: Also return the sums per group.
    type: str
    choices: [command, executable, user, unit, container, cgroup]
  cmdline:
    description:
      - Also return command lines.
      - What looks like a secret (C(--password x), C(token=x), credentials in URLs and the like) is shown as C(***). A
        program can hide a secret in ways that no pattern knows, so this is off unless asked for.
    type: bool
    default: false
  pss:
    description:
      - How much of smaps_rollup to read, the one expensive file. The kernel walks the page tables of the process for
        it, about 21 ms for each GB of RSS.
      - V(auto) reads the selected processes, largest first, until O(pss_budget_ms) is used up.
      - V(all) reads every process, whatever it costs, so that C(totals) are exact even when only some are selected.
      - V(none) reads none. PSS, USS and SwapPss are null and RSS is approximate.
    type: str
    default: auto
    choices: [auto, all, none]
  pss_budget_ms:
    description: Time that O(pss=auto) may spend, in milliseconds.
    type: int
    default: 2000
notes:
  - Needs no privileges, but without CAP_SYS_PTRACE (root) the kernel denies smaps_rollup and the executable of other
    users' processes. They are then null with reason C(denied).
  - Lowers its own CPU priority while it reads.
seealso:
  - name: The /proc filesystem
    description: The kernel's documentation of /proc/PID/stat, status and smaps_rollup.
    link: https://docs.kernel.org/filesystems/proc.html
  - module: fleet.memory.memory_info
  - module: fleet.memory.snapshot
"""

EXAMPLES = r"""
- name: Ten processes that hold most memory
  fleet.memory.process_memory_info:
    top: 10
  register: memory

- name: What each service holds, shared pages counted once
  fleet.memory.process_memory_info:
    group_by: unit
  register: services

- name: Name the largest service
  ansible.builtin.debug:
    msg: "{{ services.groups[0].key }} holds {{ services.groups[0].pss_bytes | human_readable }}"

- name: PostgreSQL must not be swapped out
  fleet.memory.process_memory_info:
    command: ^postgres$
    pss: none
  register: postgres
  failed_when: postgres.selected.swap_bytes != 0
"""

RETURN = r"""
processes:
  description: The selected processes, sorted and cut as asked.
  returned: always
  type: list
  elements: dict
  contains:
    pid:
      description: Process id.
      returned: always
      type: int
    ppid:
      description: Parent's process id; 0 where the parent is outside this pid namespace.
      returned: always
      type: int
    command:
      description: Command name, at most 15 bytes, set by the process itself. Bytes that aren't UTF-8 are shown as
        C(\xNN).
      returned: always
      type: str
    executable:
      description: Path of the program. Null for a zombie, and when denied.
      returned: always
      type: str
    executable_deleted:
      description: Whether the program's file was removed or replaced since the start (the process needs a restart).
        Null when C(executable) is null.
      returned: always
      type: bool
    cmdline:
      description: Command line, secrets hidden. Null unless O(cmdline=true).
      returned: always
      type: str
    uid:
      description: Effective user id.
      returned: always
      type: int
    user:
      description: Effective user's name, or the number when it has none.
      returned: always
      type: str
    state:
      description: One letter as in C(ps), for example C(S), C(R), C(D), C(Z).
      returned: always
      type: str
    started_at:
      description: Start time, ISO 8601, UTC. Null when /proc/stat has no boot time.
      returned: always
      type: str
    start_ticks:
      description: Start in clock ticks after boot. With the pid and the boot_id it identifies the process for good.
      returned: always
      type: int
    threads:
      description: Number of threads.
      returned: always
      type: int
    vsz_bytes:
      description: Address space (VmSize), in bytes; not memory that is used.
      returned: always
      type: int
    rss_bytes:
      description: Resident memory, shared pages counted in full, in bytes.
      returned: always
      type: int
    rss_exact:
      description: True when C(rss_bytes) comes from smaps_rollup. The value of status (VmRSS), used otherwise, is kept
        per CPU and may be off by hundreds of pages.
      returned: always
      type: bool
    rss_anon_bytes:
      description: Anonymous part of the RSS (RssAnon), in bytes, approximate. Null before Linux 4.5.
      returned: always
      type: int
    rss_file_bytes:
      description: File part of the RSS (RssFile), in bytes, approximate. Null before Linux 4.5.
      returned: always
      type: int
    rss_shmem_bytes:
      description: Shared-memory part of the RSS (RssShmem), in bytes, approximate. Null before Linux 4.5.
      returned: always
      type: int
    pss_bytes:
      description: Proportional set size, in bytes. Each page divided by the number of processes that map it. Null
        when smaps_rollup was not read.
      returned: always
      type: int
    pss_anon_bytes:
      description: Anonymous part of the PSS, in bytes. Null before Linux 5.3 and when smaps_rollup was not read.
      returned: always
      type: int
    pss_file_bytes:
      description: File part of the PSS, in bytes. Null before Linux 5.3 and when smaps_rollup was not read.
      returned: always
      type: int
    pss_shmem_bytes:
      description: Shared-memory part of the PSS, in bytes. Null before Linux 5.3 and when smaps_rollup was not read.
      returned: always
      type: int
    uss_bytes:
      description: Unique set size, in bytes. Private_Clean + Private_Dirty, what would be freed if the process ended.
        Null when smaps_rollup was not read.
      returned: always
      type: int
    swap_bytes:
      description: Swapped-out memory, in bytes. Shared pages are counted in full. Null on kernels without VmSwap.
      returned: always
      type: int
    swap_pss_bytes:
      description: Proportional share of swapped-out memory, in bytes. Never add it to C(swap_bytes). Null when
        smaps_rollup was not read.
      returned: always
      type: int
    peak_rss_bytes:
      description: Largest RSS so far (VmHWM), in bytes.
      returned: always
      type: int
    peak_vsz_bytes:
      description: Largest address space so far (VmPeak), in bytes.
      returned: always
      type: int
    data_bytes:
      description: Private writable address space (VmData), in bytes; what RLIMIT_DATA limits.
      returned: always
      type: int
    stack_bytes:
      description: Address space of the main stack (VmStk), in bytes; what RLIMIT_STACK limits.
      returned: always
      type: int
    locked_bytes:
      description: Memory locked with mlock (VmLck), in bytes.
      returned: always
      type: int
    page_tables_bytes:
      description: Page tables (VmPTE), in bytes.
      returned: always
      type: int
    hugetlb_bytes:
      description: Pages of hugetlbfs, in bytes; they stand outside RSS and PSS. Null before Linux 4.4.
      returned: always
      type: int
    minor_faults:
      description: Page faults served without I/O, since the start of the process.
      returned: always
      type: int
    major_faults:
      description: Page faults that had to read from disk or swap, since the start of the process.
      returned: always
      type: int
    children_minor_faults:
      description: Minor faults of children that have ended and been waited for.
      returned: always
      type: int
    children_major_faults:
      description: Major faults of children that have ended and been waited for.
      returned: always
      type: int
    oom_score:
      description: The kernel's badness, 0 to 2000; the OOM killer takes the highest first. Null when unreadable.
      returned: always
      type: int
    oom_score_adj:
      description: Adjustment, -1000 (never kill) to 1000. Null when unreadable.
      returned: always
      type: int
    cgroup:
      description: Path of the cgroup that accounts for the memory. Null when the kernel has none.
      returned: always
      type: str
    unit:
      description: Unit of the system's systemd, for example C(ssh.service). Null outside any unit.
      returned: always
      type: str
    user_unit:
      description: Unit of a user's systemd, below C(user@UID.service). Null outside any.
      returned: always
      type: str
    container:
      description: Container id (64 hex digits), or the name for LXC and nspawn. Null outside containers, and inside
        one, which can't see its own id.
      returned: always
      type: str
    map_count:
      description: Number of mappings. Counted only where the address space has room for three quarters of
        vm.max_map_count or more. Null below that, and when denied.
      returned: always
      type: int
    nearest_limit:
      description: The finite limit of which the process uses the largest share. Null when no limit of it is finite,
        or the limits could not be read.
      returned: always
      type: dict
      contains:
        ceiling:
          description: C(RLIMIT_AS), C(RLIMIT_DATA), C(RLIMIT_STACK), C(RLIMIT_MEMLOCK) or C(vm.max_map_count).
          returned: always
          type: str
        limit:
          description: The limit, soft value, in C(unit).
          returned: always
          type: int
        used:
          description: What is used of it, in C(unit).
          returned: always
          type: int
        unit:
          description: C(bytes) or C(mappings).
          returned: always
          type: str
        used_percent:
          description: Used share of the limit, in percent.
          returned: always
          type: float
    unread:
      description: Files of the process that could not be read, each with C(denied), C(unsupported), C(skipped_budget)
        or C(malformed). Empty when all was read.
      returned: always
      type: dict
near_limits:
  description: Up to ten selected processes that have used the largest share of a limit, largest first. Each is its
    C(nearest_limit) with C(pid), C(command) and C(user).
  returned: always
  type: list
  elements: dict
most_mappings:
  description: Up to ten selected processes with the most memory mappings, largest first, as far as C(map_count) was
    counted.
  returned: always
  type: list
  elements: dict
  contains:
    pid:
      description: Process id.
      returned: always
      type: int
    command:
      description: Command name.
      returned: always
      type: str
    user:
      description: Effective user's name.
      returned: always
      type: str
    map_count:
      description: Number of mappings; compare with C(vm.max_map_count).
      returned: always
      type: int
groups:
  description: Sums per group, largest PSS first. Empty unless O(group_by) is given.
  returned: always
  type: list
  elements: dict
  contains: &sums
    key:
      description: Name of the group. Null for processes without one, such as those outside any unit.
      returned: in C(groups)
      type: str
    count:
      description: Number of processes.
      returned: always
      type: int
    rss_bytes:
      description: Sum of RSS, in bytes. Shared pages are counted once per process. Null when a part is unknown.
      returned: always
      type: int
    pss_bytes:
      description: Sum of PSS, in bytes. Null when a part is unknown; the bounds below hold even then.
      returned: always
      type: int
    pss_low_bytes:
      description: Lower bound of the sum of PSS, in bytes. What was read.
      returned: always
      type: int
    pss_high_bytes:
      description: Upper bound of the sum of PSS, in bytes. What was read, and the RSS of the processes that were not.
        Null when an RSS is unknown, too.
      returned: always
      type: int
    uss_bytes:
      description: Sum of USS, in bytes. Null when a part is unknown.
      returned: always
      type: int
    swap_bytes:
      description: Sum of swapped-out memory, in bytes. Null when a part is unknown.
      returned: always
      type: int
    swap_pss_bytes:
      description: Sum of the proportional shares of swapped-out memory, in bytes. Null when a part is unknown.
      returned: always
      type: int
    minor_faults:
      description: Sum of minor faults.
      returned: always
      type: int
    major_faults:
      description: Sum of major faults.
      returned: always
      type: int
totals:
  description: The same sums over all processes of the host, selected or not.
  returned: always
  type: dict
  contains: *sums
selected:
  description: The same sums over the selected processes, also those that O(top) cuts off.
  returned: always
  type: dict
  contains: *sums
coverage:
  description: How much of the selected processes could be read.
  returned: always
  type: dict
  contains:
    processes:
      description: Number of processes selected.
      returned: always
      type: int
    read:
      description: Number of those that were read completely.
      returned: always
      type: int
    complete:
      description: True when nothing was unread and no process is hidden.
      returned: always
      type: bool
    kernel_threads:
      description: Number of kernel threads on the host.
      returned: always
      type: int
    vanished:
      description: Number of processes that ended while they were read.
      returned: always
      type: int
    hidepid:
      description: True when /proc is mounted with hidepid and hides the processes of other users from this audit.
      returned: always
      type: bool
    unread:
      description: For each reason the number of processes of which a file was not read.
      returned: always
      type: dict
    unread_files:
      description: For each file the number of processes of which it was not read.
      returned: always
      type: dict
    examples:
      description: Up to five files that were not read. C(command) is null when nothing of the process could be read.
      returned: always
      type: list
      elements: dict
"""

import re

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.fleet.memory.plugins.module_utils._derive.selection import Selection
from ansible_collections.fleet.memory.plugins.module_utils._records.unread import Unread
from ansible_collections.fleet.memory.plugins.module_utils._scan.cost import step_back
from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Files
from ansible_collections.fleet.memory.plugins.module_utils._scan.process_memory import Wanted, scan_process_memory


def selection_of(module):
    params = module.params
    try:
        command = params["command"] and re.compile(params["command"])
    except re.error as error:
        module.fail_json(msg="command: expected a regular expression, %r is none: %s" % (params["command"], error))
    return Selection(
        pids=params["pids"] and frozenset(params["pids"]),
        users=params["users"] and frozenset(params["users"]),
        command=command or None,
        cgroup=params["cgroup"] or None,
        min_rss_bytes=params["min_rss_bytes"],
    )


def main():
    module = AnsibleModule(
        argument_spec={
            "pids": {"type": "list", "elements": "int", "aliases": ["pid"]},
            "users": {"type": "list", "elements": "str", "aliases": ["user"]},
            "command": {"type": "str"},
            "cgroup": {"type": "str"},
            "min_rss_bytes": {"type": "int", "aliases": ["min_rss"]},
            "sort_by": {
                "type": "str",
                "default": "pss_bytes",
                "choices": [
                    "pss_bytes",
                    "rss_bytes",
                    "uss_bytes",
                    "swap_bytes",
                    "vsz_bytes",
                    "peak_rss_bytes",
                    "minor_faults",
                    "major_faults",
                    "oom_score",
                ],
            },
            "top": {"type": "int"},
            "group_by": {
                "type": "str",
                "choices": ["command", "executable", "user", "unit", "container", "cgroup"],
            },
            "cmdline": {"type": "bool", "default": False},
            "pss": {"type": "str", "default": "auto", "choices": ["auto", "all", "none"]},
            "pss_budget_ms": {"type": "int", "default": 2000},
        },
        supports_check_mode=True,
    )
    params = module.params
    for option in ("top", "pss_budget_ms", "min_rss_bytes"):
        if params[option] is not None and params[option] < 0:
            module.fail_json(msg="%s: expected 0 or more, not %d" % (option, params[option]))
    wanted = Wanted(
        selection=selection_of(module),
        pss=params["pss"],
        pss_budget_seconds=params["pss_budget_ms"] / 1000.0,
        cmdline=params["cmdline"],
        group_by=params["group_by"],
        sort_by=params["sort_by"],
        top=params["top"],
    )
    step_back()
    try:
        result, _raw = scan_process_memory(Files(), wanted)
    except Unread as error:
        module.fail_json(
            msg="%s can't be listed: %s. Is this a Linux host with /proc mounted?" % (error.path, error.reason)
        )
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
