# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PLUGINS = Path(__file__).resolve().parents[4] / "plugins"

LOAD = """
import importlib, sys
for library in ("sqlalchemy", "jmespath", "jsonschema"):
    sys.modules[library] = None  # importing it fails
importlib.import_module(sys.argv[1])
"""

NAMES = [
    ".".join(path.relative_to(PLUGINS).with_suffix("").parts)
    for folder in ("plugin_utils/_policy", "plugin_utils/_store", "plugin_utils/_diagnose")
    for path in sorted((PLUGINS / folder).glob("[a-z]*.py"))
] + ["action.audit", "action.diagnose", "action.lab", "action.lab_page"]


@pytest.mark.parametrize("name", NAMES)
def test_every_file_can_be_loaded_where_only_ansible_is_installed(name: str) -> None:
    module = f"ansible_collections.fleet.memory.plugins.{name}"
    subprocess.run([sys.executable, "-c", LOAD, module], check=True)
