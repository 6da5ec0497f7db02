# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._derive.service_names import Service, service_of
from ansible_collections.fleet.memory.plugins.module_utils._procfs.cgroup import parse

ID = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("path", "unit", "user_unit", "container"),
    [
        ("/system.slice/ssh.service", "ssh.service", None, None),
        ("/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service", None, None),
        ("/system.slice/foo.service/payload/worker", "foo.service", None, None),
        ("/user.slice/user-0.slice/session-3.scope", "session-3.scope", None, None),
        ("/user.slice/user-1000.slice/user@1000.service/app.slice/x.scope", "user@1000.service", "x.scope", None),
        ("/user.slice/user-1000.slice/user@1000.service/init.scope", "user@1000.service", "init.scope", None),
        ("/init.scope", "init.scope", None, None),
        ("/", None, None, None),
        ("/system.slice", None, None, None),
        (f"/system.slice/docker-{ID}.scope", f"docker-{ID}.scope", None, ID),
        (f"/docker/{ID}", None, None, ID),
        (f"/machine.slice/libpod-{ID}.scope/container", f"libpod-{ID}.scope", None, ID),
        (
            f"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice/cri-containerd-{ID}.scope",
            f"cri-containerd-{ID}.scope",
            None,
            ID,
        ),
        (f"/kubepods/burstable/pod1/{ID}", None, None, ID),
        ("/lxc/web1", None, None, "web1"),
        ("/lxc.payload.web2/system.slice/cron.service", None, None, "web2"),
        ("/machine.slice/systemd-nspawn@db.service/payload", "systemd-nspawn@db.service", None, "db"),
    ],
)
def test_units_and_containers(path: str, unit: str | None, user_unit: str | None, container: str | None) -> None:
    assert service_of(parse(f"0::{path}\n".encode()), "") == Service(path, unit, user_unit, container)


def test_on_a_hybrid_host_memory_and_unit_come_from_their_own_hierarchies() -> None:
    lines = parse(b"9:memory:/pool\n4:cpu,cpuacct:/x\n1:name=systemd:/system.slice/a.service\n0::/elsewhere\n")
    assert service_of(lines, "") == Service("/pool", "a.service", None, None)


def test_on_a_v1_host_without_the_memory_controller() -> None:
    service = service_of(parse(b"4:cpu:/x\n1:name=systemd:/system.slice/a.service\n"), "")
    assert service == Service(None, "a.service", None, None)


def test_inside_a_container_that_sees_the_paths_of_its_host() -> None:
    root = f"/libpod_parent/libpod-{ID}"
    service = service_of(parse(f"0::{root}/system.slice/dbus.service\n".encode()), root)
    assert service == Service(f"{root}/system.slice/dbus.service", "dbus.service", None, None)
