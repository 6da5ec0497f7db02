# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The snapshot of this machine as a host would give it: through Ansible, and against its own documentation."""

from __future__ import annotations

import base64
import json
import subprocess
import zlib
from pathlib import Path

import jsonschema
import pytest
from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Files
from ansible_collections.fleet.memory.plugins.module_utils._scan.process_memory import Wanted
from ansible_collections.fleet.memory.plugins.module_utils._scan.snapshot import take_snapshot

from tests.support.live import through_ansible
from tests.support.return_doc import assert_documented

SCHEMA = Path(__file__).resolve().parents[3] / "docs" / "schemas" / "snapshot-1.schema.json"


@pytest.fixture(scope="module")
def snapshot() -> dict:
    return through_ansible("snapshot")


def test_it_is_what_the_schema_says(snapshot: dict) -> None:
    jsonschema.validate(snapshot, json.loads(SCHEMA.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("section", "module"),
    [
        ("memory", "memory_info"),
        ("processes", "process_memory_info"),
        ("limits", "memory_limits_info"),
        ("paging", "paging_info"),
        ("oom", "oom_info"),
    ],
)
def test_each_section_is_what_its_module_documents(snapshot: dict, section: str, module: str) -> None:
    assert_documented(snapshot[section], module)


def test_the_snapshot_documents_itself(snapshot: dict) -> None:
    assert_documented(snapshot, "snapshot")


def test_it_says_what_it_cost(snapshot: dict) -> None:
    cost = snapshot["cost"]
    assert 0 < cost["wall_seconds"] < 30 and 0 < cost["cpu_seconds"] < 30
    assert cost["peak_rss_bytes"] > 5 << 20
    assert cost["snapshot_bytes"] > 10_000


def test_packed_is_the_same_document() -> None:
    packed = through_ansible("snapshot", "-a", "packed=true pss=none")
    first = zlib.decompressobj()
    document = json.loads(first.decompress(base64.b64decode(packed["snapshot_zlib"])))
    document["processes"]["processes"] = json.loads(zlib.decompress(first.unused_data))
    jsonschema.validate(document, json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert packed["schema_version"] == document["schema_version"]
    assert document["processes"]["totals"]["pss_low_bytes"] == 0


def test_a_host_without_proc_gets_a_clear_answer(tmp_path: Path) -> None:
    from ansible_collections.fleet.memory.plugins.module_utils._records.unread import Unread

    with pytest.raises(Unread) as error:
        take_snapshot(Files(str(tmp_path)), Wanted(), paging_seconds=0.0)
    assert error.value.path.startswith("/proc")


def test_process_memory_info_documents_itself() -> None:
    result = through_ansible("process_memory_info", "-a", "group_by=unit cmdline=true top=3")
    assert_documented(result, "process_memory_info")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [("command='('", "command: expected a regular expression"), ("top=-1", "top: expected 0 or more, not -1")],
)
def test_a_wrong_option_gets_a_clear_answer(arguments: str, words: str) -> None:
    with pytest.raises(subprocess.CalledProcessError) as error:
        through_ansible("process_memory_info", "-a", arguments)
    assert words in error.value.stdout
