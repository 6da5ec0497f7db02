#!/usr/bin/python

# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: oom_info
short_description: Who was killed for want of memory on a Linux host, and who would be next
version_added: 0.1.0
author:
  - fleet.memory contributors (@fleet-memory)
description:
  - Reports the kills of the kernel's OOM killer from the kernel's log, with the victim, what it held, whose limit it
    was killed for, and when.
  - Holds them against what the kernel counted, so that kills whose lines the log has lost don't go unnoticed.
  - Predicts whom the kernel would kill next if the whole host ran out of memory.
  - Reads C(/dev/kmsg), the kernel's own ring buffer, and the journal, which may know earlier boots. Where C(/dev/kmsg)
    can't be read it asks C(dmesg). RV(sources) says what each of them gave.
extends_documentation_fragment:
  - fleet.memory.attributes
notes:
  - Reading the kernel's log needs root or C(CAP_SYSLOG) where C(kernel.dmesg_restrict) is 1. Without it the counts and
    the prediction are still there.
  - In a container the kernel's log, if it is shown at all, and the kernel's count are those of the whole machine;
    the prediction knows only the container's processes.
  - C(journalctl) and C(dmesg) are given 20 seconds each. Nothing else is run.
  - Lines that processes have written into the kernel's log themselves are passed over.
seealso:
  - module: fleet.memory.memory_info
  - module: fleet.memory.memory_limits_info
  - module: fleet.memory.process_memory_info
  - name: Out of memory
    description: How the kernel chooses, in the words of its documentation of oom_score_adj.
    link: https://docs.kernel.org/filesystems/proc.html#proc-pid-oom-adj-proc-pid-oom-score-adj-adjust-the-oom-killer-score
"""

EXAMPLES = r"""
- name: Read the OOM kills of the host
  fleet.memory.oom_info:
  register: oom

- name: Show who was killed, and for whose limit
  ansible.builtin.debug:
    msg: "{{ item.at }} {{ item.victim }} ({{ item.pid }}) for {{ item.limit_cgroup or item.constraint }}"
  loop: "{{ oom.kills }}"
  loop_control:
    label: "{{ item.pid }}"

- name: Nothing was killed since the host was booted
  ansible.builtin.assert:
    that: oom.counts.vmstat_oom_kill == 0
    fail_msg: "{{ oom.counts.explanation }}"

- name: The next victim is neither the way in nor the database
  ansible.builtin.assert:
    that: oom.next_victims | map(attribute="kind") | first not in ["login_service", "database"]
    fail_msg: "{{ oom.next_victims[0].command }}: {{ oom.next_victims[0].why }}"
  when: oom.next_victims | length > 0
"""

RETURN = r"""
kills:
  description:
    - The kernel's OOM kills, the newest last, at most 100.
    - With C(memory.oom.group) the kernel kills all processes of a cgroup, and may log and count the first victim twice.
  type: list
  elements: dict
  returned: always
  contains:
    victim:
      description: The process's name as the kernel has it, 15 characters at most.
      type: str
      returned: always
      sample: python3
    pid:
      description: Its pid.
      type: int
      returned: always
      sample: 22263
    uid:
      description: Its user's id; V(null) where the kernel doesn't log it (before 5.4).
      type: int
      returned: always
      sample: 0
    constraint:
      description:
        - What had run out. V(host) all of the memory, V(cgroup) the limit of a memory cgroup, V(cpuset) the memory
          nodes of a cpuset, V(mempolicy) those of the process's memory policy.
        - Where the log lacks the kernel's summary, as always before Linux 4.19, the last two can't be told from V(host)
          and are reported as that. V(null) when the log doesn't even tell V(host) from V(cgroup).
      type: str
      returned: always
      sample: cgroup
    cgroup:
      description:
        - The victim's memory cgroup, from the root of the whole machine's hierarchy.
        - V(null) when the log doesn't tell, as for the second and later processes of a C(memory.oom.group).
      type: str
      returned: always
      sample: /system.slice/batch.service
    limit_cgroup:
      description:
        - The cgroup whose limit was hit, RV(kills[].cgroup) itself or one above it.
        - V(null) when it was no cgroup's limit, or the log doesn't tell.
      type: str
      returned: always
      sample: /system.slice
    at:
      description:
        - When, ISO 8601, UTC.
        - From the ring buffer it is reckoned from the kernel's clock, which stands still while the host is suspended,
          and may have drifted by seconds in the course of months.
        - V(null) when the kernel stamps no time on its lines.
      type: str
      returned: always
      sample: "2026-11-25T01:56:32Z"
    boot_id:
      description: In which boot, as RV(fleet.memory.memory_info#module:boot_id) has it; V(null) when that is unknown.
      type: str
      returned: always
      sample: 04eddd82-3503-4817-b346-63307a2c59a7
    triggered_by:
      description: Whose demand for memory set it off. V(null) when the log doesn't tell.
      type: dict
      returned: always
      contains:
        command:
          description: The name of that process, often not the victim's.
          type: str
          returned: always
          sample: python3
    total_vm_bytes:
      description: Size of the victim's address space; V(null) when the line is cut off.
      type: int
      returned: always
      sample: 117678080
    anon_rss_bytes:
      description: Its anonymous memory in RAM; V(null) when the line is cut off.
      type: int
      returned: always
      sample: 36306944
    file_rss_bytes:
      description: Its mapped files in RAM; V(null) when the line is cut off.
      type: int
      returned: always
      sample: 5955584
    shmem_rss_bytes:
      description: Its shared memory in RAM; V(null) before Linux 4.5, which counts it with the files.
      type: int
      returned: always
      sample: 0
    page_tables_bytes:
      description:
        - Size of its page tables; V(null) before Linux 5.4.
        - The first kernels 5.4.x log bytes as kB, so that there it is 1024 times too large.
      type: int
      returned: always
      sample: 131072
    oom_score_adj:
      description: Its adjustment, -1000 to 1000; V(null) before Linux 5.4.
      type: int
      returned: always
      sample: 0
    source:
      description: Whose word it is. A kill that several logs have is told once.
      type: str
      returned: always
      sample: kmsg
    reaped:
      description:
        - Whether the kernel had to take the memory away from the victim, because it didn't end fast enough.
          False when it tried in vain.
        - V(null) when the log has nothing on it, as usual.
      type: bool
      returned: always
      sample: true
kills_left_out:
  description: How many older kills the log has beyond those in RV(kills).
  type: int
  returned: always
  sample: 0
sources:
  description: The logs that were asked.
  type: list
  elements: dict
  returned: always
  contains:
    source:
      description: V(kmsg) the ring buffer, V(journal) the systemd journal, V(dmesg) the ring buffer by way of C(dmesg).
      type: str
      returned: always
      sample: kmsg
    read:
      description: Whether it could be read.
      type: bool
      returned: always
      sample: true
    reason:
      description:
        - Why it couldn't. V(denied) a privilege is lacking. V(unsupported) there is none here.
          V(malformed) what is there is not the kernel's log. V(skipped_budget) it took too long.
        - V(null) when it was read.
      type: str
      returned: always
      sample: denied
    first_at:
      description:
        - Time of its oldest line; of the journal only lines on OOM kills are looked at.
        - V(null) without any line.
      type: str
      returned: always
      sample: "2026-11-24T22:48:59Z"
    last_at:
      description: Time of its newest line, in the same way. V(null) without any line.
      type: str
      returned: always
      sample: "2026-11-25T02:02:53Z"
    lost_lines:
      description: Whether the ring buffer has overwritten lines of this boot. V(null) where that can't be told.
      type: bool
      returned: always
      sample: false
counts:
  description: What was counted against what is told.
  type: dict
  returned: always
  contains:
    vmstat_oom_kill:
      description:
        - The kernel's own count since boot, of the whole machine. It sees every kill.
        - V(null) when C(/proc/vmstat) doesn't have it, as before Linux 4.13.
      type: int
      returned: always
      sample: 3
    kills_logged_this_boot:
      description: How many kills of this boot the logs have. V(null) when no log could be read.
      type: int
      returned: always
      sample: 1
    missing_from_log:
      description: How many kills of this boot have no line any more. V(null) when one of the two figures is unknown.
      type: int
      returned: always
      sample: 2
    explanation:
      description: All of that in a sentence.
      type: str
      returned: always
      sample: >-
        The kernel counted 3 OOM kills since boot and the log has 1: its oldest lines have been overwritten,
        it begins at 2026-11-24T22:48:59Z.
cgroup_events:
  description:
    - The memory cgroups that have run into a limit, among those that hold processes now and their ancestors.
    - A cgroup's counters are gone with it. With cgroup v2 its events remain counted in its ancestors (unless the
      hierarchy is mounted with C(memory_localevents)), with v1 in none.
  type: list
  elements: dict
  returned: always
  contains:
    path:
      description: The cgroup.
      type: str
      returned: always
      sample: /system.slice
    version:
      description: V(v1) or V(v2).
      type: str
      returned: always
      sample: v2
    max:
      description: How often its use was about to exceed its limit; V(null) where the kernel doesn't count it.
      type: int
      returned: always
      sample: 5310
    oom:
      description: How often nothing could be reclaimed and it was out of memory; V(null) where it isn't counted.
      type: int
      returned: always
      sample: 2
    oom_kill:
      description:
        - How many of its processes, with v2 those of its descendants too, were killed by any OOM kill.
        - V(null) where the kernel doesn't count it.
      type: int
      returned: always
      sample: 2
    oom_group_kill:
      description: How often all of its processes were killed together; V(null) where the kernel doesn't count it.
      type: int
      returned: always
      sample: 0
    local:
      description: The same four counters without the descendants; V(null) where there is no C(memory.events.local).
      type: dict
      returned: always
next_victims:
  description:
    - The five processes that the kernel would kill first if the host as a whole ran out of memory, by C(oom_score).
    - A cgroup at its own limit chooses among its own processes only.
  type: list
  elements: dict
  returned: always
  contains:
    pid:
      description: The process.
      type: int
      returned: always
      sample: 8182
    command:
      description: Its name.
      type: str
      returned: always
      sample: java
    user:
      description: Its user.
      type: str
      returned: always
      sample: tomcat
    unit:
      description: Its systemd unit; V(null) when it belongs to none.
      type: str
      returned: always
      sample: tomcat.service
    oom_score:
      description: The kernel's score; the highest is killed.
      type: int
      returned: always
      sample: 717
    oom_score_adj:
      description: What was added, -1000 to 1000, in thousandths of RAM and swap; V(null) when it couldn't be read.
      type: int
      returned: always
      sample: 0
    rss_bytes:
      description: Its RSS; V(null) when it couldn't be read.
      type: int
      returned: always
      sample: 1922777088
    swap_bytes:
      description: What of it is swapped out; V(null) when it couldn't be read.
      type: int
      returned: always
      sample: 0
    kind:
      description:
        - V(login_service) a way in, such as sshd. V(database). V(container_runtime). V(init) pid 1, of a container.
          V(hog) none of these, and the process that uses the most memory. V(other).
        - Told from the names of the command and the unit.
      type: str
      returned: always
      sample: hog
    why:
      description: What the score comes from.
      type: str
      returned: always
      sample: 1837 MiB of RAM and swap, more than any other process
next_victim_is_largest:
  description:
    - Whether the first of RV(next_victims) is the process that uses the most RAM and swap. If not, the next shortage
      hits another than the one who causes it.
    - V(null) when there is no candidate.
  type: bool
  returned: always
  sample: true
unread:
  description: Other files that were tried in vain, and why, as in RV(fleet.memory.memory_info#module:unread).
  type: dict
  returned: always
  sample: {/proc/vmstat: malformed}
"""

from functools import partial

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.fleet.memory.plugins.module_utils._records.unread import Unread
from ansible_collections.fleet.memory.plugins.module_utils._scan.cost import step_back
from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Files
from ansible_collections.fleet.memory.plugins.module_utils._scan.kernel_log_copies import other_logs
from ansible_collections.fleet.memory.plugins.module_utils._scan.oom import scan_oom

SECONDS = "20"


def runner(module):
    timeout = module.get_bin_path("timeout")

    def run(program, *arguments):
        path = module.get_bin_path(program)
        if path is None:
            return None
        command = ([timeout, SECONDS] if timeout else []) + [path, *arguments]
        return module.run_command(command, environ_update={"LC_ALL": "C"}, encoding=None, expand_user_and_vars=False)

    return run


def main():
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    step_back()
    try:
        result = scan_oom(Files(), partial(other_logs, runner(module)))
    except Unread as error:
        module.fail_json(
            msg="%s can't be listed: %s. Is this a Linux host with /proc mounted?" % (error.path, error.reason)
        )
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
