# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host that has all but used up the memory that it may use."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import kept

MIB = 2**20


@pytest.fixture(scope="module")
def process() -> dict[str, Any]:
    (process,) = kept("full-answers")["processes"]["processes"]
    return process


def test_the_limit_of_the_container_binds_first(process: dict[str, Any]) -> None:
    binding = process["binds_first"]
    assert (binding["ceiling"], binding["limit"], binding["unit"]) == ("memory.max", 768 * MIB, "bytes")
    assert binding["headroom"] == binding["limit"] - binding["used"]
    assert 690 * MIB < binding["used"] < 768 * MIB
    assert process["rss_bytes"] < binding["used"]


def test_it_is_the_nearest_limit_too(process: dict[str, Any]) -> None:
    assert process["nearest_limit"] == process["binds_first"]
    assert process["nearest_limit"]["used_percent"] == round(process["binds_first"]["used"] / (768 * MIB) * 100, 2)


def test_all_ceilings_are_there_and_the_nearest_is_the_first(process: dict[str, Any]) -> None:
    first, *others = process["ceilings"]
    assert process["nearest_limit"].items() <= first.items()
    assert (first["shared"], first["peak"] >= first["used"]) == (True, True)
    assert "RLIMIT_STACK" in [ceiling["ceiling"] for ceiling in others]
    assert all(ceiling["used_percent"] <= first["used_percent"] for ceiling in others)


def test_the_audit_found_it(detected: dict[str, Any]) -> None:
    finding = detected["full"]["process-near-limit"]
    assert finding["verdict"] == "fail"
    assert [(process["command"], process["limit"]) for process in finding["actual"]] == [("full", "memory.max")]


def test_the_machine_knows_which_container_it_is(detected: dict[str, Any]) -> None:
    near = {process["pid"]: process for process in detected["machine"]["process-near-limit"]["actual"]}
    process = near[kept("full")["pid"]]
    assert (process["command"], process["limit"]) == ("full", "memory.max")
    assert kept("full")["container"] in process["scope"]


def test_it_is_gone_with_the_process(relieved: dict[str, Any]) -> None:
    assert relieved["full"]["process-near-limit"]["verdict"] == "pass"
    assert relieved["full"]["cgroup-near-limit"]["verdict"] == "pass"
