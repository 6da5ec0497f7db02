# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes this checkout the collection fleet.memory of the environment whose Python runs this file.

Ansible looks in its environment's own ``ansible_collections`` without being told, so the environment's commands find
the collection from any folder.
"""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent


def link_below(folder: Path) -> None:
    """``folder``/ansible_collections/fleet/memory leads to this checkout."""
    link = folder / "ansible_collections" / "fleet" / "memory"
    link.parent.mkdir(parents=True, exist_ok=True)
    if link.is_symlink():
        link.unlink()
    link.symlink_to(CHECKOUT, target_is_directory=True)


if __name__ == "__main__":
    link_below(Path(sys.argv[1] if len(sys.argv) > 1 else sysconfig.get_path("purelib")))
