# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes of a captured host, tests/fixtures/linux-6.12-debian-13 where it matters, to either side of a threshold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.support.changed_host import ChangedHost

Step = Callable[[ChangedHost], None]

KERNEL_LOG = Path(__file__).resolve().parents[1] / "fixtures/kernel-log-6.12/kmsg"

MOUNTS = "/proc/self/mountinfo"
STALLS = "/proc/pressure/memory"
FAULTS = "/proc/vmstat"
LIMITS_CONF = "/etc/security/limits.d/50-db.conf"
SYSCTL_CONF = "/etc/sysctl.d/90-app.conf"
DROP_IN = "/etc/systemd/system/db.service.d/10-memory.conf"
HUGE_PAGES = "/sys/kernel/mm/hugepages/hugepages-2048kB/"
THP = "/sys/kernel/mm/transparent_hugepage/enabled"
SWAPPER = "/sys/fs/cgroup/system.slice/swapper.service/memory.current"
SSH_CGROUP = "/sys/fs/cgroup/system.slice/ssh.service"


def write(path: str, content: object) -> Step:
    return lambda host: host.write(path, content)


def change(path: str, pattern: str, replacement: str) -> Step:
    return lambda host: host.change(path, pattern, replacement)


def remove(path: str) -> Step:
    return lambda host: host.remove(path)


def meminfo(**kib: int) -> Step:
    return lambda host: host.keys("/proc/meminfo", **kib)


def sysctl(name: str, value: int) -> Step:
    return lambda host: host.sysctl(name, value)


def counter(name: str, value: int) -> Step:
    return change(FAULTS, rf"^{name} \d+", f"{name} {value}")


def five_minutes(percent: float) -> Step:
    return change(STALLS, r"avg300=\S+", f"avg300={percent:.2f}")


def stalled(microseconds: int) -> Step:
    """Some task, beyond what was so at first."""
    return change(STALLS, r"^some (.*) total=\d+", rf"some \1 total={139287 + microseconds}")


def address_space(limit: int) -> Step:
    return lambda host: host.limit(330, "Max address space", limit)


def database_pss(kib: int) -> Step:
    return lambda host: host.keys("/proc/330/smaps_rollup", Pss=kib)


def kernel_log(lines: int) -> Step:
    text = KERNEL_LOG.read_text("utf-8", "surrogateescape")
    return write("/dev/kmsg", "".join(text.splitlines(keepends=True)[:lines]))


def programs(host: ChangedHost) -> None:
    """The links to the programs, which the capture lacks; 503 is a zombie."""
    for pid in (1, 330, 336, 493, 497, 501, 504):
        host.link(f"/proc/{pid}/exe", "/usr/bin/python3.13")


def sshd(program: str) -> Step:
    return lambda host: host.link("/proc/353/exe", program)


def mappings(count: int) -> Step:
    """Of 501, which has the largest address space: the only one with room for as many as the lowered limit allows."""
    return write("/proc/501/maps", "7f0000000000-7f0000001000 rw-p 00000000 00:00 0 \n" * count)


def systemd(host: ChangedHost) -> None:
    host.folder("/run/systemd/system")


def service_of_carol(host: ChangedHost) -> None:
    """Which runs with systemd's default of 2048 open files; root is exempt from lines for everybody."""
    host.write("/etc/systemd/system/hugeuser.service.d/user.conf", "[Service]\nUser=carol")


def sysctl_files(host: ChangedHost) -> None:
    systemd(host)
    host.write("/usr/lib/systemd/system/systemd-sysctl.service", "[Service]\nExecStart=/usr/lib/systemd/systemd-sysctl")


def first_version(host: ChangedHost) -> None:
    """The same host with cgroups of version 1."""
    host.change(MOUNTS, r"- cgroup2 cgroup2 .*", "- cgroup cgroup rw,memory")
    host.write("/proc/353/cgroup", "4:memory:/system.slice/ssh.service")


def container(host: ChangedHost) -> None:
    host.remove("/proc/self/ns")
    host.write("/run/.containerenv", 'engine="podman-5.4.2"')


def left_behind(size: int) -> Step:
    """The RAM of the segment that no process has attached."""
    return change("/proc/sysvipc/shm", r"(1347608237 .*) 1048576 ", rf"\1 {size} ")


def major_faults(more: int) -> Step:
    """Of the database, beyond its 29."""
    return change("/proc/330/stat", r" 6479 0 29 ", f" 6479 0 {29 + more} ")


NO_SWAP = meminfo(SwapTotal=0, SwapFree=0)
NO_ZRAM_SWAP = change("/proc/swaps", r"^/dev/zram0.*\n", "")  # the device is still there
NO_PRESSURE = remove(STALLS)
NO_KILL_COUNT = change(FAULTS, r"^oom_kill \d+\n", "")
READ_ONLY_SYSCTLS = change(MOUNTS, r" /proc rw,", " /proc ro,")
STRICT = sysctl("vm.overcommit_memory", 2)
IDLE_SWAPPER = write(SWAPPER, 10 << 20)
KILLABLE_SSH = write("/proc/353/oom_score_adj", 300)
