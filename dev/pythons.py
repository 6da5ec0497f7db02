# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Pythons of this machine, those on PATH and those that pyenv keeps beside it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

VERSIONS = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14")


def find() -> dict[str, Path]:
    """Minor version -> a Python that really starts. A version that this machine doesn't have is left out."""
    found = {version: _first_that_starts(version) for version in VERSIONS}
    return {version: path for version, path in found.items() if path}


def offer(folder: Path) -> list[str]:
    """Put a command python3.X for each Python found into ``folder``, and ``folder`` first on this process's PATH.

    Returns the versions, oldest first.

    Small scripts, no links: a Python that is started through a link believes that it lives beside the link.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found = find()
    for version, path in found.items():
        command = folder / f"python{version}"
        script = f'#!/bin/sh\nexec "{path}" "$@"\n'
        # Another nox may be using it.
        if not command.exists() or command.read_text() != script:
            command.write_text(script)
            command.chmod(0o755)
    os.environ["PATH"] = os.pathsep.join([str(folder), os.environ["PATH"]])
    return list(found)


def _first_that_starts(version: str) -> Path | None:
    name = f"python{version}"
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    folders = [*map(Path, os.environ["PATH"].split(os.pathsep)), *sorted(pyenv.glob(f"versions/{version}.*/bin"))]
    for path in (folder / name for folder in folders if (folder / name).exists()):
        # A version manager's stand-in on PATH may exist and refuse to start; a real one tells where it lives.
        answer = subprocess.run(
            [path, "-c", "import sys; print(sys.executable)"], capture_output=True, text=True, check=False
        )
        if answer.returncode == 0:
            return Path(answer.stdout.strip())
    return None
