# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The example pipelines are valid, and what the documentation calls by name exists."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.fleet.memory.plugins.action.report import ARGUMENTS
from ansible_collections.fleet.memory.plugins.plugin_utils._report.gate import Options
from ansible_collections.fleet.memory.plugins.plugin_utils._report.reports import NAMES

ROOT = Path(__file__).parents[3]

PIPELINES = {"github-actions.yml": ["vendor.github-workflows"], "gitlab-ci.yml": ["vendor.gitlab-ci"]}

GUIDES = ("roles/audit/README.md", "docs/compliance.md")
PAGES = ("README.md", *GUIDES, *(f"docs/pipelines/{name}" for name in PIPELINES))

VARIABLE = re.compile(r"memory_compliance_\w+")


def valid(pipeline: Path) -> bool:
    """By the official schema, which check-jsonschema brings along."""
    [schema] = PIPELINES[pipeline.name]
    transform = ["--data-transform", "gitlab-ci"] if schema == "vendor.gitlab-ci" else []
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *transform, str(pipeline)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("name", PIPELINES)
def test_a_pipeline_has_the_right_syntax(name: str) -> None:
    assert valid(ROOT / "docs" / "pipelines" / name)


@pytest.mark.parametrize(
    ("name", "right", "wrong"), [("github-actions.yml", "runs-on:", "runs-of:"), ("gitlab-ci.yml", "script:", "scrip:")]
)
def test_a_typing_error_would_be_seen(tmp_path: Path, name: str, right: str, wrong: str) -> None:
    text = (ROOT / "docs" / "pipelines" / name).read_text().replace(right, wrong)
    (tmp_path / name).write_text(text)
    assert not valid(tmp_path / name)


def defaults() -> dict[str, object]:
    return yaml.safe_load((ROOT / "roles/audit/defaults/main.yml").read_text())


def specified() -> set[str]:
    specs = yaml.safe_load((ROOT / "roles/audit/meta/argument_specs.yml").read_text())["argument_specs"]
    return {name for entry in specs.values() for name in entry["options"] if VARIABLE.fullmatch(name)}


@pytest.mark.parametrize("page", PAGES)
def test_every_variable_that_is_named_exists(page: str) -> None:
    named = set(VARIABLE.findall((ROOT / page).read_text()))
    assert named <= defaults().keys()


def test_every_variable_has_a_default_and_is_specified_and_explained() -> None:
    ours = {name for name in defaults() if VARIABLE.fullmatch(name)}
    assert ours == specified()
    for page in GUIDES:
        assert ours == set(VARIABLE.findall((ROOT / page).read_text()))


def test_the_role_and_the_gate_have_the_same_defaults() -> None:
    ours = {name.removeprefix("memory_compliance_"): value for name, value in defaults().items()}
    assert Options(*(ours[name] for name in ("fail_on", "min_coverage", "unknown_fails"))) == Options()


def test_all_files_are_made_by_default_and_are_explained() -> None:
    formats = str(defaults()["memory_compliance_formats"])
    text = (ROOT / "docs" / "compliance.md").read_text()
    for name, file in NAMES.items():
        assert f"'{name}'" in formats
        assert f"`{file}`" in text
    for name in ARGUMENTS["formats"]["choices"]:
        assert f"'{name}'" in formats
        assert f"`{name}`" in text
