# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts that a test writes by hand."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Dict, Optional

from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Files


def hand_made(root: Path, files: Dict[str, str], links: Optional[Dict[str, str]] = None) -> Files:
    """A host below ``root`` with these files, by their paths on the host, and these symbolic links."""
    for path, content in files.items():
        place = root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(os.fsencode(content))
    for path, target in (links or {}).items():
        place = root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        os.symlink(target, place)
    return Files(str(root))
