# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever bytes a file holds, a parser gives a record or raises Malformed."""

from __future__ import annotations

from typing import Any, Callable

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._cgroupfs import interface, limit, stat
from ansible_collections.fleet.memory.plugins.module_utils._config import (
    dpkg_status,
    group,
    limits_conf,
    login_defs,
    os_release,
    pam_stack,
    passwd,
    sysctl_conf,
    systemd_ini,
    systemd_values,
    tuned_conf,
)
from ansible_collections.fleet.memory.plugins.module_utils._procfs import cgroup, cmdline, limits, mountinfo
from ansible_collections.fleet.memory.plugins.module_utils._records.unread import Malformed
from ansible_collections.fleet.memory.plugins.module_utils._shapes import flat_keyed, number
from hypothesis import example, given
from hypothesis import strategies as st


def memory_stat(data: bytes) -> Any:
    return stat.parse(data, interface.V1.stat)


def all_of_cmdline(data: bytes) -> Any:
    words = cmdline.parse(data)
    return words, cmdline.sysctls(words), cmdline.default_hugepages(words, 2**21)


PARSERS = [
    flat_keyed.parse,
    memory_stat,
    limit.parse,
    number.parse,
    group.parse,
    limits_conf.parse,
    login_defs.parse,
    os_release.parse,
    pam_stack.parse,
    passwd.parse,
    sysctl_conf.parse,
    systemd_ini.parse,
    tuned_conf.parse,
    all_of_cmdline,
    cgroup.parse,
    cgroup.memory_path,
    limits.parse,
    mountinfo.parse,
]

# Bytes alone rarely get past the first character that a parser looks for.
WORDS = st.sampled_from(
    [b"\n", b" ", b"\t", b":", b"@", b"%", b"*", b"-", b"#", b"=", b"\\", b"[", b"]", b"\0", b"\xff"]
    + [b"soft", b"hard", b"nofile", b"as", b"cpu", b"nice", b"maxlogins", b"infinity", b"max", b"9" * 5000, b"1", b"-5"]
    + [b"session", b"include", b"@include", b"pam_limits.so", b"[Service]", b"MemoryMax", b"Max open files", b"0::/"]
    + [b"vm.", b"/", b"sysctl.", b"hugepages=", b"hugepagesz=", b"0:", b",", b'"', b"2M"]
    + [b"UID_MIN", b"ID=", b" - ", b"cgroup", b"root:x:0:0:r:/:/bin/sh", "\u0663".encode()]
)
DATA = st.one_of(st.binary(max_size=200), st.lists(WORDS, max_size=30).map(b"".join), st.lists(WORDS).map(b" ".join))


@pytest.mark.parametrize(
    "parse", PARSERS, ids=lambda parse: "%s.%s" % (parse.__module__.rsplit(".", 1)[-1], parse.__name__)
)
@given(data=DATA)
@example(data=b"")
def test_parsers(parse: Callable[[bytes], Any], data: bytes) -> None:
    try:
        parse(data)
    except Malformed:
        pass


@given(data=DATA)
def test_dpkg_status(data: bytes) -> None:
    dpkg_status.version_of(b"libpam-modules", b"Package: libpam-modules\n" + data)


KEYS = ["LimitNOFILE", "LimitAS", "LimitCPU", "LimitRTTIME", "LimitNICE", "MemoryMax", "TasksMax", "OOMScoreAdjust"]


@given(
    key=st.sampled_from([*KEYS, "MemoryAccounting", "OOMPolicy", "DefaultLimitCORE", "StartupMemoryHigh"]),
    raw=st.one_of(st.text(), st.text(alphabet="0123456789.:%+-KMGT smhd\u0663"), st.just("9" * 5000)),
)
def test_values_of_systemd(key: str, raw: str) -> None:
    assert systemd_values.known(key)
    try:
        systemd_values.normalise(key, raw)
    except Malformed:
        pass
