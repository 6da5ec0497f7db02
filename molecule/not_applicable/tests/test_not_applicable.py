# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A container has neither swappiness nor swap of its own: the verifier of the scenarios of both roles."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

testinfra_hosts = [f"podman://{name}" for name in ("debian11", "debian12", "debian13", "limited")]


SCENARIO = os.environ["MOLECULE_SCENARIO_NAME"]

WRITTEN = {"swappiness": "/etc/sysctl.d/90-fleet-memory.conf", "swap": "/swapfile"}[SCENARIO]
"""What the role would have written."""


@pytest.fixture
def answers(host: Any) -> dict[str, Any]:
    kept = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"], f"{SCENARIO}-{host.backend.name}.json")
    return json.loads(kept.read_text())


@pytest.mark.parametrize("call", ["asked", "told"])
def test_the_role_says_why_it_does_nothing(answers: dict[str, Any], call: str) -> None:
    answer = answers[call]
    assert "container" in answer["not_applicable"]
    assert (answer["changed"], answer["changes"], answer["diff"], answer["record"]) == (False, [], [], None)


def test_check_mode_says_the_same(answers: dict[str, Any]) -> None:
    assert answers["told"]["not_applicable"] == answers["asked"]["not_applicable"]


def test_nothing_is_written(host: Any, answers: dict[str, Any]) -> None:
    assert answers["after"] == answers["before"]
    assert not host.file("/var/lib/fleet-memory").exists
    assert not host.file(WRITTEN).exists
