# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Captured hosts (tests/fixtures, see MANIFEST.md there) as the scanner sees them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Files

_FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"


def copy_of(tree: str, tmp_path: Path) -> Path:
    """A copy of the tree ``tree``, for a test to spoil, with the links of its namespaces as they are on a host."""
    root = tmp_path / tree
    shutil.copytree(_FIXTURES / tree, root)
    if (root / "namespaces").is_file():
        folder = root / "proc/self/ns"
        folder.mkdir(parents=True)
        for target in (root / "namespaces").read_text().split():
            os.symlink(target, folder / target.split(":")[0])
    return root


def host(tree: str, tmp_path: Path) -> Files:
    return Files(str(copy_of(tree, tmp_path)))
