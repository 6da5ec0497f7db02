# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps that put a service on a captured host, tests/fixtures/linux-6.12-debian-13, or change what holds for it.

A figure that a file declares is changed there too, in a drop-in of the unit or below /etc/sysctl.d.
"""

from __future__ import annotations

from tests.support.changed_host import ChangedHost
from tests.support.host_steps import THP, Step, change, write

# The process that a case is about, and another one of the same service.
MAIN, CHILD = 900, 901
LIKE = 330  # a captured python3 with nothing in swap and an oom_score_adj of 0

TITLES = {
    "AS": "Max address space",
    "FSIZE": "Max file size",
    "MEMLOCK": "Max locked memory",
    "NOFILE": "Max open files",
    "NPROC": "Max processes",
    "STACK": "Max stack size",
}
UNITS = "/etc/systemd/system"
HUGE_PAGES = "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"
ZSWAP = "/sys/module/zswap/parameters"
MAP = "7f0000000000-7f0000001000 r--s 00000000 fe:00 1 /var/lib/kafka/topic-0/00000000000000000000.index\n"


def all_of(*steps: Step) -> Step:
    def step(host: ChangedHost) -> None:
        for each in steps:
            each(host)

    return step


def keys(path: str, **kilobytes: int) -> Step:
    return lambda host: host.keys(path, **kilobytes)


def process(pid: int, name: str, cgroup: str, exe: str, ppid: int = 1) -> Step:
    return lambda host: host.process(pid, name, like=LIKE, cgroup=cgroup, exe=exe, ppid=ppid)


def declare(host: ChangedHost, pid: int, setting: str, value: object) -> None:
    """A line in a drop-in of the unit that the process ``pid`` is in."""
    unit = host.at(f"/proc/{pid}/cgroup").read_text().strip().rsplit("/", 1)[-1]
    host.write(f"{UNITS}/{unit}.d/{setting}.conf", f"[Service]\n{setting}={value}")


def sysctl(name: str, value: int) -> Step:
    def step(host: ChangedHost) -> None:
        host.sysctl(name, value)
        host.write(f"/etc/sysctl.d/90-{name}.conf", f"# for the service\n{name} = {value}")

    return step


def limit(item: str, value: int | str, pid: int = MAIN) -> Step:
    def step(host: ChangedHost) -> None:
        host.limit(pid, TITLES[item], value)
        declare(host, pid, f"Limit{item}", "infinity" if value == "unlimited" else value)

    return step


def oom_score_adj(pid: int, value: int) -> Step:
    def step(host: ChangedHost) -> None:
        host.write(f"/proc/{pid}/oom_score_adj", value)
        if pid == MAIN:
            declare(host, pid, "OOMScoreAdjust", value)

    return step


def swapped_out(kilobytes: int) -> Step:
    return all_of(
        keys(f"/proc/{MAIN}/status", VmSwap=kilobytes),
        keys(f"/proc/{MAIN}/smaps_rollup", Swap=kilobytes, SwapPss=kilobytes),
    )


def maps(count: int) -> Step:
    """So many mappings, in an address space that has room for all that the kernel allows."""
    return all_of(
        change(f"/proc/{MAIN}/stat", r"^((?:\S+ ){22})\d+", rf"\g<1>{8 << 30}"),
        write(f"/proc/{MAIN}/maps", MAP * count),
    )


def page_tables(main: int, child: int) -> Step:
    return all_of(
        keys("/proc/meminfo", MemTotal=1000000),
        keys(f"/proc/{MAIN}/status", VmPTE=main),
        keys(f"/proc/{CHILD}/status", VmPTE=child),
    )


def thp(mode: str) -> Step:
    return write(THP, "always madvise never".replace(mode, f"[{mode}]"))


def own_swappiness(value: int) -> Step:
    """In cgroup v1, where each cgroup has its own."""
    cgroup = "/system.slice/mariadb.service"
    folder = f"/sys/fs/cgroup/memory{cgroup}"
    return all_of(
        MEMORY_IN_V1,
        write(f"/proc/{MAIN}/cgroup", f"4:memory:{cgroup}\n0::{cgroup}"),
        write(f"{folder}/memory.usage_in_bytes", 1 << 30),
        write(f"{folder}/memory.swappiness", value),
    )


def pods_max(value: int | str) -> Step:
    pods = "/kubepods.slice"
    return all_of(
        keys("/proc/meminfo", MemTotal=1000000),
        process(CHILD, "nginx", f"{pods}/kubepods-pod1.slice/cri-containerd-1.scope", "/usr/sbin/nginx"),
        write(f"/sys/fs/cgroup{pods}/memory.current", 1 << 20),
        write(f"/sys/fs/cgroup{pods}/memory.max", value),
    )


def on_zram(size: int = 49148, priority: int = 100) -> Step:
    return change("/proc/swaps", r"^(/dev/zram0\s+partition\s+)\d+(\s+\d+\s+)\d+", rf"\g<1>{size}\g<2>{priority}")


def in_zram(original: int, used: int) -> Step:
    return change("/sys/block/zram0/mm_stat", r"^\s*\d+\s+\d+\s+\d+", f"{original} {used - 4096} {used}")


def zswap(enabled: str) -> Step:
    return all_of(
        write(f"{ZSWAP}/enabled", enabled), write(f"{ZSWAP}/compressor", "zstd"), write(f"{ZSWAP}/max_pool_percent", 20)
    )


MEMORY_IN_V1 = change(
    "/proc/self/mountinfo",
    r"^32 24 .*",
    "32 24 0:27 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
    "33 24 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory",
)
NO_SWAP = all_of(
    write("/proc/swaps", "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority"),
    keys("/proc/meminfo", SwapTotal=0, SwapFree=0),
)
NO_ZRAM = change("/proc/swaps", r"^/dev/zram0.*\n", "")
ONLY_ZRAM = all_of(change("/proc/swaps", r"^/swapfile.*\n", ""), change("/proc/swaps", r"^/var/tmp/.*\n", ""))

_CLUSTER = "/system.slice/system-postgresql.slice/postgresql@17-main.service"
_POSTGRES = "/usr/lib/postgresql/17/bin/postgres"
POSTGRESQL = all_of(
    process(MAIN, "postgres", _CLUSTER, _POSTGRES),
    process(CHILD, "postgres", _CLUSTER, _POSTGRES, ppid=MAIN),
    oom_score_adj(MAIN, -900),
    limit("NOFILE", "unlimited"),
    limit("STACK", "unlimited"),
)
MYSQL = process(MAIN, "mariadbd", "/system.slice/mariadb.service", "/usr/sbin/mariadbd")
REDIS = process(MAIN, "redis-server", "/system.slice/redis-server.service", "/usr/bin/redis-server")
MONGODB = process(MAIN, "mongod", "/system.slice/mongod.service", "/usr/bin/mongod")
KAFKA = process(MAIN, "java", "/system.slice/kafka.service", "/usr/lib/jvm/java-21-openjdk-amd64/bin/java")
KUBELET = all_of(
    process(MAIN, "kubelet", "/system.slice/kubelet.service", "/usr/bin/kubelet"), oom_score_adj(MAIN, -999)
)

_NODE = "/system.slice/elasticsearch.service"
_JDK = "/usr/share/elasticsearch/jdk/bin/java"
# The small JVM that starts the node comes with it, with limits of its own.
ELASTICSEARCH = all_of(
    process(CHILD, "java", _NODE, _JDK),
    limit("NOFILE", "unlimited", CHILD),
    limit("NPROC", "unlimited", CHILD),
    process(MAIN, "java", _NODE, _JDK, ppid=CHILD),
    keys(f"/proc/{MAIN}/smaps_rollup", Rss=60000),
    keys(f"/proc/{MAIN}/status", VmRSS=60000),
)
