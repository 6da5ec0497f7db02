# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hand-made hosts; what is expected is what the loaders of Debian 11 to 13 did with these files.

systemd-sysctl 247, 252 and 257 with SYSTEMD_LOG_LEVEL=debug (all three alike), ``sysctl --dry-run --system`` of procps
4.0.2 and 4.0.4 (both alike).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Optional

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._config import sysctl_conf
from ansible_collections.fleet.memory.plugins.module_utils._derive.sysctl_sources import (
    Boot,
    Declared,
    by_procps,
    by_systemd,
)
from ansible_collections.fleet.memory.plugins.module_utils._procfs.mountinfo import parse
from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Readings
from ansible_collections.fleet.memory.plugins.module_utils._scan.sysctl import scan_sysctl
from ansible_collections.fleet.memory.plugins.module_utils._scan.sysctl_sources import scan_sysctl_sources
from hypothesis import given
from hypothesis import strategies as st

from tests.support.hand_made import hand_made

FILES = {
    "/etc/sysctl.d/10-own.conf": "vm.swappiness = 10\nvm/vfs_cache_pressure=51\n vm.dirty_ratio=11 \n; comment = 1\n"
    "vm.page-cluster=1\n",
    "/etc/sysctl.d/20-masked.conf": "vm.max_map_count = 70001\n",
    "/run/sysctl.d/20-masked.conf": "vm.max_map_count = 70002\nvm.swappiness=77\n",
    "/usr/lib/sysctl.d/20-masked.conf": "vm.max_map_count = 70003\n",
    "/run/sysctl.d/30-run.conf": "-vm.overcommit_ratio = 55\nvm.dirty_background_ratio 3\nvm.stat_interval=2\n",
    "/usr/local/lib/sysctl.d/40-local.conf": "vm.swappiness = 40\n-vm.page-cluster\nvm.oom_dump_tasks=0\n",
    "/usr/lib/sysctl.d/50-lib.conf": "vm.dirty_*_centisecs = 500\nvm.dirty_writeback_centisecs = 700\n"
    "vm.overcommit_*o? = 9\nvm.oom_* = 1\n-vm.oom_kill_allocating_task\n",
    "/usr/lib/sysctl.d/60-null.conf": "vm.swappiness = 61\n",
    "/usr/lib/sysctl.d/70-glob.conf": "vm.watermark_* = 20\nvm.*_factor = 30\nvm.watermark_* = 20\n",
    "/usr/lib/sysctl.d/71-glob.conf": "vm.laptop_mod[a-f] = 1\nvm.laptop_mod? = 2\nvm.laptop_mod[a-f] = 3\n",
    "/etc/sysctl.d/.hidden.conf": "vm.min_free_kbytes = 12345\n",
    "/etc/sysctl.d/90-noext": "vm.min_free_kbytes = 23456\n",
    "/etc/sysctl.d/80-bad.conf": "vm.swappiness: 80\n= 5\nvm.admin_reserve_kbytes =\n"
    "vm/user_reserve_kbytes = 0x10 # hex\nvm.min_slab_ratio\n",
    "/etc/sysctl.conf": "vm.swappiness = 99\nvm.user_reserve_kbytes = 7\n",
}
LINKS = {
    "/etc/sysctl.d/60-null.conf": "/dev/null",
    "/etc/sysctl.d/99-sysctl.conf": "../sysctl.conf",
    "/lib": "usr/lib",
}
LIVE = {
    "swappiness": 60, "vfs_cache_pressure": 100, "dirty_ratio": 11, "dirty_bytes": 0, "max_map_count": 65530,
    "page-cluster": 3,
    "overcommit_ratio": 50, "overcommit_memory": 0, "overcommit_kbytes": 0, "stat_interval": 1, "oom_dump_tasks": 1,
    "oom_kill_allocating_task": 0, "dirty_expire_centisecs": 3000, "dirty_writeback_centisecs": 500,
    "watermark_boost_factor": 15000, "watermark_scale_factor": 10, "laptop_mode": 0, "min_free_kbytes": 67584,
    "admin_reserve_kbytes": 8192, "user_reserve_kbytes": 131072, "min_slab_ratio": 5, "nr_hugepages": 0,
}  # fmt: skip
PROC = {"/proc/sys/vm/" + name: "%d\n" % value for name, value in LIVE.items()}
SYSTEMD = {"/run/systemd/system/x": "", "/usr/lib/systemd/system/systemd-sysctl.service": "[Service]\n"}
SYSV = {"/proc/1/comm": "init\n", "/etc/rcS.d/S01procps": ""}
WRITABLE = b"20 1 0:5 / /proc rw - proc proc rw\n"
READ_ONLY = WRITABLE + b"21 20 0:5 /sys /proc/sys ro - proc proc rw\n"


def scan(
    root: Path,
    files: Dict[str, str],
    links: Optional[Dict[str, str]] = None,
    release: Optional[str] = "6.1.0-40-amd64",
    mounts: bytes = WRITABLE,
) -> Dict[str, Any]:
    readings = Readings(hand_made(root, dict(PROC, **files), LINKS if links is None else links))
    memory = {
        "meminfo": {"Hugepagesize": 2097152},
        "kernel": {"release": release},
        "sysctl": scan_sysctl(Readings(readings.files)),
    }
    sources = scan_sysctl_sources(readings, memory, parse(mounts))
    assert readings.unread == {}
    return sources


def next_boot(sources: Dict[str, Any]) -> Dict[str, Any]:
    return {
        name[3:]: parameter["next_boot"]
        for name, parameter in sources["parameters"].items()
        if parameter["next_boot"] is not None
    }


def losers(sources: Dict[str, Any], name: str) -> list:
    return [
        ("%s:%d" % (loser["file"], loser["line"]), loser["value"], loser["why"])
        for loser in sources["parameters"][name]["losers"]
    ]


def decided_by(sources: Dict[str, Any], name: str) -> str:
    decider = sources["parameters"][name]["decided_by"]
    return "%s:%d" % (decider["file"], decider["line"])


# What both write at last, the patterns of 70-glob.conf aside.
BY_BOTH = {
    "swappiness": 99, "vfs_cache_pressure": 51, "dirty_ratio": 11, "max_map_count": 70001, "overcommit_ratio": 55,
    "stat_interval": 2, "oom_dump_tasks": 0, "dirty_writeback_centisecs": 700, "dirty_expire_centisecs": 500,
    "laptop_mode": 3, "user_reserve_kbytes": 7,
}  # fmt: skip
FILES_READ = [
    "/etc/sysctl.d/10-own.conf", "/etc/sysctl.d/20-masked.conf", "/run/sysctl.d/30-run.conf",
    "/usr/local/lib/sysctl.d/40-local.conf", "/usr/lib/sysctl.d/50-lib.conf", "/etc/sysctl.d/60-null.conf",
    "/usr/lib/sysctl.d/70-glob.conf", "/usr/lib/sysctl.d/71-glob.conf", "/etc/sysctl.d/80-bad.conf",
    "/etc/sysctl.d/99-sysctl.conf",
]  # fmt: skip


def test_as_systemd_does_it(tmp_path: Path) -> None:
    sources = scan(tmp_path, dict(FILES, **SYSTEMD))
    assert (sources["loader"], sources["reads_sysctl_conf"], sources["via"], sources["files"]) == (
        "systemd-sysctl", True, "/etc/sysctl.d/99-sysctl.conf", FILES_READ,
    )  # fmt: skip
    # To systemd a line that is repeated word for word stays where it stood at first.
    assert next_boot(sources) == dict(BY_BOTH, watermark_boost_factor=30, watermark_scale_factor=30)
    assert sources["parameters"]["vm.page-cluster"]["decided_by"] is None
    assert losers(sources, "vm.page-cluster") == [("/etc/sysctl.d/10-own.conf:5", "1", "excluded")]


def test_as_procps_does_it(tmp_path: Path) -> None:
    sources = scan(tmp_path, dict(FILES, **SYSV))
    hidden = "/etc/sysctl.d/.hidden.conf"
    assert (sources["loader"], sources["reads_sysctl_conf"]) == ("procps", True)
    assert sources["files"] == [hidden, *FILES_READ, "/etc/sysctl.conf"]
    assert next_boot(sources) == dict(
        BY_BOTH, watermark_boost_factor=20, watermark_scale_factor=20, min_free_kbytes=12345, **{"page-cluster": 1}
    )
    assert decided_by(sources, "vm.swappiness") == "/etc/sysctl.conf:1"
    assert losers(sources, "vm.min_free_kbytes") == [("/etc/sysctl.d/90-noext:1", "23456", "not_read_by_loader")]


def test_every_loser_says_why(tmp_path: Path) -> None:
    sources = scan(tmp_path, dict(FILES, **SYSTEMD))
    assert losers(sources, "vm.swappiness") == [
        ("/run/sysctl.d/20-masked.conf:2", "77", "masked"),
        ("/usr/lib/sysctl.d/60-null.conf:1", "61", "masked"),
        ("/etc/sysctl.d/10-own.conf:1", "10", "overridden"),
        ("/usr/local/lib/sysctl.d/40-local.conf:1", "40", "overridden"),
    ]
    assert losers(sources, "vm.dirty_writeback_centisecs") == [("/usr/lib/sysctl.d/50-lib.conf:1", "500", "overridden")]
    assert losers(sources, "vm.oom_kill_allocating_task") == [("/usr/lib/sysctl.d/50-lib.conf:4", "1", "excluded")]
    assert {"file": "/usr/lib/sysctl.d/60-null.conf", "by": "/etc/sysctl.d/60-null.conf"} in sources["masked"]
    assert len(sources["masked"]) == 3
    assert [(line["file"].rsplit("/", 1)[1], line["line"], line["text"]) for line in sources["rejected"]] == [
        ("30-run.conf", 2, "vm.dirty_background_ratio 3"),
        ("80-bad.conf", 1, "vm.swappiness: 80"),
        ("80-bad.conf", 2, "= 5"),
        ("80-bad.conf", 5, "vm.min_slab_ratio"),
        ("80-bad.conf", 3, "vm.admin_reserve_kbytes = "),
    ]


def test_debian_13_does_not_read_sysctl_conf(tmp_path: Path) -> None:
    sources = scan(tmp_path, dict(FILES, **SYSTEMD), {"/etc/sysctl.d/60-null.conf": "/dev/null"})
    assert (sources["reads_sysctl_conf"], sources["via"]) == (False, None)
    assert sources["parameters"]["vm.swappiness"]["next_boot"] == 40
    assert ("/etc/sysctl.conf:1", "99", "not_read_by_loader") in losers(sources, "vm.swappiness")
    # The kernel reads a number to the first blank.
    assert sources["parameters"]["vm.user_reserve_kbytes"]["next_boot"] == 16


SYSTEMD_SYSCTL = {"/usr/lib/systemd/system/procps.service": "systemd-sysctl.service"}


@pytest.mark.parametrize(
    ("suite", "files", "links", "reads"),
    [
        (
            "bullseye",
            ["/etc/sysctl.conf", "/usr/lib/sysctl.d/50-pid-max.conf", "/usr/lib/sysctl.d/protect-links.conf"],
            {"/etc/sysctl.d/99-sysctl.conf": "../sysctl.conf"},
            True,
        ),
        (
            "bookworm",
            ["/etc/sysctl.conf", "/usr/lib/sysctl.d/50-pid-max.conf", "/usr/lib/sysctl.d/99-protect-links.conf"],
            {"/etc/sysctl.d/99-sysctl.conf": "../sysctl.conf", "/lib": "usr/lib"},
            True,
        ),
        (
            "trixie",
            ["/usr/lib/sysctl.d/10-coredump-debian.conf", "/usr/lib/sysctl.d/50-pid-max.conf"],
            {"/lib": "usr/lib"},
            False,
        ),
    ],
)
def test_as_debian_ships_it(suite: str, files: list, links: Dict[str, str], reads: bool, tmp_path: Path) -> None:
    """The files of the packages procps and systemd of each suite; all have the script for other inits too."""
    shipped = dict.fromkeys([*files, "/etc/rcS.d/S01procps", "/etc/sysctl.d/README.sysctl"], "")
    by_hand = {"/etc/sysctl.conf": "vm.swappiness=10\n"}
    sources = scan(tmp_path, dict(SYSTEMD, **dict(shipped, **by_hand)), dict(links, **SYSTEMD_SYSCTL))
    assert (sources["loader"], sources["reads_sysctl_conf"]) == ("systemd-sysctl", reads)
    assert sources["parameters"]["vm.swappiness"]["next_boot"] == (10 if reads else None)


@pytest.mark.parametrize(
    ("files", "links", "loader"),
    [
        (SYSTEMD, {}, "systemd-sysctl"),
        ({"/run/systemd/system/x": ""}, {}, None),
        (SYSTEMD, {"/etc/systemd/system/systemd-sysctl.service": "/dev/null"}, None),
        (SYSTEMD, {"/usr/lib/systemd/system/procps.service": "systemd-sysctl.service"}, "systemd-sysctl"),
        (dict(SYSTEMD, **{"/run/systemd/generator.late/procps.service": ""}), {}, "both"),
        (SYSV, {}, "procps"),
        (dict(SYSV, **{"/proc/1/comm": "catatonit\n"}), {}, None),
        ({}, {}, None),
    ],
)
def test_which_loader(files: Dict[str, str], links: Dict[str, str], loader: Optional[str], tmp_path: Path) -> None:
    declared = {"/etc/sysctl.d/a.conf": "vm.swappiness=5\n"}
    sources = scan(tmp_path, dict(files, **declared), dict(links))
    swappiness = sources["parameters"]["vm.swappiness"]
    assert sources["loader"] == loader
    assert swappiness["next_boot"] == (5 if loader else None)
    assert swappiness["persistent"] is (False if loader else None)
    assert (losers(sources, "vm.swappiness") == []) is (loader is not None)


def test_where_proc_sys_is_read_only_nothing_is_loaded(tmp_path: Path) -> None:
    sources = scan(tmp_path, dict(FILES, **SYSTEMD), mounts=READ_ONLY)
    assert (sources["loader"], sources["reads_sysctl_conf"]) == (None, None)
    assert next_boot(sources) == {}
    assert {parameter["persistent"] for parameter in sources["parameters"].values()} == {None}


def test_what_nobody_declares(tmp_path: Path) -> None:
    by_hand = dict(SYSTEMD, **{"/proc/sys/vm/swappiness": "1\n"})
    parameters = scan(tmp_path, by_hand)["parameters"]
    assert sorted(parameters) == [
        "vm.max_map_count", "vm.min_free_kbytes", "vm.overcommit_memory", "vm.overcommit_ratio", "vm.swappiness",
        "vm.vfs_cache_pressure",
    ]  # fmt: skip
    assert parameters["vm.swappiness"] == {
        "live": 1, "next_boot": None, "decided_by": None, "losers": [], "persistent": False,
    }  # fmt: skip
    assert {parameters[name]["persistent"] for name in parameters if name != "vm.swappiness"} == {None}


def test_the_kernel_command_line_comes_first(tmp_path: Path) -> None:
    files = dict(
        SYSTEMD,
        **{
            "/proc/cmdline": 'quiet sysctl.vm.swappiness=3 sysctl.vm/laptop_mode=4 x="a sysctl.vm.page-cluster=9" '
            "hugepagesz=1G hugepages=2 hugepagesz=2M hugepages=0:32,1:32 -- sysctl.vm.page-cluster=8\n",
            "/etc/sysctl.d/a.conf": "vm.swappiness = 5\n",
        },
    )
    sources = scan(tmp_path / "new", files)
    assert next_boot(sources) == {"swappiness": 5, "laptop_mode": 4, "nr_hugepages": 64}
    assert losers(sources, "vm.swappiness") == [("/proc/cmdline:1", "3", "overridden")]
    old = scan(tmp_path / "old", files, release="4.18.0-553.el8")
    assert next_boot(old) == {"swappiness": 5, "nr_hugepages": 64}
    assert losers(old, "vm.laptop_mode") == [("/proc/cmdline:1", "4", "not_read_by_loader")]


def test_setting_one_of_a_pair_unsets_the_other(tmp_path: Path) -> None:
    conf = {"/etc/sysctl.d/a.conf": "vm.dirty_ratio=30\nvm.dirty_bytes=1048576\nvm.overcommit_kbytes=4096\n"}
    sources = scan(tmp_path, dict(SYSTEMD, **conf))
    assert next_boot(sources) == {
        "dirty_ratio": 0, "dirty_bytes": 1048576, "overcommit_kbytes": 4096, "overcommit_ratio": 0,
    }  # fmt: skip
    assert decided_by(sources, "vm.dirty_ratio") == "/etc/sysctl.d/a.conf:2"
    assert losers(sources, "vm.dirty_ratio") == [("/etc/sysctl.d/a.conf:1", "30", "overridden")]


@pytest.mark.parametrize("zero", ["0", "00", "0x0", " 0 "])
def test_a_zero_unsets_the_other_overcommit_limit_and_no_dirty_limit(tmp_path: Path, zero: str) -> None:
    """As the kernels 5.10, 6.1 and 6.12 do; a dirty limit of 0 bytes they refuse."""
    lines = "vm.overcommit_ratio=80\nvm.overcommit_kbytes=%s\nvm.dirty_bytes=1048576\nvm.dirty_ratio=%s\n"
    sources = scan(tmp_path, dict(SYSTEMD, **{"/etc/sysctl.d/a.conf": lines % (zero, zero)}))
    assert next_boot(sources) == {
        "dirty_bytes": 1048576, "dirty_ratio": 0, "overcommit_kbytes": 0, "overcommit_ratio": 0,
    }  # fmt: skip
    assert decided_by(sources, "vm.overcommit_ratio") == "/etc/sysctl.d/a.conf:2"


TUNED = {
    "/etc/tuned/active_profile": "own\n",
    "/etc/tuned/tuned-main.conf": "# a comment\ndaemon = 1\nreapply_sysctl = 0\n",
    "/etc/tuned/own/tuned.conf": "[main]\ninclude=throughput-performance\n[sysctl]\nvm.swappiness = >8 # at least\n"
    "vm.vfs_cache_pressure=<40\n[vm]\ndirty_ratio=${x}\n",
    "/usr/lib/tuned/throughput-performance/tuned.conf": "[sysctl]\nvm.swappiness=30\nvm.max_map_count='80000'\n"
    "[sysctl.arm]\ntype=sysctl\nuname_regex=aarch64\nvm.laptop_mode=5\n",
    "/etc/systemd/system/multi-user.target.wants/tuned.service": "",
    "/etc/sysctl.d/a.conf": "vm.swappiness = 5\nvm.vfs_cache_pressure = 20\n",
    "/usr/lib/sysctl.d/b.conf": "vm.max_map_count = 1048576\n",
    "/etc/sysctl.conf": "vm.max_map_count = 90000\n",
}


def test_tuned_comes_last(tmp_path: Path) -> None:
    sources = scan(tmp_path, dict(SYSTEMD, **TUNED), {})
    own, included = "/etc/tuned/own/tuned.conf", "/usr/lib/tuned/throughput-performance/tuned.conf"
    assert sources["tuned"] == {
        "profile": "own", "active": False, "enabled": True, "reapply_sysctl": False, "files": [included, own],
    }  # fmt: skip
    assert next_boot(sources) == {"swappiness": 8, "vfs_cache_pressure": 20, "max_map_count": 80000}
    assert decided_by(sources, "vm.swappiness") == own + ":4"
    assert losers(sources, "vm.swappiness") == [("/etc/sysctl.d/a.conf:1", "5", "tuned")]
    # Lowering to 40 has no effect on 20.
    assert losers(sources, "vm.vfs_cache_pressure") == [(own + ":5", "<40", "overridden")]
    unknown = sources["parameters"]["vm.dirty_ratio"]
    assert (unknown["next_boot"], unknown["persistent"], unknown["decided_by"]["line"]) == (None, None, 7)
    assert "vm.laptop_mode" not in sources["parameters"]


def test_tuned_reapplies_what_the_administrator_declares_even_in_sysctl_conf(tmp_path: Path) -> None:
    main = {"/etc/tuned/tuned-main.conf": "daemon = 1\n", "/run/tuned/tuned.pid": "77\n", "/proc/77/comm": "tuned\n"}
    sources = scan(tmp_path, dict(SYSTEMD, **dict(TUNED, **main)), {})
    assert sources["tuned"]["reapply_sysctl"] is True and sources["tuned"]["active"] is True
    assert sources["reads_sysctl_conf"] is False
    assert next_boot(sources) == {"swappiness": 5, "vfs_cache_pressure": 20, "max_map_count": 90000}
    assert losers(sources, "vm.max_map_count")[0] == ("/usr/lib/sysctl.d/b.conf:1", "1048576", "tuned")


def test_tuned_prefers_run_to_etc_when_it_reapplies(tmp_path: Path) -> None:
    run = {"/etc/tuned/tuned-main.conf": "", "/run/sysctl.d/a.conf": "vm.swappiness=2\n-vm.swappiness=1\n"}
    files = dict(TUNED, **run)
    sources = scan(tmp_path, dict(SYSTEMD, **files), {})
    # What the loader took from /etc is masked here, and the line of the profile for vfs_cache_pressure has no effect.
    assert next_boot(sources) == {"swappiness": 2, "vfs_cache_pressure": 20, "max_map_count": 90000}
    assert decided_by(sources, "vm.swappiness") == "/run/sysctl.d/a.conf:1"


def test_to_procps_a_dash_takes_nothing_back(tmp_path: Path) -> None:
    conf = {"/etc/sysctl.d/a.conf": "vm.swappiness=7\n-vm.swappiness\nvm.swap*=8\n-vm.laptop_mode\nvm.laptop*=9\n"}
    sources = scan(tmp_path, dict(SYSV, **conf))
    assert next_boot(sources) == {"swappiness": 7}
    assert losers(sources, "vm.swappiness") == [("/etc/sysctl.d/a.conf:3", "8", "overridden")]
    assert losers(sources, "vm.laptop_mode") == [("/etc/sysctl.d/a.conf:5", "9", "excluded")]


def test_a_tuned_that_does_not_start_decides_nothing(tmp_path: Path) -> None:
    off = {path: content for path, content in TUNED.items() if "wants" not in path}
    sources = scan(tmp_path, dict(SYSTEMD, **off), {})
    assert sources["tuned"]["enabled"] is False
    assert next_boot(sources) == {"swappiness": 5, "vfs_cache_pressure": 20, "max_map_count": 1048576}


def test_hostile_names_reach_no_other_file(tmp_path: Path) -> None:
    conf = "vm/../kernel/core_pattern = x\nvm.a/b = 1\nvm.\xe9 = 2\nkernel.core_pattern = |/bin/x\n[z-a]*/* = 1\n"
    sources = scan(tmp_path, dict(SYSTEMD, **{"/etc/sysctl.d/a.conf": conf}))
    assert next_boot(sources) == {}
    assert len(sources["parameters"]) == 6


LINES = st.lists(
    st.builds(
        "{}{}{}".format,
        st.sampled_from(["", "-"]),
        st.sampled_from(["vm.swappiness", "vm/laptop_mode", "vm.*", "vm.swapp*", "vm.[a-z]*", "kernel.*"]),
        st.sampled_from(["", " = 1", "=2", "=x", "="]),
    ),
    max_size=12,
)
NAMES = ["vm/laptop_mode", "vm/swappiness"]


@given(LINES)
def test_whatever_the_lines_the_last_one_that_counts_decides(lines: List[str]) -> None:
    settings, _rejected = sysctl_conf.parse("\n".join(lines).encode())
    declared = [Declared("f", *setting) for setting in settings]
    for load in (by_systemd, by_procps):
        boot = Boot({"vm/swappiness": 60, "vm/laptop_mode": 0})
        writes, boot.lost = load(declared, NAMES)
        boot.apply(writes)
        for name in NAMES:
            own = [line for line in declared if line.name == name]
            valued = [line for line in own if line.value in ("1", "2")]
            parameter = boot.parameter(name, True)
            if own and own[-1] in valued:
                # Spelled out, and not taken back: no pattern, wherever it stands, comes between.
                assert parameter["decided_by"]["line"] == own[-1].line
                assert parameter["next_boot"] == int(own[-1].value or "")
            elif own and load is by_systemd:
                assert parameter["decided_by"] is None
            decider = parameter["decided_by"]
            assert decider not in [{"file": loser["file"], "line": loser["line"]} for loser in parameter["losers"]]
