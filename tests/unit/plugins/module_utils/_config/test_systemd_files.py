# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any, Dict

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._config.systemd_ini import parse
from ansible_collections.fleet.memory.plugins.module_utils._config.systemd_values import known, normalise
from ansible_collections.fleet.memory.plugins.module_utils._config.unit_name import drop_in_folders, split, template
from ansible_collections.fleet.memory.plugins.module_utils._records.unread import Malformed


def test_syntax() -> None:
    text = (
        b"A=before\n[Unit]\n# x=y\n; x=y\n  Description = two words \n\n[Service]\nEnvironment=a \\\n"
        b"# in between\n  b \\\n  c\nLimitNOFILE=\nno assignment\nX=a=b\n"
    )
    assert parse(text) == [
        (1, "", "A", "before"),
        (5, "Unit", "Description", "two words"),
        (8, "Service", "Environment", "a  b  c"),
        (12, "Service", "LimitNOFILE", ""),
        (14, "Service", "X", "a=b"),
    ]
    assert parse(b"") == []
    assert parse(b"[Service]\nK=caf\xff") == [(2, "Service", "K", "caf\\xff")]


@pytest.mark.parametrize(
    ("key", "raw", "expected"),
    [
        ("LimitNOFILE", "1024:524288", {"value": 1024, "hard": 524288}),
        ("LimitNOFILE", "infinity", {"value": "infinity", "hard": "infinity"}),
        ("DefaultLimitCORE", "0:infinity", {"value": 0, "hard": "infinity"}),
        ("LimitSTACK", "8M", {"value": 8 * 2**20, "hard": 8 * 2**20}),
        ("LimitMEMLOCK", "64K : 1G", {"value": 65536, "hard": 2**30}),
        ("LimitCPU", "90", {"value": 90, "hard": 90}),
        ("LimitCPU", "1min 30s", {"value": 90, "hard": 90}),
        ("LimitCPU", "500ms", {"value": 1, "hard": 1}),
        ("LimitRTTIME", "5ms", {"value": 5000, "hard": 5000}),
        ("LimitRTTIME", "5", {"value": 5, "hard": 5}),
        ("LimitNICE", "+5", {"value": 15, "hard": 15}),
        ("LimitNICE", "-5", {"value": 25, "hard": 25}),
        ("LimitNICE", "30", {"value": 30, "hard": 30}),
        ("MemoryMax", "1.5G", {"value": 3 * 2**29}),
        ("MemoryMax", "1G 512M", {"value": 3 * 2**29}),
        ("MemoryMax", "infinity", {"value": "infinity"}),
        ("MemoryHigh", "80%", {"value": "80%", "of": "MemTotal"}),
        ("StartupMemoryLow", "12.5%", {"value": "12.5%", "of": "MemTotal"}),
        ("DefaultTasksMax", "33%", {"value": "33%", "of": "the kernel's maximum of tasks"}),
        ("TasksMax", "77", {"value": 77}),
        ("TasksMax", "infinity", {"value": "infinity"}),
        ("MemoryAccounting", "yes", {"value": True}),
        ("DefaultMemoryAccounting", "off", {"value": False}),
        ("OOMScoreAdjust", "-900", {"value": -900}),
        ("OOMPolicy", "continue", {"value": "continue"}),
        ("ManagedOOMMemoryPressureLimit", "60%", {"value": "60%"}),
    ],
)
def test_values(key: str, raw: str, expected: Dict[str, Any]) -> None:
    assert known(key)
    assert normalise(key, raw) == expected


@pytest.mark.parametrize(
    ("key", "raw"),
    [
        ("LimitNOFILE", "10:5"),
        ("LimitNOFILE", "infinity:5"),
        ("LimitNOFILE", "unlimited"),
        ("LimitNOFILE", "1K"),
        ("LimitSTACK", "8MB"),
        ("LimitCPU", "3 fortnights"),
        ("LimitNICE", "-1x"),
        ("MemoryMax", "-1"),
        ("MemoryMax", "lots"),
        ("MemoryMax", "5k"),
        ("MemoryAccounting", "perhaps"),
        ("OOMScoreAdjust", "1001"),
        ("TasksMax", "1.5"),
    ],
)
def test_values_that_systemd_refuses(key: str, raw: str) -> None:
    with pytest.raises(Malformed):
        normalise(key, raw)


@pytest.mark.parametrize("key", ["ExecStart", "LimitX", "Limit", "MemoryDenyWriteExecute", "", "MaxMemory"])
def test_other_settings_are_not_known(key: str) -> None:
    assert not known(key)


@pytest.mark.parametrize(
    ("name", "parts", "of", "folders"),
    [
        ("ssh.service", ("ssh", None, "service"), None, ["ssh.service.d"]),
        (
            "foo-bar-baz.service",
            ("foo-bar-baz", None, "service"),
            None,
            ["foo-bar-baz.service.d", "foo-bar-.service.d", "foo-.service.d"],
        ),
        ("user-1000.slice", ("user-1000", None, "slice"), None, ["user-1000.slice.d", "user-.slice.d"]),
        ("-.slice", ("-", None, "slice"), None, ["-.slice.d"]),
        (
            "a-b@x-y.z.service",
            ("a-b", "x-y.z", "service"),
            "a-b@.service",
            ["a-b@x-y.z.service.d", "a-b@.service.d", "a-@x-y.z.service.d", "a-@.service.d"],
        ),
        ("a@.service", ("a", "", "service"), None, ["a@.service.d"]),
    ],
)
def test_names_of_units(name: str, parts: object, of: object, folders: object) -> None:
    assert split(name) == parts
    assert template(name) == of
    assert drop_in_folders(name) == folders
