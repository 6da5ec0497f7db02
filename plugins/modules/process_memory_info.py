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
  ceilings:
    description: Also return all the ceilings of each process, which C(near_limits) has in any case.
    type: bool
    default: false
  maps:
    description:
      - Also return the memory map of each returned process, its C(segments), C(deleted_files) and C(mappings).
      - Needs a choice of processes, by O(pids), O(users), O(command), O(cgroup) or O(top), because smaps is the most
        expensive file of all. The kernel walks the page tables as it does for O(pss), holding the same lock. Each
        mapping costs another 30 us. O(pss_budget_ms) doesn't limit it.
    type: bool
    default: false
  pss:
    description:
      - How much of smaps_rollup to read, the one expensive file. The kernel walks the page tables of the process for
        it, about 21 ms for each GB of RSS.
      - V(auto) reads what tells most first, and stops when O(pss_precision_percent) is reached or O(pss_budget_ms) is
        used up. What is left unread is null, with reason C(skipped_precision) or C(skipped_budget) and an upper bound.
      - V(all) reads every process, whatever it costs, so that C(totals) are exact even when only some are selected.
      - V(none) reads none. PSS, USS and SwapPss are null and RSS is approximate.
    type: str
    default: auto
    choices: [auto, all, none]
  pss_precision_percent:
    description:
      - O(pss=auto) stops when at most this share of the PSS of the selected processes is still unattributed.
      - This can be known beforehand because the PSS of a process is at most its RSS, and the sum over all processes of
        the host is AnonPages + Mapped of /proc/meminfo. Inside of a container only the first holds.
      - With O(top), sorted by PSS and without O(group_by), the sums don't matter. Then it reads until it is certain
        which processes are the largest, and no further.
    type: float
    default: 1.0
  pss_budget_ms:
    description:
      - Time that O(pss=auto) may spend, in milliseconds.
      - A process that would take longer than what is left is not begun; the smaller ones are still read.
    type: int
    default: 2000
notes:
  - A ceiling above the uppermost cgroup that can be seen, as in a container, is not known here.
  - CAP_IPC_LOCK inside of a user namespace doesn't lift RLIMIT_MEMLOCK. That is not told apart.
  - Needs no privileges, but without CAP_SYS_PTRACE (root) the kernel denies smaps_rollup and the executable of other
    users' processes. They are then null with reason C(denied).
  - Lowers its own CPU and I/O priority while it reads. Not for the rollups, where it may choose (as root). Who holds a
    lock of another process at a low priority makes that process wait the longer on a busy host.
  - The kernel holds the process's mmap lock while it walks the page tables. Until that is done, a thread that maps or
    unmaps memory waits, and before Linux 6.4 page faults may wait, too.
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

- name: How much more may PostgreSQL take, and what stops it?
  fleet.memory.process_memory_info:
    command: ^postgres$
    pss: none
    ceilings: true
  register: postgres

- ansible.builtin.debug:
    msg: "{{ limit.headroom | human_readable }}, then {{ limit.ceiling }} of {{ limit.scope or 'its own' }}"
  vars:
    limit: "{{ postgres.processes[0].binds_first }}"
  when: limit

- name: What of the largest process is heap, libraries, shared memory
  fleet.memory.process_memory_info:
    top: 1
    maps: true

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
      description: File part of the RSS (RssFile), in bytes, approximate; after a fork Linux 6.1 may miss the pages that
        were the parent's. Null before Linux 4.5.
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
    pss_high_bytes:
      description: The most that C(pss_bytes) can be, in bytes. The same where that was read, else the RSS, or what is
        left of the host's total when that is less. As approximate as C(rss_bytes) where it is that.
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
    huge_page_bytes:
      description: Part of the RSS in transparent huge pages that are mapped whole, in bytes. Anonymous memory, shared
        memory and files. Null when smaps_rollup was not read.
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
    voluntary_switches:
      description: How often the main thread (not its other threads) gave up its CPU to wait. Null when the kernel
        doesn't say.
      returned: always
      type: int
    involuntary_switches:
      description: How often the kernel took the CPU from the main thread. Null when the kernel doesn't say.
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
      description:
        - The ceiling of which the largest share is used, whatever it limits. The stack may be full while there is
          plenty of memory.
        - Null when no ceiling is finite, or the limits could not be read.
      returned: always
      type: dict
      contains: &ceiling
        ceiling:
          description:
            - C(RLIMIT_AS), C(RLIMIT_DATA), C(RLIMIT_STACK), C(RLIMIT_MEMLOCK), C(vm.max_map_count), C(memory.max),
              C(memory.swap.max), C(memory.memsw.limit_in_bytes) or C(CommitLimit).
            - C(memory.max) is C(memory.limit_in_bytes) where the memory cgroups are v1, and
              C(memory.memsw.limit_in_bytes) is there the limit of memory and swap together.
            - C(RLIMIT_MEMLOCK) is none for a process with CAP_IPC_LOCK, and C(CommitLimit) is one only with
              vm.overcommit_memory=2. A limit of 0 is none.
          returned: always
          type: str
        scope:
          description: Path of the cgroup that sets the limit, or C(host). Null when it is the process's own.
          returned: always
          type: str
        limit:
          description: The limit, soft value, in C(unit).
          returned: always
          type: int
        used:
          description:
            - What is used of it, in C(unit). By the process, in the cgroup, or on the host (Committed_AS).
            - Of the memory of a cgroup without C(inactive_file), page cache that is dropped before anything fails.
          returned: always
          type: int
        headroom:
          description: What is left of it, in C(unit).
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
    binds_first:
      description:
        - The ceiling that the process hits first when it asks for more and more anonymous memory. The one of
          C(RLIMIT_AS), C(RLIMIT_DATA), C(memory.max), C(memory.memsw.limit_in_bytes) and C(CommitLimit) that leaves the
          fewest bytes.
        - At an RLIMIT or the CommitLimit malloc fails. At a limit of a cgroup the kernel reclaims and swaps, and kills
          when that is not enough.
        - Null when none of them is finite. Then only the memory of the host bounds the process.
      returned: always
      type: dict
      contains: *ceiling
    ceilings:
      description:
        - All finite ceilings of the process, the one of which the largest share is used first. Those of every ancestor
          of its cgroup are among them, as far as they can be seen from here.
        - Each is like C(nearest_limit), with two keys more.
      returned: when O(ceilings)
      type: list
      elements: dict
      contains: &ceilings
        <<: *ceiling
        peak:
          description: The most that was ever used of it, in bytes, for a cgroup with all its page cache. Null where the
            kernel doesn't keep it.
          returned: always
          type: int
        shared:
          description: Whether other processes use the same headroom up.
          returned: always
          type: bool
    segments:
      description:
        - The parts of the address space that the process has, the one that begins lowest first. Their sums are those of
          smaps, and so, but for the rounding of the PSS, those of smaps_rollup. Null when smaps could not be read.
        - They are told apart by the names of the mappings and the ELF headers of the program. Where these could not be
          read, C(text) and C(data) are told apart by permissions, and C(bss) counts as C(anonymous).
      returned: when O(maps=true)
      type: list
      elements: dict
      contains:
        segment:
          description:
            - C(text), code and constants of the program, and C(data), its initialised variables.
            - C(bss), its variables that begin as zero. Those that fit into the last page of C(data) count there.
            - C(heap), what brk() gave to malloc(). Large blocks and the arenas of further threads are C(anonymous).
            - C(stack), of the main thread, and C(thread_stack), of the others. A thread's stack may count as
              C(anonymous) when the thread was running just then, or has no guard page, or /proc/PID/syscall was denied.
            - C(library_text) and C(library_data), of other files with code. Their bss is C(anonymous).
            - C(shared_memory), of System V, POSIX (below /dev/shm), memfd, hugetlbfs, or anonymous.
            - C(file), other mapped files. C(device), memory of a device. C(vdso), what the kernel itself provides.
            - C(anonymous), everything else.
          returned: always
          type: str
        first_address:
          description: Start of its lowest mapping, in hexadecimal.
          returned: always
          type: str
        last_address:
          description: End of its highest mapping, in hexadecimal. Other segments may lie in between.
          returned: always
          type: str
        mappings:
          description: Number of mappings.
          returned: always
          type: int
        permissions:
          description: The different permissions of its mappings, for example C(r-xp).
          returned: always
          type: list
          elements: str
        virtual_bytes:
          description: Address space, in bytes.
          returned: always
          type: int
        rss_bytes:
          description: Resident memory, in bytes.
          returned: always
          type: int
        pss_bytes:
          description: Resident memory, each shared page divided by the number of processes that map it, in bytes.
          returned: always
          type: int
        uss_bytes:
          description: Resident memory that no other process maps, in bytes.
          returned: always
          type: int
        swap_bytes:
          description: Swapped-out memory, in bytes.
          returned: always
          type: int
        huge_page_bytes:
          description: The part of C(rss_bytes) in transparent huge pages that are mapped whole, in bytes.
          returned: always
          type: int
        hugetlb_bytes:
          description: Pages of hugetlb, in bytes. They stand outside of C(rss_bytes) and C(pss_bytes). Null before
            Linux 4.4.
          returned: always
          type: int
    deleted_files:
      description: Programs, libraries and other files that were removed or replaced since the process mapped them,
        largest RSS first. It uses the new ones after a restart. Null when smaps could not be read.
      returned: when O(maps=true)
      type: list
      elements: dict
      contains:
        path:
          description: Where the file was.
          returned: always
          type: str
        mappings:
          description: Number of mappings of it.
          returned: always
          type: int
        rss_bytes:
          description: Resident memory, in bytes.
          returned: always
          type: int
        private_bytes:
          description: The part of C(rss_bytes) that no other process maps, in bytes.
          returned: always
          type: int
    mappings:
      description: The mappings in the order of their addresses, at most the 2000 with the largest RSS. Null when smaps
        could not be read.
      returned: when O(maps=true)
      type: list
      elements: dict
      contains:
        start:
          description: First address, in hexadecimal.
          returned: always
          type: str
        end:
          description: First address behind it, in hexadecimal.
          returned: always
          type: str
        permissions:
          description: Read, write, execute, then s for shared or p for private, for example C(rw-p).
          returned: always
          type: str
        offset:
          description: Where in the file it begins, in bytes.
          returned: always
          type: int
        path:
          description: The file, as the kernel names it, so with C(deleted) in parentheses behind it when it is. Or the
            kernel's name for what is no file, for example C([heap]). Null for a mapping without a name.
          returned: always
          type: str
        segment:
          description: The segment that it belongs to.
          returned: always
          type: str
        virtual_bytes:
          description: Address space, in bytes.
          returned: always
          type: int
        rss_bytes:
          description: Resident memory, in bytes.
          returned: always
          type: int
        pss_bytes:
          description: Resident memory, each shared page divided by the number of processes that map it, in bytes.
          returned: always
          type: int
        swap_bytes:
          description: Swapped-out memory, in bytes.
          returned: always
          type: int
    mappings_count:
      description: Number of mappings. Null when smaps could not be read.
      returned: when O(maps=true)
      type: int
    mappings_truncated:
      description: Whether the process has more mappings than C(mappings). Null when smaps could not be read.
      returned: when O(maps=true)
      type: bool
    unread:
      description: Files of the process that could not be read, each with C(denied), C(unsupported), C(skipped_budget),
        C(skipped_precision), C(malformed), or C(vanished) when the process ended before its map was read. Empty when
        all was read.
      returned: always
      type: dict
near_limits:
  description:
    - Up to ten selected processes that have used the largest share of a limit, largest first. Each is its
      C(nearest_limit) with C(pid), C(command), C(user) and C(ceilings).
    - Of the processes that share a limit of a cgroup or of the host only the largest is named.
  returned: always
  type: list
  elements: dict
  contains:
    <<: *ceiling
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
    ceilings:
      description: All finite ceilings of the process, the one of which the largest share is used first.
      returned: always
      type: list
      elements: dict
      contains: *ceilings
ceilings_unread:
  description: Files of cgroups and of the host that could not be read, with the reason. A ceiling may be missing then.
  returned: always
  type: dict
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
deleted_programs:
  description: Up to ten selected processes whose program's file was removed or replaced since their start, largest RSS
    first. They run the old program, and keep its file's memory, until they are restarted.
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
    unit:
      description: systemd's unit. Null outside of any.
      returned: always
      type: str
    executable:
      description: Path that the program had.
      returned: always
      type: str
    rss_bytes:
      description: Resident memory, in bytes.
      returned: always
      type: int
top_exact:
  description: Whether C(processes) are certain to be the largest by PSS. False when the budget ended first, or a
    process that was denied might be larger. Null unless O(top) is given, sorted by PSS.
  returned: always
  type: bool
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
      description: Upper bound of the sum of PSS, in bytes. What was read, and of the processes that were not the RSS,
        or what is left of the host's total when that is less. Null when neither is known.
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
    pss_exact_percent:
      description: How much of the sum of PSS was read, in percent. Of C(expected_bytes) of C(pss_check), or where that
        is not known of the upper bound. Null when neither is known.
      returned: in C(totals)
      type: float
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
pss_check:
  description: The PSS of all processes against what the kernel has mapped. The two agree on a healthy host.
  returned: always
  type: dict
  contains:
    expected_bytes:
      description: AnonPages + Mapped of /proc/meminfo, in bytes. Null inside of a container and where processes are
        hidden or unreadable, since it counts all processes of the kernel.
      returned: always
      type: int
    gap_bytes:
      description: How far the expected sum lies outside of what the processes' own figures allow, in bytes. Positive
        when they hold more than is mapped. After O(pss=all) simply the difference. Null when nothing is expected.
      returned: always
      type: int
    gap_percent:
      description: C(gap_bytes) in percent of C(expected_bytes). Beyond 3 either way, something on the host, or this
        module, counts wrong. Null when nothing is expected.
      returned: always
      type: float
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
      description: True when no process is hidden and nothing was unread but rollups that the precision made needless.
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
      description: Up to five files that were not read, those aside that the precision made needless. C(command) is null
        when nothing of the process could be read.
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
from ansible_collections.fleet.memory.plugins.module_utils._scan.segments import scan_segments


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


def check_options(module):
    params = module.params
    for option in ("top", "pss_budget_ms", "pss_precision_percent", "min_rss_bytes"):
        if params[option] is not None and params[option] < 0:
            module.fail_json(msg="%s: expected 0 or more, not %s" % (option, params[option]))
    # Not by required_if: an empty list of pids chooses all processes.
    if params["maps"] and not any(params[option] for option in ("pids", "users", "command", "cgroup", "top")):
        module.fail_json(
            msg="maps: the memory map of every process would cost too much. Expected a choice of processes, by pids, "
            "users, command, cgroup or top"
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
            "ceilings": {"type": "bool", "default": False},
            "maps": {"type": "bool", "default": False},
            "pss": {"type": "str", "default": "auto", "choices": ["auto", "all", "none"]},
            "pss_precision_percent": {"type": "float", "default": 1.0},
            "pss_budget_ms": {"type": "int", "default": 2000},
        },
        supports_check_mode=True,
    )
    params = module.params
    check_options(module)
    wanted = Wanted(
        selection=selection_of(module),
        pss=params["pss"],
        pss_precision_percent=params["pss_precision_percent"],
        pss_budget_seconds=params["pss_budget_ms"] / 1000.0,
        cmdline=params["cmdline"],
        ceilings=params["ceilings"],
        group_by=params["group_by"],
        sort_by=params["sort_by"],
        top=params["top"],
    )
    step_back()
    try:
        result, _grouped = scan_process_memory(Files(), wanted)
    except Unread as error:
        module.fail_json(
            msg="%s can't be listed: %s. Is this a Linux host with /proc mounted?" % (error.path, error.reason)
        )
    for process in result["processes"] if params["maps"] else ():
        process.update(scan_segments(Files(), process))
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
