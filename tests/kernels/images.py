# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guests' disk images. Each is made once, and again when what it is made from changes."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
CACHE = HERE.parents[1] / ".nox" / "guests"
NEEDED = ("mmdebstrap", "mke2fs", "mkswap", "qemu-system-x86_64", "ssh", "ssh-keygen")


def missing() -> str | None:
    """Why no guest can run here; None where one can."""
    if platform.machine() != "x86_64":
        return f"the guests are x86-64 machines, and this is {platform.machine()}"
    if os.geteuid() != 0:
        return "only root can make the guests' file systems"
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    absent = [command for command in NEEDED if not shutil.which(command, path=path)]
    return f"not installed: {', '.join(absent)}" if absent else None


def recipe(suite: str) -> str:
    """Changes with what the image is made from."""
    parts = [HERE / "image.sh", HERE / "customise.sh", *sorted(filter(Path.is_file, (HERE / "guest").rglob("*")))]
    mirror = os.environ.get("FLEET_MEMORY_MIRROR", "")
    digest = hashlib.sha256(f"{suite} {mirror}".encode())
    for part in parts:
        digest.update(f"\0{part.relative_to(HERE)}\0".encode() + part.read_bytes())
    return digest.hexdigest()[:12]


def image(suite: str) -> Path:
    """The folder with the suite's disk, kernel, initrd and key."""
    folder = CACHE / f"{suite}-{recipe(suite)}"
    if folder.exists():
        return folder
    CACHE.mkdir(parents=True, exist_ok=True)
    for stale in CACHE.glob(f"{suite}-*"):
        shutil.rmtree(stale)
    built = subprocess.run(
        ["sh", HERE / "image.sh", suite, folder], stdout=-1, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert built.returncode == 0, f"image.sh {suite} failed:\n{built.stdout[-4000:]}"
    return folder
