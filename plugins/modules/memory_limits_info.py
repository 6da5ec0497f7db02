#!/usr/bin/python

# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: memory_limits_info
short_description: Limits on memory and other resources of a Linux host, declared and live
version_added: 0.1.0
author:
  - fleet.memory contributors (@fleet-memory)
description:
  - Reports the limits that the configuration declares, each with the file and line that decides, and the limits that
    really hold.
  - Declared are PAM's C(limits.conf) and C(limits.d), the defaults of systemd's manager, and the C(Limit*), C(Memory*),
    C(TasksMax) and OOM settings
    of systemd's units.
  - Live are the resource limits of the running processes and the limits of the memory cgroups that they are in.
  - Between the two it tells what a new login session of a user gets.
  - A figure that could not be read is V(null), never 0, and RV(unread) says why.
  - Needs no privilege for most of this, and starts no other program.
options:
  users:
    description:
      - Names of the users whose login sessions are told.
      - Without it, root, the first 19 users whose id is from C(UID_MIN) to C(UID_MAX) of C(/etc/login.defs) and who
        have a shell to log in with, and every
        user whom a line of C(limits.conf) or C(limits.d) names.
      - Users and groups are those of C(/etc/passwd) and C(/etc/group). Those of a directory service are not known.
    type: list
    elements: str
extends_documentation_fragment:
  - fleet.memory.attributes
notes:
  - Sizes are integers in bytes. A resource limit that doesn't limit is V(unlimited), as the kernel says, and
    V(infinity) in a setting of systemd, as systemd says.
  - The names of resource limits are those of getrlimit(2) without C(RLIMIT_). C(AS), C(CORE), C(DATA), C(FSIZE),
    C(MEMLOCK), C(MSGQUEUE), C(RSS) and C(STACK) are
    in bytes, C(CPU) in seconds, C(RTTIME) in microseconds, the others counts or levels.
  - C(limits.conf) is PAM's only. It never reaches a service that systemd starts.
  - Units of the users' own managers are not told, nor what a running systemd was told without a file.
seealso:
  - module: fleet.memory.memory_info
  - module: fleet.memory.process_memory_info
  - name: limits.conf(5)
    description: Domains, types and items of PAM's limits.
    link: https://man7.org/linux/man-pages/man5/limits.conf.5.html
  - name: getrlimit(2)
    description: What each resource limit means.
    link: https://man7.org/linux/man-pages/man2/getrlimit.2.html
  - name: systemd.resource-control(5)
    description: The memory settings of systemd's units.
    link: https://www.freedesktop.org/software/systemd/man/latest/systemd.resource-control.html
  - name: Control Group v2
    description: The kernel's description of the memory controller.
    link: https://docs.kernel.org/admin-guide/cgroup-v2.html#memory
"""

EXAMPLES = r"""
- name: Read the limits of the host
  fleet.memory.memory_limits_info:
  register: host

- name: What may a login session of alice hold locked in memory, and who says so?
  fleet.memory.memory_limits_info:
    users: [alice]
  register: alice
- ansible.builtin.debug:
    msg: "{{ session.limits.MEMLOCK.soft }}, {{ session.limits.MEMLOCK.source }}"
  vars:
    session: "{{ alice.login_sessions | first }}"

- name: Every line of limits.conf that PAM skips is a mistake
  ansible.builtin.assert:
    that: host.pam.rejected | length == 0
    fail_msg: "{{ host.pam.rejected }}"

- name: Which file decides how many files the database may open?
  ansible.builtin.debug:
    msg: "{{ unit.properties.LimitNOFILE.file }}:{{ unit.properties.LimitNOFILE.line }}"
  vars:
    unit: "{{ host.systemd.units | selectattr('unit', 'equalto', 'postgresql@.service') | first }}"

- name: Show the services that don't run with the limits that somebody meant them to have
  ansible.builtin.debug:
    msg: "{{ item.unit }} {{ item.item }}: {{ item.why }}"
  loop: "{{ host.service_limits | rejectattr('verdict', 'equalto', 'in_force') }}"

- name: Show the cgroups that use more than nine tenths of their own limit
  ansible.builtin.debug:
    msg: >-
      {{ host.cgroups | rejectattr("used_percent", "none") | selectattr("used_percent", "gt", 90)
         | map(attribute="path") }}
"""

RETURN = r"""
pam:
  description:
    - What PAM's configuration says, for login sessions only.
    - See U(https://man7.org/linux/man-pages/man8/pam_limits.8.html).
  type: dict
  returned: always
  contains:
    files:
      description:
        - The files in the order in which PAM reads them, C(limits.conf) first, then those of C(limits.d) by name.
        - Where a distribution keeps its own in C(/usr/etc/security) or C(/usr/share/pam/security), a file of the same
          name in C(/etc/security) masks it.
      type: list
      elements: str
      returned: always
      sample: [/etc/security/limits.conf, /etc/security/limits.d/90-postgres.conf]
    root_exempt:
      description: Whether lines for groups and C(*) pass over root, as Debian and its descendants have it. Elsewhere
        they hold for root too.
      type: bool
      returned: always
      sample: true
    resets:
      description:
        - Whether a session starts from the limits of PID 1, with at most 1024 open files, in place of those that it
          inherits, even without C(set_all).
        - Debian and its descendants have that before PAM 1.7.
      type: bool
      returned: always
      sample: false
    entries:
      description: All lines that PAM understands, in its order.
      type: list
      elements: dict
      returned: always
      contains:
        file: &file
          description: The file.
          type: str
          returned: always
          sample: /etc/security/limits.d/90-postgres.conf
        line: &line
          description: Number of the line in it, from 1.
          type: int
          returned: always
          sample: 3
        domain: &domain
          description: Whom the line is for. A user, C(@group), C(*), C(%), C(%group), a range of ids like C(1000:) or
            C(@500:600).
          type: str
          returned: always
          sample: "@postgres"
        type:
          description: V(soft), V(hard), or V(-) for both. For C(maxlogins), C(maxsyslogins) and C(nonewprivs) PAM takes
            any word.
          type: str
          returned: always
          sample: hard
        item:
          description: The item; V(null) in a line C(DOMAIN -), which switches all limits off for its domain.
          type: str
          returned: always
          sample: nofile
        value:
          description:
            - Bytes for sizes (the file has KiB), minutes for C(cpu), a path for C(chroot), otherwise a number; or
              V(unlimited).
            - V(null) in a line C(DOMAIN -).
          type: raw
          returned: always
          sample: 65536
    rejected:
      description: The lines that PAM passes over because it can't make sense of them.
      type: list
      elements: dict
      returned: always
      contains: &rejected
        file: *file
        line: *line
        reason:
          description: What is wrong, in words.
          type: str
          returned: always
          sample: unknown item 'nofiles'
    winners:
      description:
        - The line that counts for each domain, item and type, the last one.
        - Which domain counts for a user is told by RV(login_sessions). A line for the user beats one for a group, which
          beats C(*).
      type: list
      elements: dict
      returned: always
      contains:
        domain: *domain
        item:
          description: The item.
          type: str
          returned: always
          sample: nofile
        type:
          description: V(soft) or V(hard); V(-) for an item that has no such halves, like C(maxlogins).
          type: str
          returned: always
          sample: hard
        value:
          description: As in RV(pam.entries[].value).
          type: raw
          returned: always
          sample: 65536
        file: *file
        line: *line
        shadowed:
          description: The earlier lines for the same domain, item and type, as C(file:line).
          type: list
          elements: str
          returned: always
          sample: ["/etc/security/limits.conf:51"]
    services:
      description:
        - The PAM services that open sessions, and whether they apply the limits.
        - V(null) on a host without C(/etc/pam.d).
        - See U(https://man7.org/linux/man-pages/man5/pam.conf.5.html).
      type: list
      elements: dict
      returned: always
      contains:
        service:
          description: Its name.
          type: str
          returned: always
          sample: sshd
        file:
          description: Its file.
          type: str
          returned: always
          sample: /etc/pam.d/sshd
        applies:
          description: Whether C(pam_limits.so) is in its session stack, here or in a file that it includes.
          type: bool
          returned: always
          sample: true
        via:
          description: The line that runs C(pam_limits.so), as C(file:line); V(null) when none does.
          type: str
          returned: always
          sample: /etc/pam.d/sshd:39
        conf:
          description: The file that this service has in place of RV(pam.files), given with C(conf=); V(null) when it
            has none.
          type: str
          returned: always
        set_all:
          description: Whether that line has C(set_all), so that limits without a line are those of PID 1. See
            RV(pam.resets) too.
          type: bool
          returned: always
          sample: false
login_sessions:
  description:
    - What a new login session gets, for each of the users that O(users) describes.
    - Empty when C(/etc/passwd) is in RV(unread).
  type: list
  elements: dict
  returned: always
  contains:
    user:
      description: Name of the user.
      type: str
      returned: always
      sample: alice
    uid:
      description: Id of the user.
      type: int
      returned: always
      sample: 1000
    service:
      description:
        - The PAM service of the session, V(sshd) where that is installed, otherwise V(login), otherwise any that
          applies limits.
        - V(null) when there is none. C(limits.conf) then says nothing to anybody.
      type: str
      returned: always
      sample: sshd
    limits:
      description:
        - The resource limits by their names, each with C(soft), C(hard) and C(source).
        - C(soft) and C(hard) are a number or V(unlimited), or V(null) when no file tells, which C(source) then
          explains.
        - C(source) is the C(file:line) that decides, or where the limit was inherited from. If the two halves come from
          different places it names both.
      type: dict
      returned: always
      sample:
        NOFILE: {soft: 1024, hard: 65536, source: "soft: inherited from ssh.service (pid 812); hard:
          /etc/security/limits.conf:57"}
        CORE: {soft: 0, hard: unlimited, source: inherited from ssh.service (pid 812)}
service_limits:
  description:
    - Whether the limits that files declare for the running services are those that they run with, one entry for each
      service and resource limit for which its unit, the manager or C(limits.conf) says something.
    - That a service has what the manager's C(DefaultLimit*) or C(limits.conf) say in general is left out, so are
      services whose processes' limits can't be read. Empty where systemd doesn't run.
  type: list
  elements: dict
  returned: always
  contains:
    unit:
      description: Name of the service.
      type: str
      returned: always
      sample: postgresql@15-main.service
    pids_count:
      description: How many processes it has.
      type: int
      returned: always
      sample: 7
    item:
      description: The resource limit.
      type: str
      returned: always
      sample: NOFILE
    running:
      description:
        - What its process with the lowest number has, C(soft) and C(hard), each a number or V(unlimited).
        - C(mixed) tells whether another process of the service differs.
      type: dict
      returned: always
      sample: {soft: 1024, hard: 524288, mixed: false}
    unit_declares:
      description: What its unit says, C(soft) and C(hard), with C(file) and C(line); V(null) when it says nothing.
      type: dict
      returned: always
      sample: {soft: 65536, hard: 65536, file: /etc/systemd/system/postgresql@.service.d/limits.conf, line: 2}
    default_declares:
      description: What the manager's C(DefaultLimit*) says, in the same form; V(null) when it says nothing.
      type: dict
      returned: always
      sample: {soft: 1024, hard: 524288, file: /etc/systemd/system.conf.d/10-limits.conf, line: 2}
    login_limits:
      description:
        - What C(limits.conf) says for the user of the service, C(soft), C(hard) and C(source). A half for which no line
          says anything is V(null) in it.
        - V(null) when it says nothing, or when the user isn't in C(/etc/passwd).
      type: dict
      returned: always
      sample: {soft: 100000, hard: 100000, source: "/etc/security/limits.d/90-postgres.conf:1"}
    verdict:
      description:
        - V(in_force) the service runs with what is declared for it, or with as much of it as PID 1 has to give, in a
          container without C(CAP_SYS_RESOURCE).
        - V(needs_restart) it doesn't, and would after a restart (of systemd itself, C(systemctl daemon-reexec), for
          the manager's settings).
        - V(set_at_runtime) only the soft limit differs, which a process is free to move.
        - V(unit_overrides) it runs with what its unit says, and C(limits.conf) says something else.
        - V(never_reaches) C(limits.conf) says something else, and reaches no service whose unit has no C(PAMName=).
      type: str
      returned: always
      sample: never_reaches
    why:
      description: The verdict in a sentence with the figures.
      type: str
      returned: always
      sample: "it runs with 1024:524288; limits.conf says 100000:100000, which reaches no service without PAMName="
systemd:
  description: What systemd's configuration says. RV(systemd.manager) and RV(systemd.units) are read from the files
    whether systemd runs or not.
  type: dict
  returned: always
  contains:
    present:
      description: Whether the host was booted with systemd, so that any of this is in force.
      type: bool
      returned: always
      sample: true
    manager:
      description:
        - The C(DefaultLimit*), C(DefaultMemory*), C(DefaultTasksMax) and C(DefaultOOM*) settings of C(system.conf) and
          its drop-ins, by their names.
        - Each is like a property in RV(systemd.units[].properties).
        - See U(https://www.freedesktop.org/software/systemd/man/latest/systemd-system.conf.html).
      type: dict
      returned: always
      sample:
        DefaultLimitNOFILE: {value: 1024, hard: 524288, raw: "1024:524288", file:
          /etc/systemd/system.conf.d/10-limits.conf, line: 2}
    user_manager:
      description: The same of C(user.conf), which holds for the services of the users' own managers.
      type: dict
      returned: always
      sample: {}
    units:
      description:
        - The services, slices, scopes, sockets, mounts and swaps that set something or in which processes run.
          Templates are told apart from their instances.
        - See U(https://www.freedesktop.org/software/systemd/man/latest/systemd.unit.html).
      type: list
      elements: dict
      returned: always
      contains:
        unit:
          description: Name of the unit.
          type: str
          returned: always
          sample: ssh.service
        aliases:
          description: Its other names.
          type: list
          elements: str
          returned: always
          sample: [sshd.service]
        file:
          description: Its main file; V(null) when it has none, like a session or a unit that consists of drop-ins only.
          type: str
          returned: always
          sample: /usr/lib/systemd/system/ssh.service
        masked:
          description: Whether it is switched off by a link to C(/dev/null) or an empty file.
          type: bool
          returned: always
          sample: false
        processes:
          description: How many processes run in it, for a slice in all that is below it. 0 means that it is only
            declared.
          type: int
          returned: always
          sample: 1
        properties:
          description:
            - The settings in force, by their names. A unit that sets nothing has none, and runs with the defaults of
              RV(systemd.manager).
            - C(value) is bytes for sizes, seconds for C(LimitCPU), microseconds for C(LimitRTTIME), a number, a word, a
              boolean, or V(infinity).
              For C(Limit*) it is the soft limit, and C(hard) the hard one.
            - A percentage stays as it is written, and C(of) says of what, V(MemTotal) for instance.
            - C(raw) is the text of the file, C(file) and C(line) where it stands.
          type: dict
          returned: always
          sample:
            LimitNOFILE: {value: 65536, hard: 65536, raw: "65536", file: /etc/systemd/system/ssh.service.d/limits.conf,
              line: 2}
            MemoryMax: {value: 1610612736, raw: 1.5G, file: /etc/systemd/system.control/ssh.service.d/50-MemoryMax.conf,
              line: 4}
            MemoryHigh: {value: 80%, of: MemTotal, raw: 80%, file: /usr/lib/systemd/system/ssh.service, line: 19}
    rejected:
      description: Settings that systemd passes over because it can't make sense of their value.
      type: list
      elements: dict
      returned: always
      contains: *rejected
cgroups:
  description:
    - Every memory cgroup that holds processes, and all its ancestors that can be seen, in the order of their paths.
    - Empty where no memory cgroups are mounted.
    - Files that this version of the kernel doesn't have, or that a cgroup without the memory controller doesn't have,
      give V(null) and are no gap.
    - See U(https://docs.kernel.org/admin-guide/cgroup-v2.html#memory) and
      U(https://docs.kernel.org/admin-guide/cgroup-v1/memory.html).
  type: list
  elements: dict
  returned: always
  contains:
    path:
      description: Path as in C(/proc/PID/cgroup).
      type: str
      returned: always
      sample: /system.slice/ssh.service
    version:
      description: V(v1) or V(v2), the version that has the memory controller here.
      type: str
      returned: always
      sample: v2
    controller:
      description: Always V(memory).
      type: str
      returned: always
      sample: memory
    visible_root:
      description: Whether it is the uppermost cgroup that can be seen. In a container there are others above it, whose
        limits hold as well and can't be read.
      type: bool
      returned: always
      sample: false
    limits:
      description: The limits that are set at this very cgroup, in bytes. V(null) means no limit, unless RV(unread) has
        the file.
      type: dict
      returned: always
      contains:
        max_bytes:
          description: C(memory.max), in v1 C(memory.limit_in_bytes); V(null) for no limit.
          type: int
          returned: always
          sample: 536870912
        high_bytes:
          description: C(memory.high), above which processes are slowed down; V(null) for no limit.
          type: int
          returned: for v2
        low_bytes:
          description: C(memory.low), protected as far as possible; V(null) for no bound or no such file.
          type: int
          returned: for v2
          sample: 0
        min_bytes:
          description: C(memory.min), protected in any case; V(null) for no bound or no such file.
          type: int
          returned: for v2
          sample: 0
        swap_max_bytes:
          description: C(memory.swap.max); V(null) for no limit.
          type: int
          returned: for v2
        swap_high_bytes:
          description: C(memory.swap.high); V(null) for no limit.
          type: int
          returned: for v2
        zswap_max_bytes:
          description: C(memory.zswap.max); V(null) for no limit.
          type: int
          returned: for v2
        soft_limit_bytes:
          description: C(memory.soft_limit_in_bytes), to which the cgroup is pushed back when memory is short; V(null)
            for no limit.
          type: int
          returned: for v1
        memory_and_swap_max_bytes:
          description: C(memory.memsw.limit_in_bytes), of memory and swap together; V(null) for no limit.
          type: int
          returned: for v1
    current_bytes:
      description: Memory in use, with that of all cgroups below, in bytes; V(null) at the root of v2 and where the
        memory controller is off.
      type: int
      returned: always
      sample: 5242880
    peak_bytes:
      description: The most that it has been, in bytes; V(null) where the kernel doesn't keep it (v2 before 5.19).
      type: int
      returned: always
      sample: 7340032
    swap_current_bytes:
      description: Swap in use, in bytes; V(null) where the kernel has no such file.
      type: int
      returned: for v2
      sample: 0
    swap_peak_bytes:
      description: The most that it has been, in bytes; V(null) where the kernel doesn't keep it (before 6.5).
      type: int
      returned: for v2
      sample: 0
    oom_group:
      description: V(1) when the out-of-memory killer ends all processes of the cgroup together; V(null) where the
        kernel has no such file.
      type: int
      returned: for v2
      sample: 0
    memory_and_swap_current_bytes:
      description: Memory and swap in use together, in bytes; V(null) where the kernel doesn't account for swap.
      type: int
      returned: for v1
      sample: 5242880
    memory_and_swap_peak_bytes:
      description: The most that it has been, in bytes; V(null) where the kernel doesn't account for swap.
      type: int
      returned: for v1
      sample: 7340032
    failcnt:
      description: How often the limit was hit; V(null) when it can't be read.
      type: int
      returned: for v1
      sample: 0
    swappiness:
      description: The cgroup's own swappiness, which counts in v1 in place of C(vm.swappiness); V(null) when it can't
        be read.
      type: int
      returned: for v1
      sample: 60
    use_hierarchy:
      description: V(0) when the limit leaves out the cgroups below, which kernels before 5.11 allow; V(null) when it
        can't be read.
      type: int
      returned: for v1
      sample: 1
    events:
      description:
        - Counts of C(memory.events) (C(low), C(high), C(max), C(oom), C(oom_kill)), in v1 what C(memory.oom_control)
          has (C(oom_kill), C(under_oom), C(oom_kill_disable)).
        - Those of v2 count what happened in the cgroups below, too, and outlive these. Those of v1 don't.
        - V(null) where there is no such file.
      type: dict
      returned: always
      sample: {low: 0, high: 0, max: 12, oom: 1, oom_kill: 1}
    events_local:
      description: The same of this very cgroup, C(memory.events.local); V(null) where there is no such file.
      type: dict
      returned: for v2
      sample: {low: 0, high: 0, max: 12, oom: 1, oom_kill: 0}
    pressure:
      description:
        - Share of time in which processes of the cgroup waited for memory, C(memory.pressure). C(some) of them, or
          (C(full)) all at once.
        - Averages over 10, 60 and 300 seconds in percent, and C(total_microseconds).
        - V(null) where the kernel doesn't account for it.
      type: dict
      returned: for v2
      sample:
        some: {avg10: 0.0, avg60: 0.12, avg300: 0.05, total_microseconds: 129847}
        full: {avg10: 0.0, avg60: 0.1, avg300: 0.04, total_microseconds: 110012}
    stat:
      description:
        - What the memory consists of, that of all cgroups below with it, from C(memory.stat).
        - V(null) where there is no such file.
      type: dict
      returned: always
      contains:
        anon_bytes:
          description: Anonymous memory, in bytes; V(null) where the file doesn't have it.
          type: int
          returned: always
          sample: 4194304
        anon_huge_bytes:
          description: The part of it in transparent huge pages, in bytes; V(null) where the file doesn't have it.
          type: int
          returned: always
          sample: 2097152
        file_bytes:
          description: Page cache with tmpfs and shared memory, in bytes; V(null) where the file doesn't have it.
          type: int
          returned: always
          sample: 786432
        inactive_file_bytes:
          description: Page cache that was not used again, in bytes, which the kernel drops first; V(null) where the
            file doesn't have it.
          type: int
          returned: always
          sample: 131072
        shmem_bytes:
          description: Tmpfs and shared memory, in bytes; V(null) where the file doesn't have it.
          type: int
          returned: always
          sample: 0
        kernel_bytes:
          description: The kernel's own memory, in bytes; V(null) where the file doesn't have it (before 5.18).
          type: int
          returned: for v2
          sample: 262144
        slab_bytes:
          description: The part of it in slabs, in bytes; V(null) where the file doesn't have it.
          type: int
          returned: for v2
          sample: 131072
        sock_bytes:
          description: Buffers of sockets, in bytes; V(null) where the file doesn't have it.
          type: int
          returned: for v2
          sample: 0
        swap_bytes:
          description: Swap in use, in bytes; V(null) where the kernel doesn't account for swap.
          type: int
          returned: for v1
          sample: 0
        refaults_anon:
          description: Pages that had to be read from swap soon after they were put there; V(null) where the file
            doesn't have it (before 5.9).
          type: int
          returned: always
          sample: 0
        refaults_file:
          description: Pages of files that had to be read again soon after they were dropped; V(null) where the file
            doesn't have it.
          type: int
          returned: always
          sample: 12
        major_faults:
          description: Page faults that had to read; V(null) where the file doesn't have it.
          type: int
          returned: always
          sample: 3
    used_percent:
      description: RV(cgroups[].current_bytes) in percent of the cgroup's own C(max_bytes); V(null) when it has no limit
        or this is unknown.
      type: float
      returned: always
      sample: 0.98
    effective_max_bytes:
      description:
        - The smallest C(max_bytes) of this cgroup and its visible ancestors, which is what it can have at most, in
          bytes.
        - V(null) when none of them has a limit, or one of them could not be read, which RV(unread) then says.
      type: int
      returned: always
      sample: 536870912
    binding:
      description: Path of the cgroup that sets RV(cgroups[].effective_max_bytes), the nearest of equals; V(null) when
        that is.
      type: str
      returned: always
      sample: /system.slice
    nearest_limit:
      description:
        - Of the limits of this cgroup and its visible ancestors the one of which the largest share is used.
        - V(null) when none of them has a limit.
      type: dict
      returned: always
      contains: &ceiling
        ceiling:
          description: V(memory.max) (in v1 C(memory.limit_in_bytes)), V(memory.high), V(memory.swap.max), or
            V(memory.memsw.limit_in_bytes), in v1 for memory and swap together. A limit of 0 doesn't count.
          type: str
          returned: always
          sample: memory.max
        scope:
          description: Path of the cgroup that sets it.
          type: str
          returned: always
          sample: /system.slice
        limit:
          description: The limit, in bytes.
          type: int
          returned: always
          sample: 536870912
        used:
          description: What is used of it there, in bytes. Memory without C(inactive_file_bytes), which the kernel drops
            before anything fails, so that page cache alone brings no cgroup near its limit.
          type: int
          returned: always
          sample: 503316480
        headroom:
          description: What is left of it, in bytes.
          type: int
          returned: always
          sample: 33554432
        unit:
          description: Always V(bytes).
          type: str
          returned: always
          sample: bytes
        used_percent:
          description: Used share of it, in percent.
          type: float
          returned: always
          sample: 93.75
cgroup_nearest_limit:
  description: Up to ten cgroups that have used the largest share of a limit of their own, largest first, each with that
    limit.
  type: list
  elements: dict
  returned: always
  contains: *ceiling
process_limits:
  description:
    - The resource limits of all processes, kernel threads included, one entry for each distinct set.
    - See U(https://man7.org/linux/man-pages/man5/proc_pid_limits.5.html).
  type: list
  elements: dict
  returned: always
  contains:
    pids:
      description: The processes that have this set, in ascending order.
      type: list
      elements: int
      returned: always
      sample: [1, 812, 1044]
    limits:
      description:
        - The limits by their names, each with C(soft) and C(hard), a number or V(unlimited).
        - A limit that this kernel doesn't have is no key.
      type: dict
      returned: always
      sample:
        AS: {soft: unlimited, hard: unlimited}
        NOFILE: {soft: 1024, hard: 524288}
unread:
  description:
    - The files that were tried in vain, and why. A file that a healthy host may lack is not among them, nor is a
      process that ended meanwhile.
    - V(denied) the run lacks a privilege. V(unsupported) the host doesn't have the file. V(malformed) the content is
      not what the documentation says.
      V(vanished) it went away while it was read.
    - C(/etc/passwd:) followed by a name stands for a user of O(users) who isn't there, C(the memory hierarchy of
      cgroup) for one that isn't mounted here.
  type: dict
  returned: always
  sample: {/etc/security/limits.d/secret.conf: denied}
"""

import sys

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Files
from ansible_collections.fleet.memory.plugins.module_utils._scan.limits import scan_limits


def main() -> None:
    module = AnsibleModule(argument_spec={"users": {"type": "list", "elements": "str"}}, supports_check_mode=True)
    if not sys.platform.startswith("linux"):
        module.fail_json(msg="fleet.memory.memory_limits_info reads Linux hosts; this platform is %s" % sys.platform)
    module.exit_json(changed=False, failed=False, **scan_limits(Files(), users=module.params["users"]))


if __name__ == "__main__":
    main()
