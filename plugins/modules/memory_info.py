#!/usr/bin/python

# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: memory_info
short_description: Memory of a Linux host, as its kernel accounts for it
version_added: 0.1.0
author:
  - fleet.memory contributors (@fleet-memory)
description:
  - Reports what the kernel says of the memory of the host as a whole, from its files under C(/proc) and C(/sys).
  - Tells RAM that is available and in use, swap per device, the commit charge, the kernel's parameters that bear on
    memory, huge pages, page merging, NUMA nodes, the counters of the memory management, memory pressure, and which
    kernel and which boot all this belongs to.
  - Sums up where all of the RAM is (RV(ledger)), who holds the shared memory, what is reserved and unused, and what the
    translation of addresses costs.
  - A figure that could not be read is V(null), never 0, and RV(unread) says why.
  - Runs in some milliseconds, needs no privilege, and starts no other program.
extends_documentation_fragment:
  - fleet.memory.attributes
notes:
  - In a container without its own view of C(/proc) the figures are those of the machine that it runs on.
  - Sizes are integers in bytes, percentages are floats with two places.
seealso:
  - module: fleet.memory.process_memory_info
  - module: fleet.memory.memory_limits_info
  - name: The /proc filesystem
    description: The kernel's own description of /proc/meminfo and its neighbours.
    link: https://docs.kernel.org/filesystems/proc.html
  - name: Documentation for /proc/sys/vm
    description: What each of the kernel's memory parameters does.
    link: https://docs.kernel.org/admin-guide/sysctl/vm.html
"""

EXAMPLES = r"""
- name: Read the memory of the host
  fleet.memory.memory_info:
  register: host

- name: A database server must not swap eagerly
  ansible.builtin.assert:
    that: host.sysctl["vm.swappiness"] <= 10
    fail_msg: vm.swappiness is {{ host.sysctl["vm.swappiness"] }}

- name: Say how much memory is in use
  ansible.builtin.debug:
    msg: >-
      {{ host.used_percent }} % of {{ host.meminfo.MemTotal | human_readable }} in use,
      {{ host.available_bytes | human_readable }} available

- name: Show the hosts of the play, the fullest first
  ansible.builtin.debug:
    msg: "{{ item }}: {{ hostvars[item].host.used_percent }} %"
  loop: >-
    {{ ansible_play_hosts | map("extract", hostvars) | selectattr("host.used_percent", "number")
       | sort(attribute="host.used_percent", reverse=true) | map(attribute="inventory_hostname") }}
  run_once: true

- name: Has any process been killed for want of memory since the host was booted?
  ansible.builtin.assert:
    that: host.vmstat.oom_kill | default(0) == 0

- name: Who holds memory that no process shows?
  ansible.builtin.debug:
    msg: "{{ item.place | default(item.name, true) }}: {{ item.bytes | default('?', true) }} bytes, {{ item.why }}"
  loop: "{{ host.ledger.suspects }}"
  loop_control:
    label: "{{ item.name }}"

- name: Which kernel parameters won't be the same after the next boot?
  ansible.builtin.debug:
    msg: "{{ item.key }} is {{ item.value.live }} and will be {{ item.value.next_boot }}"
  loop: "{{ host.sysctl_sources.parameters | dict2items | rejectattr('value.persistent', 'ne', false) }}"

- name: Don't try to set a parameter where that can't work
  ansible.posix.sysctl:
    name: vm.swappiness
    value: "10"
    sysctl_file: /etc/sysctl.d/90-swappiness.conf
  when: host.sysctl_writable is true
"""

RETURN = r"""
meminfo:
  description:
    - All of C(/proc/meminfo), by the kernel's own keys. Sizes are bytes; the few counts, such as C(HugePages_Total),
      are as they stand.
    - Which keys there are depends on the kernel. C(MemTotal) is always there.
    - See U(https://docs.kernel.org/filesystems/proc.html#meminfo).
  type: dict
  returned: always
  sample: {MemTotal: 25276502016, MemFree: 24444384000, MemAvailable: 24967778304, SwapTotal: 0, HugePages_Total: 0}
available_bytes:
  description:
    - How much memory new work can have without swapping, in bytes. This, not C(MemFree), is what is left.
    - V(null) when the kernel doesn't say and there was too little to estimate it from; RV(unread) names the file.
  type: int
  returned: always
  sample: 24967778304
available_source:
  description:
    - V(kernel) when RV(available_bytes) is the kernel's C(MemAvailable).
    - V(estimate) when it was worked out the same way from the free pages, the page cache, the slab and
      C(/proc/zoneinfo), on kernels before 3.14.
    - V(null) when RV(available_bytes) is.
  type: str
  returned: always
  sample: kernel
available_percent:
  description: RV(available_bytes) in percent of C(MemTotal); V(null) when that is unknown.
  type: float
  returned: always
  sample: 98.78
used_bytes:
  description:
    - C(MemTotal) less RV(available_bytes), which is what C(free) of procps 4 prints as used, in bytes.
    - V(null) when RV(available_bytes) is.
  type: int
  returned: always
  sample: 308723712
used_percent:
  description: RV(used_bytes) in percent of C(MemTotal); V(null) when that is unknown.
  type: float
  returned: always
  sample: 1.22
swap:
  description: Swap space. A host without swap has a RV(swap.total_bytes) of 0.
  type: dict
  returned: always
  contains:
    total_bytes:
      description: Size of all swap areas in bytes; V(null) when C(/proc/meminfo) doesn't give it.
      type: int
      returned: always
      sample: 4294963200
    free_bytes:
      description: Unused part of it in bytes; V(null) when C(/proc/meminfo) doesn't give it.
      type: int
      returned: always
      sample: 4274003968
    used_bytes:
      description: Used part of it in bytes; V(null) when C(/proc/meminfo) doesn't give it.
      type: int
      returned: always
      sample: 20959232
    used_percent:
      description: Used part in percent; V(null) when the host has no swap, or its size is unknown.
      type: float
      returned: always
      sample: 0.49
    devices:
      description:
        - The swap areas in use, in the kernel's order.
        - Empty when there is none, or when C(/proc/swaps) is in RV(unread).
        - See U(https://man7.org/linux/man-pages/man5/proc_swaps.5.html).
      type: list
      elements: dict
      returned: always
      contains:
        path:
          description:
            - The device or file.
            - The kernel adds a blank and "(deleted)" to the name of a file that was removed while in use.
          type: str
          returned: always
          sample: /dev/zram0
        kind:
          description:
            - V(zram), V(partition) or V(file). V(partition) is the kernel's word for every other block device, a
              logical volume for instance.
            - A container's replacement of C(/proc/swaps) may have another word; it is then given as it is.
          type: str
          returned: always
          sample: zram
        size_bytes:
          description: Size in bytes.
          type: int
          returned: always
          sample: 4294963200
        used_bytes:
          description: Used part in bytes.
          type: int
          returned: always
          sample: 20959232
        priority:
          description: The kernel fills areas of higher priority first. Negative when the kernel chose it.
          type: int
          returned: always
          sample: 100
    zram:
      description:
        - The compressed RAM disks of the host, whether swap lies on them or not.
        - Empty when there is none, or when C(/sys/block) is in RV(unread).
        - See U(https://docs.kernel.org/admin-guide/blockdev/zram.html).
      type: list
      elements: dict
      returned: always
      contains:
        name:
          description: Name of the block device.
          type: str
          returned: always
          sample: zram0
        disksize_bytes:
          description:
            - How much uncompressed data it can take, in bytes; 0 for a device that isn't set up; V(null) when it
              can't be read.
          type: int
          returned: always
          sample: 4294967296
        original_bytes:
          description:
            - Size of the data that it holds, uncompressed, in bytes; V(null) when C(mm_stat) can't be read, on
              kernels before 4.1 for instance.
          type: int
          returned: always
          sample: 104857600
        compressed_bytes:
          description: Size of the same data after compression, in bytes; V(null) when C(mm_stat) can't be read.
          type: int
          returned: always
          sample: 1462380
        memory_used_bytes:
          description:
            - RAM that the device takes for it, overhead included, in bytes; V(null) when C(mm_stat) can't be read.
          type: int
          returned: always
          sample: 1916928
        algorithm:
          description: The compression algorithm in force; V(null) when it can't be read.
          type: str
          returned: always
          sample: lzo-rle
    zswap:
      description:
        - The compressed cache in front of the swap areas; V(null) when the kernel doesn't have it or it can't be
          read, see RV(unread).
        - See U(https://docs.kernel.org/admin-guide/mm/zswap.html).
      type: dict
      returned: always
      contains:
        enabled:
          description: Whether it takes pages.
          type: bool
          returned: always
          sample: false
        max_pool_percent:
          description: The most it may take, in percent of RAM; V(null) when it can't be read.
          type: int
          returned: always
          sample: 20
        compressor:
          description: The compression algorithm; V(null) when it can't be read.
          type: str
          returned: always
          sample: zstd
        pool_bytes:
          description: RAM that it takes, in bytes; V(null) on kernels before 5.19, which don't tell.
          type: int
          returned: always
          sample: 8388608
        stored_bytes:
          description:
            - Size of the pages that it holds, uncompressed, in bytes; V(null) on kernels before 5.19, which don't
              tell.
          type: int
          returned: always
          sample: 25165824
commit:
  description:
    - Memory that processes have been promised.
    - See U(https://docs.kernel.org/mm/overcommit-accounting.html).
  type: dict
  returned: always
  contains:
    limit_bytes:
      description:
        - C(CommitLimit) in bytes. The kernel enforces it only with C(vm.overcommit_memory) = 2.
        - V(null) when C(/proc/meminfo) doesn't give it.
      type: int
      returned: always
      sample: 12638248960
    committed_bytes:
      description: C(Committed_AS) in bytes; V(null) when C(/proc/meminfo) doesn't give it.
      type: int
      returned: always
      sample: 63623168
    committed_percent:
      description:
        - Promised memory in percent of the limit, above 100 when overcommitted; V(null) when either is unknown or the
          limit is 0.
      type: float
      returned: always
      sample: 0.5
sysctl:
  description:
    - Kernel parameters by their usual names, as they are in force now. Numbers are integers in the parameter's own
      unit, other values strings.
    - Parameters that only some kernels have, C(vm.compaction_proactiveness) for instance, are no key where the kernel
      doesn't have them.
    - The value of a parameter is V(null) when it could not be read, or when the kernel lacks it though it is one of
      those that every host is asked for.
      RV(unread) has its path under C(/proc/sys).
    - See U(https://docs.kernel.org/admin-guide/sysctl/vm.html).
  type: dict
  returned: always
  sample: {vm.swappiness: 60, vm.overcommit_memory: 0, fs.nr_open: 1048576, vm.lowmem_reserve_ratio: 256 256 32 0 0}
sysctl_sources:
  description:
    - What the files of the host declare of the parameters that bear on memory, in the order of a boot, and how it
      compares with what is in force.
    - The order is the kernel's command line, the loader's files, tuned. The last to set a parameter wins.
    - Not known are the files of the initial RAM disk, credentials of systemd, and programs that set parameters later,
      such as a kubelet. That the kernel refuses a number as out of range isn't known either.
  type: dict
  returned: always
  contains:
    loader:
      description:
        - What sets parameters at boot. V(systemd-sysctl), V(procps) for C(sysctl --system) (as of procps 4), or
          V(both), in this order.
        - V(null) when none of these does, as where C(/proc/sys) is mounted read-only, or where another init runs.
      type: str
      returned: always
      sample: systemd-sysctl
    reads_sysctl_conf:
      description:
        - Whether this loader reads C(/etc/sysctl.conf). systemd doesn't, unless a link in C(sysctl.d) leads there, as
          in Debian before 13.
        - V(null) when RV(sysctl_sources.loader) is.
      type: bool
      returned: always
      sample: false
    via:
      description: That link in C(sysctl.d); V(null) when there is none.
      type: str
      returned: always
      sample: /etc/sysctl.d/99-sysctl.conf
    files:
      description: The files that the loader reads, in its order.
      type: list
      elements: str
      returned: always
      sample: [/usr/lib/sysctl.d/10-map-count.conf, /etc/sysctl.d/90-memory.conf]
    masked:
      description: Files that don't count because one of the same name does.
      type: list
      elements: dict
      returned: always
      contains:
        file:
          description: The file that doesn't count.
          type: str
          returned: always
          sample: /usr/lib/sysctl.d/10-map-count.conf
        by:
          description: The file that counts, which may be a link to C(/dev/null).
          type: str
          returned: always
          sample: /etc/sysctl.d/10-map-count.conf
    parameters:
      description:
        - By their usual names all parameters below C(vm), and those of RV(sysctl), that something declares, and always
          C(vm.max_map_count), C(vm.min_free_kbytes), C(vm.overcommit_memory), C(vm.overcommit_ratio),
          C(vm.swappiness) and C(vm.vfs_cache_pressure). Each has these keys.
        - C(live) is the value in force, V(null) when the kernel lacks it or it can't be read.
        - C(next_boot) is the value that the next boot gives it. V(null) when nobody declares it, so that the kernel
          chooses, when the loader isn't known, or when only tuned can tell the number.
        - C(decided_by) is the C(file) and C(line) that this comes from, V(null) when there is none.
        - C(losers) are the lines that don't count, each with C(file), C(line), C(value) and C(why). V(overridden) by a
          later line or, for a line with wildcards, by one that names the parameter. V(masked) by a file of the same
          name. V(not_read_by_loader). V(tuned) by tuned's profile. V(excluded) by a line C(-name).
        - C(persistent) tells whether C(live) and C(next_boot) are equal. When nobody declares the parameter it is false
          if C(live) isn't what the kernel starts with, so that somebody has set it by hand, and else V(null). V(null)
          as well when one of the two isn't known.
      type: dict
      returned: always
      sample:
        vm.swappiness:
          live: 60
          next_boot: 10
          decided_by: {file: /etc/sysctl.d/90-memory.conf, line: 1}
          losers: [{file: /etc/sysctl.conf, line: 12, value: "1", why: not_read_by_loader}]
          persistent: false
    tuned:
      description: tuned, where it has an active profile; otherwise V(null).
      type: dict
      returned: always
      contains:
        profile:
          description: Its active profile, or several with blanks between.
          type: str
          returned: always
          sample: virtual-guest
        active:
          description: Whether it runs now.
          type: bool
          returned: always
          sample: true
        enabled:
          description: Whether it starts at boot. Otherwise its profile plays no part in RV(sysctl_sources.parameters).
          type: bool
          returned: always
          sample: true
        reapply_sysctl:
          description: Whether it applies C(/run/sysctl.d), C(/etc/sysctl.d) and C(/etc/sysctl.conf) once more after its
            profile, so that these win. It does that whatever RV(sysctl_sources.reads_sysctl_conf) says.
          type: bool
          returned: always
          sample: true
        files:
          description: The files that make up the profile, those that it includes first. Their sections for certain
            machines only are left out.
          type: list
          elements: str
          returned: always
          sample: [/usr/lib/tuned/throughput-performance/tuned.conf, /usr/lib/tuned/virtual-guest/tuned.conf]
    rejected:
      description: Lines that the loader passes over, or the kernel refuses because it wants a number.
      type: list
      elements: dict
      returned: always
      contains:
        file:
          description: The file.
          type: str
          returned: always
          sample: /etc/sysctl.d/90-memory.conf
        line:
          description: Number of the line in it, from 1.
          type: int
          returned: always
          sample: 3
        text:
          description: What it says, at most 200 bytes of it.
          type: str
          returned: always
          sample: "vm.swappiness: 10"
        reason:
          description: What is wrong, in words.
          type: str
          returned: always
          sample: not an assignment
transparent_hugepage:
  description:
    - Settings of transparent huge pages; V(null) when the kernel doesn't have them or they can't be read, see
      RV(unread).
    - See U(https://docs.kernel.org/admin-guide/mm/transhuge.html).
  type: dict
  returned: always
  contains:
    enabled:
      description: V(always), V(madvise) or V(never).
      type: str
      returned: always
      sample: madvise
    defrag:
      description:
        - What an allocation does when no huge page is free, for example V(madvise); V(null) when it can't be read.
      type: str
      returned: always
      sample: madvise
    shmem_enabled:
      description:
        - The mode for shared memory, for example V(never); V(null) when it can't be read, on kernels before 4.8 for
          instance.
      type: str
      returned: always
      sample: never
    use_zero_page:
      description: Whether reads of untouched memory get a huge zero page; V(null) when it can't be read.
      type: bool
      returned: always
      sample: true
    khugepaged_defrag:
      description: Whether the background collapser may compact memory; V(null) when it can't be read.
      type: bool
      returned: always
      sample: true
ksm:
  description:
    - Merging of equal pages (KSM); V(null) when the kernel doesn't have it or it can't be read, see RV(unread).
    - Figures that this kernel doesn't have are no key.
    - See U(https://docs.kernel.org/admin-guide/mm/ksm.html).
  type: dict
  returned: always
  contains:
    run:
      description: V(0) stopped, V(1) running, V(2) stopped and all pages unmerged.
      type: int
      returned: always
      sample: 0
    pages_shared:
      description: Merged pages in use; V(null) when it can't be read.
      type: int
      returned: when the kernel has it
      sample: 0
    pages_sharing:
      description:
        - Pages that were spared because their content is one of the merged pages; V(null) when it can't be read.
      type: int
      returned: when the kernel has it
      sample: 0
    pages_unshared:
      description: Pages looked at again and again without an equal; V(null) when it can't be read.
      type: int
      returned: when the kernel has it
      sample: 0
    pages_volatile:
      description: Pages that change too fast to be merged; V(null) when it can't be read.
      type: int
      returned: when the kernel has it
      sample: 0
    pages_to_scan:
      description: Pages looked at before the next sleep; V(null) when it can't be read.
      type: int
      returned: when the kernel has it
      sample: 100
    sleep_millisecs:
      description: Length of that sleep in milliseconds; V(null) when it can't be read.
      type: int
      returned: when the kernel has it
      sample: 20
    full_scans:
      description: How often all mergeable memory has been looked at; V(null) when it can't be read.
      type: int
      returned: when the kernel has it
      sample: 0
    merge_across_nodes:
      description: V(1) when pages of different NUMA nodes may be merged; V(null) when it can't be read.
      type: int
      returned: when the kernel has it
      sample: 1
    use_zero_pages:
      description: V(1) when empty pages are merged with the zero page; V(null) when it can't be read.
      type: int
      returned: when the kernel has it
      sample: 0
    ksm_zero_pages:
      description: How many pages were merged with the zero page; V(null) when it can't be read.
      type: int
      returned: when the kernel has it
      sample: 0
    saved_bytes:
      description: RV(ksm.pages_sharing) in bytes; V(null) when that is unknown.
      type: int
      returned: always
      sample: 0
hugepages:
  description:
    - The pools of reserved huge pages, one for each size, smallest first.
    - Empty when the kernel has none; RV(unread) then has C(/sys/kernel/mm/hugepages).
    - See U(https://docs.kernel.org/admin-guide/mm/hugetlbpage.html).
  type: list
  elements: dict
  returned: always
  contains:
    size_bytes:
      description: Size of one page in bytes.
      type: int
      returned: always
      sample: 2097152
    total:
      description: Pages in the pool; V(null) when it can't be read.
      type: int
      returned: always
      sample: 512
    free:
      description: Pages of it that no process has; V(null) when it can't be read.
      type: int
      returned: always
      sample: 512
    reserved:
      description: Free pages that are promised already; V(null) when it can't be read.
      type: int
      returned: always
      sample: 0
    surplus:
      description: Pages above the configured number, taken for want; V(null) when it can't be read.
      type: int
      returned: always
      sample: 0
    overcommit:
      description: The most pages that may be taken so; V(null) when it can't be read.
      type: int
      returned: always
      sample: 0
numa:
  description:
    - The NUMA nodes. A host without NUMA has one node, or none when its kernel doesn't know NUMA; RV(unread) then has
      C(/sys/devices/system/node).
    - See U(https://docs.kernel.org/admin-guide/mm/numaperf.html).
  type: list
  elements: dict
  returned: always
  contains:
    node:
      description: Number of the node.
      type: int
      returned: always
      sample: 0
    meminfo:
      description: Like RV(meminfo), for this node; V(null) when it can't be read.
      type: dict
      returned: always
      sample: {MemTotal: 4926418944, MemFree: 4678758400, MemUsed: 247660544}
vmstat:
  description:
    - All of C(/proc/vmstat), by the kernel's names. Events are counted since boot; levels (C(nr_*)) are in pages of
      RV(page_size_bytes).
    - Empty when it could not be read, see RV(unread).
    - See U(https://man7.org/linux/man-pages/man5/proc_vmstat.5.html).
  type: dict
  returned: always
  sample: {nr_free_pages: 6111096, pgmajfault: 812, pswpin: 0, pswpout: 0, oom_kill: 0}
pressure:
  description:
    - The share of time in which tasks waited for memory (PSI).
    - V(null) when the kernel doesn't have it (before 4.20), has it switched off (C(psi=0)), or it can't be read, see
      RV(unread).
    - See U(https://docs.kernel.org/accounting/psi.html).
  type: dict
  returned: always
  contains:
    some:
      description: Time in which at least one task waited.
      type: dict
      returned: always
      contains: &shares
        avg10:
          description: In percent, over the last 10 seconds.
          type: float
          returned: always
          sample: 0.22
        avg60:
          description: In percent, over the last minute.
          type: float
          returned: always
          sample: 0.17
        avg300:
          description: In percent, over the last five minutes.
          type: float
          returned: always
          sample: 1.11
        total_microseconds:
          description: In microseconds, since boot.
          type: int
          returned: always
          sample: 58761459
    full:
      description: Time in which all tasks waited that weren't idle; V(null) when the file has no such line.
      type: dict
      returned: always
      contains: *shares
page_size_bytes:
  description: Size of an ordinary page in bytes.
  type: int
  returned: always
  sample: 4096
cgroup_version:
  description:
    - Which control groups can limit memory here. V(v2), V(v1), or V(hybrid) when version 2 is mounted but version 1
      has the memory controller.
    - V(null) when no control groups are mounted, or C(/proc/self/mountinfo) is in RV(unread).
    - See U(https://docs.kernel.org/admin-guide/cgroup-v2.html).
  type: str
  returned: always
  sample: v2
boot_id:
  description: A random UUID that is new with each boot; V(null) when it can't be read.
  type: str
  returned: always
  sample: 04eddd82-3503-4817-b346-63307a2c59a7
kernel:
  description: The running kernel.
  type: dict
  returned: always
  contains:
    release:
      description: As C(uname -r) prints it; V(null) when it can't be read.
      type: str
      returned: always
      sample: 6.12.48+deb13-amd64
    version:
      description: As C(uname -v) prints it; V(null) when it can't be read.
      type: str
      returned: always
      sample: "#1 SMP PREEMPT_DYNAMIC Debian 6.12.48-1 (2025-09-20)"
    machine:
      description: As C(uname -m) prints it.
      type: str
      returned: always
      sample: x86_64
uptime_seconds:
  description: Seconds since boot; V(null) when it can't be read.
  type: float
  returned: always
  sample: 696.21
container:
  description:
    - The kind of container that the host is, for example V(podman), V(docker), V(lxc), V(systemd-nspawn).
    - V(null) when nothing says that it is a container. Some container managers leave no mark, and C(/proc/1/environ)
      can be in RV(unread).
  type: str
  returned: always
  sample: podman
sysctl_writable:
  description:
    - Whether root of this host can set C(vm.swappiness) and its like. False where C(/proc/sys) is mounted read-only,
      as in most containers.
    - V(null) when C(/proc/self/mountinfo) doesn't tell.
  type: bool
  returned: always
  sample: true
ledger:
  description:
    - Where all of the RAM is. C(MemTotal) as a sum in which every page is counted once, and what remains unexplained.
    - V(null) when C(/proc/meminfo) can't be read.
  type: dict
  returned: always
  contains:
    total_bytes:
      description: C(MemTotal) in bytes. It lacks what the kernel took while it booted, its own image for instance.
      type: int
      returned: always
      sample: 25276502016
    entries:
      description:
        - The parts, always the same ones, largest first.
        - C(file_cache) is C(Cached) without C(Shmem). C(swap_cache) has only pages that no process maps, since
          C(AnonPages) has the others. C(vmalloc) is C(VmallocUsed) without the kernel's stacks, which lie in it.
          C(free_per_cpu) is free memory that each CPU keeps ready; it is no part of C(MemFree) and can be several
          percent of RAM.
        - C(hugetlb) are all pools of huge pages, in use or not. C(zfs_arc) is the part of the cache of ZFS that the
          slab and vmalloc don't hold.
      type: list
      elements: dict
      returned: always
      contains:
        name:
          description:
            - One of V(anonymous), V(bounce), V(buffers), V(file_cache), V(free), V(free_per_cpu), V(fuse_writeback),
              V(gpu_active), V(gpu_reclaimable), V(hugetlb), V(kernel_stacks), V(other_reclaimable), V(page_tables),
              V(percpu), V(secondary_page_tables), V(shared_memory), V(slab_reclaimable), V(slab_unreclaimable),
              V(swap_cache), V(vmalloc), V(zfs_arc), V(zram), V(zswap_pool).
          type: str
          returned: always
          sample: anonymous
        bytes:
          description:
            - Size in bytes.
            - V(null) when this kernel doesn't count such memory, or its file is in RV(unread). The memory, if there
              is any, is then part of the residual.
          type: int
          returned: always
          sample: 2184523776
        source:
          description: The keys of C(/proc/meminfo), or the file, that it comes from.
          type: str
          returned: always
          sample: AnonPages
    residual_bytes:
      description:
        - RV(ledger.total_bytes) less all entries, in bytes. These are pages that drivers and the kernel take one by
          one, and that nobody counts.
        - Can be a little below 0, since the counters are not read at one moment.
      type: int
      returned: always
      sample: 15040512
    residual_percent:
      description: The same in percent of RV(ledger.total_bytes).
      type: float
      returned: always
      sample: 0.06
    closes:
      description: Whether at most 3 % of RAM is unexplained, in either direction.
      type: bool
      returned: always
      sample: true
    suspects:
      description:
        - Who may hold memory that no process shows. Empty on most hosts.
        - Files of a tmpfs and shared memory without a name from 1 % of RAM on, and each System V segment that no
          process has attached. These are counted, as C(shared_memory).
        - When the ledger doesn't close also what may hide in the residual.
      type: list
      elements: dict
      returned: always
      contains:
        name:
          description:
            - V(tmpfs), V(sysv_shm) or V(memfd) (the latter also for shared anonymous memory), which are counted.
            - In the residual V(balloon), V(driver) (a module known to take pages that nobody counts), V(driver_pages)
              (all other such pages), V(uncounted) (entries that this kernel lacks), V(container) (its
              C(/proc/meminfo) may be made up), V(counted_twice) (the residual is below 0).
          type: str
          returned: always
          sample: tmpfs
        place:
          description:
            - Mount point, segment, module, or names of entries.
            - V(null) where there is none to name.
          type: str
          returned: always
          sample: /dev/shm
        bytes:
          description:
            - How much it holds, in bytes; for V(driver_pages) and V(counted_twice) the whole residual.
            - V(null) when nobody counts it.
          type: int
          returned: always
          sample: 524288000
        counted_as:
          description: The entry that has these bytes; V(null) when they are part of the residual.
          type: str
          returned: always
          sample: shared_memory
        why:
          description: Why it is suspected.
          type: str
          returned: always
          sample: files in a tmpfs are RAM until they are deleted
shared_memory:
  description:
    - Who holds the memory that the kernel counts as shared (C(Shmem)).
    - Seen from where the module runs. Mounts of other mount namespaces and segments of other IPC namespaces, those of
      containers, are part of RV(shared_memory.other_bytes).
  type: dict
  returned: always
  contains:
    shmem_bytes:
      description: C(Shmem) of C(/proc/meminfo) in bytes; V(null) when that doesn't give it.
      type: int
      returned: always
      sample: 533372928
    tmpfs_bytes:
      description:
        - What is in all tmpfs together, in bytes, pages in swap included.
        - V(null) when one of them has no cap, for the kernel then doesn't tell.
      type: int
      returned: always
      sample: 524374016
    tmpfs_count:
      description: How many there are.
      type: int
      returned: always
      sample: 4
    tmpfs:
      description:
        - The 50 fullest. Each file system is listed once, at the first place where it is mounted and can be seen.
        - C(/dev) (devtmpfs) is one of them.
      type: list
      elements: dict
      returned: always
      contains:
        mount_point:
          description: Where it is mounted.
          type: str
          returned: always
          sample: /dev/shm
        used_bytes:
          description: What is in it, in bytes, pages in swap included; V(null) for one without a cap.
          type: int
          returned: always
          sample: 524288000
        size_bytes:
          description: How far it may grow, in bytes; V(null) for one without a cap.
          type: int
          returned: always
          sample: 1073741824
    sysv_bytes:
      description:
        - RAM of all System V segments together, in bytes.
        - V(null) when C(/proc/sysvipc/shm) is in RV(unread) or the kernel is older than 2.6.34.
      type: int
      returned: always
      sample: 314572800
    sysv_count:
      description: How many there are; V(null) when C(/proc/sysvipc/shm) is in RV(unread).
      type: int
      returned: always
      sample: 1
    sysv:
      description: The 50 largest.
      type: list
      elements: dict
      returned: always
      contains:
        shmid:
          description: Id of the segment, as C(ipcrm -m) takes it.
          type: int
          returned: always
          sample: 5
        key:
          description: Its key, as C(ipcs) writes it; V(0x00000000) for a private one.
          type: str
          returned: always
          sample: "0x5052dead"
        uid:
          description: User id of its owner.
          type: int
          returned: always
          sample: 999
        bytes:
          description: Its size in bytes.
          type: int
          returned: always
          sample: 314572800
        rss_bytes:
          description:
            - Part of it that is in RAM, in bytes, huge pages included. V(null) before Linux 2.6.34.
          type: int
          returned: always
          sample: 314572800
        swap_bytes:
          description: Part of it that is in swap, in bytes. V(null) before Linux 2.6.34.
          type: int
          returned: always
          sample: 0
        attached:
          description: How often it is attached.
          type: int
          returned: always
          sample: 0
        unattached:
          description: True when no process has it attached. It stays until someone removes it.
          type: bool
          returned: always
          sample: true
    other_bytes:
      description:
        - The rest of RV(shared_memory.shmem_bytes), in bytes. This is memfd, shared anonymous memory, buffers of
          graphics drivers, and what can't be seen from here.
        - It is reckoned too low by what of a tmpfs is in swap and what of a segment is in huge pages.
        - V(null) when a part is unknown, or when that makes it less than 0.
      type: int
      returned: always
      sample: 8998912
reserved_unused:
  description: Memory that is set aside or promised, as far as the host as a whole is concerned.
  type: dict
  returned: always
  contains:
    hugetlb_free_bytes:
      description:
        - Free huge pages that nobody is promised, in bytes. Only a program that asks for huge pages can use them.
        - V(null) when a figure of RV(hugepages) is.
      type: int
      returned: always
      sample: 209715200
    tmpfs_caps_bytes:
      description: How far all tmpfs that have a cap may grow together, in bytes.
      type: int
      returned: always
      sample: 50545242112
    tmpfs_caps_percent:
      description:
        - The same in percent of C(MemTotal). Above 100 the tmpfs alone can fill the RAM; with the usual cap of half the
          RAM each, that is common. V(null) when C(MemTotal) is unknown.
      type: float
      returned: always
      sample: 199.97
    tmpfs_uncapped:
      description: How many tmpfs have no cap.
      type: int
      returned: always
      sample: 0
address_translation:
  description:
    - What it costs to turn addresses into pages, and how much of it huge pages spare.
    - See U(https://docs.kernel.org/admin-guide/mm/transhuge.html).
  type: dict
  returned: always
  contains:
    page_tables_bytes:
      description: All page tables of processes, in bytes; V(null) when C(/proc/meminfo) doesn't give it.
      type: int
      returned: always
      sample: 6524928
    page_tables_percent:
      description: The same in percent of C(MemTotal); V(null) when either is unknown.
      type: float
      returned: always
      sample: 0.03
    secondary_page_tables_bytes:
      description: Page tables of virtual machines (KVM) and of the IOMMU, in bytes; V(null) before Linux 6.1.
      type: int
      returned: always
      sample: 0
    thp:
      description: How much lies in transparent huge pages.
      type: dict
      returned: always
      contains:
        anon_bytes:
          description: Anonymous memory, C(AnonHugePages), in bytes; V(null) when the kernel doesn't give it.
          type: int
          returned: always
          sample: 134217728
        anon_percent:
          description:
            - The same in percent of all anonymous memory (C(AnonPages)).
            - V(null) when either is unknown or there is no anonymous memory.
          type: float
          returned: always
          sample: 6.14
        shmem_bytes:
          description: Shared memory, in bytes; V(null) before Linux 4.8.
          type: int
          returned: always
          sample: 0
        file_bytes:
          description: Page cache, in bytes; V(null) before Linux 5.4.
          type: int
          returned: always
          sample: 2097152
    hugetlb_bytes:
      description: All pools of huge pages, in use or not, in bytes; V(null) when the kernel has none.
      type: int
      returned: always
      sample: 209715200
    hugetlb_percent:
      description: The same in percent of C(MemTotal); V(null) when either is unknown.
      type: float
      returned: always
      sample: 0.83
    direct_map:
      description:
        - How the kernel maps the RAM for itself. Bytes, by the size of the page, V(4k), V(2M), V(1G) on x86.
        - Much in small pages makes the kernel itself slower. Empty where the kernel doesn't tell.
      type: dict
      returned: always
      sample: {4k: 31457280, 2M: 2116026368, 1G: 25769803776}
    context_switches:
      description: All context switches since boot; V(null) when C(/proc/stat) is in RV(unread).
      type: int
      returned: always
      sample: 29467604
    tlb:
      description:
        - Counters of TLB flushes since boot, by the names that C(/proc/vmstat) has for them (C(nr_tlb_*)).
        - V(null) on kernels without them, which are most (C(CONFIG_DEBUG_TLBFLUSH)).
      type: dict
      returned: always
      sample: {tlb_remote_flush: 17, tlb_remote_flush_received: 41, tlb_local_flush_all: 1204, tlb_local_flush_one: 88}
unread:
  description:
    - The files that were tried in vain, and why.
    - V(denied) the run lacks a privilege. V(unsupported) the kernel or the container doesn't have the file, or the
      feature is switched off.
      V(malformed) the content is not what the kernel's documentation says. V(vanished) it went away while it was read.
  type: dict
  returned: always
  sample: {/proc/pressure/memory: unsupported}
"""

import sys

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Files
from ansible_collections.fleet.memory.plugins.module_utils._scan.memory import scan_memory


def main() -> None:
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    if not sys.platform.startswith("linux"):
        module.fail_json(msg="fleet.memory.memory_info reads /proc of Linux; this host's platform is %s" % sys.platform)
    memory = scan_memory(Files())
    if not memory["meminfo"]:
        module.fail_json(
            msg="cannot read the memory of this host: /proc/meminfo is %s" % memory["unread"]["/proc/meminfo"],
            unread=memory["unread"],
        )
    module.exit_json(changed=False, failed=False, **memory)


if __name__ == "__main__":
    main()
