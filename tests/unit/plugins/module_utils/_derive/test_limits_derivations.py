# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The smaller derivations behind the module memory_limits_info."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._config.pam_stack import Rule, parse
from ansible_collections.fleet.memory.plugins.module_utils._config.systemd_ini import Assignment
from ansible_collections.fleet.memory.plugins.module_utils._derive import session_start
from ansible_collections.fleet.memory.plugins.module_utils._derive.cgroup_chain import ancestors, bind
from ansible_collections.fleet.memory.plugins.module_utils._derive.cgroup_units import (
    manager_path,
    manager_root,
    units_of,
)
from ansible_collections.fleet.memory.plugins.module_utils._derive.pam_services import session_modules
from ansible_collections.fleet.memory.plugins.module_utils._derive.unit_properties import decide
from ansible_collections.fleet.memory.plugins.module_utils._procfs.cgroup import parse as parse_cgroup

STACKS = {
    "sshd": b"session required pam_a.so\n@include common\nsession optional pam_z.so",
    "common": b"session required /lib/security/pam_limits.so set_all\nauth required pam_unix.so",
    "loop": b"session include loop2\nsession required pam_b.so",
    "loop2": b"session include loop\nsession substack loop\nsession include nothing\nsession required pam_c.so",
}


def load(name: str) -> Optional[Tuple[str, List[Rule]]]:
    return ("/etc/pam.d/" + name, parse(STACKS[name])) if name in STACKS else None


def test_the_stack_of_a_service_with_what_it_includes() -> None:
    assert session_modules("sshd", load) == [
        ("pam_a.so", "/etc/pam.d/sshd", 1, ()),
        ("pam_limits.so", "/etc/pam.d/common", 1, ("set_all",)),
        ("pam_z.so", "/etc/pam.d/sshd", 3, ()),
    ]
    assert session_modules("absent", load) == []


def test_files_that_include_each_other_come_to_an_end() -> None:
    assert [module.name for module in session_modules("loop", load)] == ["pam_c.so", "pam_b.so"]


def chain(**limits: Optional[int]) -> Dict[str, Dict[str, Any]]:
    paths = {"root": "/", "a": "/a", "b": "/a/b"}
    return {
        paths[name]: {"path": paths[name], "limits": {"max_bytes": limit}, "current_bytes": 50}
        for name, limit in limits.items()
    }


@pytest.mark.parametrize(
    ("cgroups", "effective", "binding", "used"),
    [
        (chain(root=None, a=None, b=None), None, None, None),
        (chain(root=None, a=None, b=200), 200, "/a/b", 25.0),
        (chain(root=None, a=100, b=200), 100, "/a", 25.0),
        (chain(root=None, a=300, b=200), 200, "/a/b", 25.0),
        (chain(root=100, a=None, b=None), 100, "/", None),
        (chain(root=None, a=200, b=200), 200, "/a/b", 25.0),
        (chain(root=None, a=None, b=0), 0, "/a/b", None),
        # In a container the ancestors above aren't there.
        (chain(b=70), 70, "/a/b", 71.43),
    ],
)
def test_the_smallest_limit_binds(cgroups: Any, effective: Any, binding: Any, used: Any) -> None:
    assert bind("/a/b", cgroups, {}) == {"used_percent": used, "effective_max_bytes": effective, "binding": binding}


def test_a_limit_that_could_not_be_read_makes_the_effective_one_unknown() -> None:
    found = bind("/a/b", chain(root=None, a=None, b=200), {"/a": "denied"})
    assert found == {"used_percent": 25.0, "effective_max_bytes": None, "binding": None}
    assert bind("/a", chain(root=None, a=7), {"/a/b": "denied"})["effective_max_bytes"] == 7


def test_v1_without_use_hierarchy_leaves_the_children_alone() -> None:
    cgroups = chain(root=None, a=100, b=200)
    cgroups["/a"]["use_hierarchy"] = 0
    assert bind("/a/b", cgroups, {})["binding"] == "/a/b"
    assert bind("/a", cgroups, {})["binding"] == "/a"


def test_unknown_use_is_no_percentage() -> None:
    cgroups = chain(b=100)
    cgroups["/a/b"]["current_bytes"] = None
    assert bind("/a/b", cgroups, {})["used_percent"] is None


def test_ancestors() -> None:
    assert ancestors("/a/b") == ["/a/b", "/a", "/"]
    assert ancestors("/") == ["/"]


@pytest.mark.parametrize(
    ("path", "root", "units"),
    [
        ("/system.slice/ssh.service", "", ["system.slice", "ssh.service"]),
        ("/system.slice/system-getty.slice/getty@tty1.service", "", None),
        (
            "/user.slice/user-0.slice/user@0.service/app.slice/x.service",
            "",
            ["user.slice", "user-0.slice", "user@0.service"],
        ),
        ("/system.slice/docker.service/payload/x.service", "", ["system.slice", "docker.service"]),
        ("/system.slice/_cgroup.service", "", ["system.slice", "cgroup.service"]),
        ("/init.scope", "", ["init.scope"]),
        ("/", "", []),
        # The units of a container aren't the host's.
        ("/libpod_parent/libpod-1/system.slice/dbus.service", "", []),
        (
            "/libpod_parent/libpod-1/system.slice/dbus.service",
            "/libpod_parent/libpod-1",
            ["system.slice", "dbus.service"],
        ),
        ("/libpod_parent/libpod-12/init.scope", "/libpod_parent/libpod-1", []),
    ],
)
def test_units_on_the_way_to_a_process(path: str, root: str, units: Optional[List[str]]) -> None:
    expected = ["system.slice", "system-getty.slice", "getty@tty1.service"] if units is None else units
    assert units_of(path, root) == expected


def test_the_managers_own_path() -> None:
    hybrid = parse_cgroup(b"4:memory:/m\n1:name=systemd:/lxc/1/init.scope\n0::/u\n")
    assert (manager_path(hybrid), manager_root(hybrid)) == ("/lxc/1/init.scope", "/lxc/1")
    assert manager_root(parse_cgroup(b"0::/init.scope\n")) == ""
    assert manager_root(parse_cgroup(b"0::/\n")) == ""
    assert manager_path(parse_cgroup(b"4:memory:/m\n")) == "/"


def test_the_last_assignment_counts_an_empty_one_resets_a_bad_one_is_told() -> None:
    main = [
        Assignment(1, "Unit", "MemoryMax", "1"),
        Assignment(2, "Service", "MemoryMax", "64M"),
        Assignment(3, "Service", "LimitNOFILE", "5:6"),
    ]
    drop_in = [Assignment(1, "Service", "LimitNOFILE", ""), Assignment(2, "Service", "MemoryMax", "lots")]
    properties, rejected = decide([("/main", main), ("/drop-in", drop_in)], "Service")
    assert properties == {"MemoryMax": {"value": 67108864, "raw": "64M", "file": "/main", "line": 2}}
    assert rejected == [{"file": "/drop-in", "line": 2, "reason": "MemoryMax: 'lots' has no number with a known unit"}]


PID_1: Dict[str, Tuple[Any, Any]] = {"NOFILE": (32768, 65536), "CORE": (0, "unlimited")}


def test_a_service_of_systemd_that_does_not_run() -> None:
    manager = {"DefaultLimitCORE": {"value": 5, "hard": "infinity", "file": "/m", "line": 1}, "DefaultTasksMax": {}}
    unit = {"LimitMEMLOCK": {"value": 8, "hard": 9, "file": "/u", "line": 2}}
    start = session_start.configured(PID_1, manager, unit)
    assert start["CORE"] == (5, "unlimited", "/m:1")
    assert start["MEMLOCK"] == (8, 9, "/u:2")
    assert start["NOFILE"] == (None, None, "systemd's built-in default, which no file tells")


def test_reset() -> None:
    assert session_start.reset(PID_1, capped=True)["NOFILE"][:2] == (1024, 65536)
    assert session_start.reset(PID_1, capped=False)["NOFILE"][:2] == (32768, 65536)
    assert session_start.reset({"NOFILE": (512, 512)}, capped=True)["NOFILE"][:2] == (512, 512)
    assert session_start.reset({"NOFILE": ("unlimited", "unlimited")}, capped=True)["NOFILE"][:2] == (1024, "unlimited")
    assert session_start.reset(None, capped=True) == {}
