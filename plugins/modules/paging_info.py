#!/usr/bin/python

# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: paging_info
short_description: Page faults, swapping and memory pressure of a Linux host, per second
version_added: 0.1.0
author:
  - fleet.memory contributors (@fleet-memory)
description:
  - Watches the kernel's counters for some seconds, like C(vmstat 1) and C(sar -B), and reports how often per second the
    host faults, swaps, reclaims memory and waits for it. The lowest, the mean and the highest rate of all samples.
  - Names the processes with the most page faults in that time.
  - Says in one word how it stands with the host, and why. A host whose swap is full and at rest is quiet.
  - A figure that could not be measured is V(null), never 0, and RV(unread) says why.
  - Needs no privilege, starts no other program, and lowers its own CPU and I/O priority.
options:
  samples:
    description:
      - How many samples are taken, 1 to 3600. The module runs for about this number times O(interval_ms).
      - Of fewer than three samples none can be called consistent, see RV(verdict).
    type: int
    default: 5
  interval_ms:
    description: Time between two samples, in milliseconds, 50 to 60000.
    type: int
    default: 1000
  top:
    description: How many processes are named at most.
    type: int
    default: 10
extends_documentation_fragment:
  - fleet.memory.attributes
notes:
  - In a container the rates are those of the machine that it runs on, the processes those of the container.
  - The module's own page faults are in the rates too. Its process, RV(own_pid), is left out of RV(processes).
  - A process that ends in between is in the rates of the host, but not among RV(processes).
seealso:
  - module: fleet.memory.memory_info
  - module: fleet.memory.process_memory_info
  - name: proc_vmstat(5)
    description: Which counters came with which kernel.
    link: https://man7.org/linux/man-pages/man5/proc_vmstat.5.html
  - name: PSI - Pressure Stall Information
    description: How the kernel measures the time that is lost for want of memory.
    link: https://docs.kernel.org/accounting/psi.html
  - name: Concepts overview of memory management
    description: Page faults, reclaim and huge pages explained.
    link: https://docs.kernel.org/admin-guide/mm/concepts.html
"""

EXAMPLES = r"""
- name: Watch the host for five seconds
  fleet.memory.paging_info:
  register: paging

- name: No host may thrash
  ansible.builtin.assert:
    that: paging.verdict != "severe_pressure"
    fail_msg: "{{ paging.verdict_reason }}"

- name: Watch a minute, in samples of two seconds
  fleet.memory.paging_info:
    samples: 30
    interval_ms: 2000
  register: paging

- name: Show who reads its memory back from disk
  ansible.builtin.debug:
    msg: "{{ item.command }} ({{ item.pid }}): {{ item.major_faults_per_second }} major faults per second"
  loop: "{{ paging.processes | selectattr('major_faults_per_second', '>', 0) }}"
  loop_control:
    label: "{{ item.pid }}"

- name: Judge swap by its activity, not by its fill
  ansible.builtin.assert:
    that: paging.rates.swap_in_bytes_per_second.mean < 1048576
"""

RETURN = r"""
samples:
  description: Number of samples, each the difference of two readings.
  type: int
  returned: always
  sample: 5
interval_seconds:
  description: Mean time between two readings in seconds, as measured.
  type: float
  returned: always
  sample: 1.001
rates:
  description:
    - What happened per second on the whole host, from C(/proc/vmstat) and C(/proc/stat).
    - A rate is V(null) when this kernel has no such counter (C(unsupported)) or the counter went back in between, by a
      wrap for instance (C(malformed)). RV(unread) has it then as C(rates.) and its name, or has the file that could not
      be read.
  type: dict
  returned: always
  contains:
    minor_faults_per_second:
      description:
        - Page faults that were served without the disk, C(pgfault) less C(pgmajfault). They are how memory is handed
          out, and never a sign of pressure.
        - V(null) when it could not be measured, see RV(unread).
      type: dict
      returned: always
      contains: &spread
        min:
          description: Lowest rate of a sample.
          type: float
          returned: always
          sample: 0.0
        mean:
          description: All that was counted, over the whole time.
          type: float
          returned: always
          sample: 12.5
        max:
          description: Highest rate of a sample.
          type: float
          returned: always
          sample: 50.02
    major_faults_per_second:
      description:
        - Page faults that waited for the disk, C(pgmajfault). Memory that is read back from swap, and pages of programs
          and files that are read, the first time as well.
        - V(null) when it could not be measured, see RV(unread).
      type: dict
      returned: always
      contains: *spread
    swap_in_bytes_per_second:
      description:
        - Read from swap, in bytes, C(pswpin). Pages that zswap kept in RAM aren't counted, those on zram are.
        - V(null) when it could not be measured, see RV(unread).
      type: dict
      returned: always
      contains: *spread
    swap_out_bytes_per_second:
      description:
        - Written to swap, in bytes, C(pswpout). Pages that zswap keeps in RAM aren't counted, those on zram are.
        - V(null) when it could not be measured, see RV(unread).
      type: dict
      returned: always
      contains: *spread
    page_in_bytes_per_second:
      description:
        - Read from block devices, in bytes, C(pgpgin), which counts KiB. Swap included.
        - V(null) when it could not be measured, see RV(unread).
      type: dict
      returned: always
      contains: *spread
    page_out_bytes_per_second:
      description:
        - Written to block devices, in bytes, C(pgpgout), which counts KiB. Swap included.
        - V(null) when it could not be measured, see RV(unread).
      type: dict
      returned: always
      contains: *spread
    reclaim_scanned_pages_per_second:
      description:
        - Pages that the kernel looked at to take them back, C(pgscan_anon) and C(pgscan_file). This includes what
          cgroups reclaim at their own limits.
        - Kernels before 5.8 count only what is reclaimed for want of memory on the host, C(pgscan_kswapd),
          C(pgscan_direct) and the like.
        - V(null) when it could not be measured, see RV(unread).
      type: dict
      returned: always
      contains: *spread
    reclaim_stolen_pages_per_second:
      description:
        - Pages that it did take back, C(pgsteal_anon) and C(pgsteal_file), before Linux 5.8 C(pgsteal_kswapd),
          C(pgsteal_direct) and the like. Far fewer than were scanned means that there is hardly anything left to take.
        - V(null) when it could not be measured, see RV(unread).
      type: dict
      returned: always
      contains: *spread
    direct_reclaim_pages_per_second:
      description:
        - Pages that processes had to take back themselves, in the middle of an allocation, because the host was short
          of memory, C(pgsteal_direct). Reclaim at a cgroup's limit isn't counted.
        - V(null) when it could not be measured, see RV(unread).
      type: dict
      returned: always
      contains: *spread
    direct_stalls_per_second:
      description:
        - How often an allocation had to do so, the sum of C(allocstall) over the memory zones.
        - V(null) when it could not be measured, see RV(unread).
      type: dict
      returned: always
      contains: *spread
    refaults_anon_per_second:
      description:
        - Pages of processes that were needed again soon after they had been swapped out, C(workingset_refault_anon).
        - V(null) when it could not be measured, on kernels before 5.9 for instance, see RV(unread).
      type: dict
      returned: always
      contains: *spread
    refaults_file_per_second:
      description:
        - Pages of files that were needed again soon after they had been dropped, C(workingset_refault_file), before
          Linux 5.9 C(workingset_refault). The cache is too small for the work.
        - V(null) when it could not be measured, see RV(unread).
      type: dict
      returned: always
      contains: *spread
    thp_faults_per_second:
      description:
        - Page faults that got a transparent huge page, C(thp_fault_alloc).
        - V(null) when it could not be measured, on kernels without huge pages for instance, see RV(unread).
      type: dict
      returned: always
      contains: *spread
    oom_kills_per_second:
      description:
        - Processes that the kernel killed for want of memory, on the host or in a cgroup, C(oom_kill).
        - V(null) when it could not be measured, on kernels before 4.13 for instance, see RV(unread).
      type: dict
      returned: always
      contains: *spread
    context_switches_per_second:
      description:
        - How often a CPU went from one task to another, all CPUs together, C(ctxt) of C(/proc/stat).
        - V(null) when it could not be measured, see RV(unread).
      type: dict
      returned: always
      contains: *spread
pressure:
  description:
    - Share of the time that was lost for want of memory, from the C(total) of C(/proc/pressure/memory).
    - V(null) when the kernel doesn't measure it (before 4.20, or switched off), see RV(unread).
    - See U(https://docs.kernel.org/accounting/psi.html).
  type: dict
  returned: always
  contains:
    some_percent:
      description: Percent of the time in which some task at least waited for memory.
      type: dict
      returned: always
      contains: *spread
    full_percent:
      description: Percent of the time in which all tasks that had work waited for memory. V(null) when the file has no
        such line.
      type: dict
      returned: always
      contains: *spread
verdict:
  description:
    - V(quiet) when there is less than one major fault per second in the mean.
    - V(some_major_faults) when there are more, but in few samples, or there are fewer than three samples.
    - V(consistent_major_faults) when more than half of the samples, and three at least, have one or more per second.
    - V(severe_pressure) when there are 1000 or more per second in the mean, or all tasks waited for memory for 10 % of
      the time or more.
    - Minor faults never count. Major faults while programs start are normal.
    - V(null) when the major faults are unknown and no severe pressure was seen either.
  type: str
  returned: always
  sample: severe_pressure
verdict_reason:
  description: Why, in a sentence with the figures.
  type: str
  returned: always
  sample: >-
    Severe pressure: 3402.1 major faults per second on average, some in 5 of 5 samples; 13.3 MiB per second swapped in
    and 12.9 out; all tasks waited for memory 42.5 % of the time.
processes:
  description:
    - The processes that had page faults, most major faults first, then most minor ones, at most O(top). From
      C(/proc/PID/stat) at the first and after the last reading.
    - A process that began in between is counted from its beginning. One that ended is missing.
    - See U(https://docs.kernel.org/filesystems/proc.html#process-specific-subdirectories).
  type: list
  elements: dict
  returned: always
  contains:
    pid:
      description: Process id.
      type: int
      returned: always
      sample: 4711
    start_ticks:
      description: Start of the process in clock ticks since boot. With the boot and the pid it identifies the process.
      type: int
      returned: always
      sample: 103127
    command:
      description: Command name, at most 15 bytes, as the process calls itself.
      type: str
      returned: always
      sample: postgres
    user:
      description: Effective user's name, or the number when there is no name. V(null) when the process ended before it
        could be asked.
      type: str
      returned: always
      sample: postgres
    unit:
      description: Unit of the system's manager. V(null) for a process outside of any, and when it could not be read.
      type: str
      returned: always
      sample: postgresql@17-main.service
    minor_faults_per_second:
      description: Its minor faults per second in the mean, its threads included.
      type: float
      returned: always
      sample: 120.04
    major_faults_per_second:
      description:
        - Its major faults per second in the mean, its threads included.
        - The kernel counts a fault that waits for what another one is reading as major here, but not in RV(rates).
      type: float
      returned: always
      sample: 3120.51
    rss_bytes:
      description: Its resident memory in bytes at the end, as C(stat) has it, which may lag by some pages per CPU.
      type: int
      returned: always
      sample: 66904064
own_pid:
  description: Process id of this module.
  type: int
  returned: always
  sample: 4242
coverage:
  description: How many processes the list was made from.
  type: dict
  returned: always
  contains:
    processes:
      description: Number of processes at the end, kernel threads included.
      type: int
      returned: always
      sample: 217
    read:
      description: Number of those whose faults were read.
      type: int
      returned: always
      sample: 217
    began:
      description: Number of those that began in between.
      type: int
      returned: always
      sample: 3
    vanished:
      description: Number of processes that ended in between.
      type: int
      returned: always
      sample: 2
    hidepid:
      description: True when /proc is mounted with hidepid and hides the processes of other users from this module.
      type: bool
      returned: always
      sample: false
    unread:
      description: For each reason the number of processes whose faults could not be read.
      type: dict
      returned: always
      sample: {}
unread:
  description:
    - What could not be read or measured, with the reason.
    - A key is a path, or C(rates.) and the name of a rate.
    - A reason is V(denied), V(unsupported) or V(malformed).
  type: dict
  returned: always
  sample: {rates.refaults_anon_per_second: unsupported}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.fleet.memory.plugins.module_utils._records.unread import Unread
from ansible_collections.fleet.memory.plugins.module_utils._scan.cost import step_back
from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Files
from ansible_collections.fleet.memory.plugins.module_utils._scan.paging import VMSTAT, Paging

RANGES = {"samples": (1, 3600), "interval_ms": (50, 60000)}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "samples": {"type": "int", "default": 5},
            "interval_ms": {"type": "int", "default": 1000},
            "top": {"type": "int", "default": 10},
        },
        supports_check_mode=True,
    )
    params = module.params
    for option, (lowest, highest) in RANGES.items():
        if not lowest <= params[option] <= highest:
            module.fail_json(msg="%s: expected %d to %d, not %d" % (option, lowest, highest, params[option]))
    if params["top"] < 0:
        module.fail_json(msg="top: expected 0 or more, not %d" % params["top"])
    step_back()
    try:
        paging = Paging(Files())
        if VMSTAT in paging.unread:
            raise Unread(VMSTAT, paging.unread[VMSTAT])
        for _sample in range(params["samples"]):
            paging.sample_after(params["interval_ms"] / 1000.0)
        section = paging.section(params["top"])
    except Unread as error:
        module.fail_json(
            msg="%s can't be read: %s. Is this a Linux host with /proc mounted?" % (error.path, error.reason)
        )
    module.exit_json(changed=False, failed=False, **section)


if __name__ == "__main__":
    main()
