# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs each tests/bench/*/bench_*.py in turn, or those whose path holds one of the words given."""

from __future__ import annotations

import pathlib
import subprocess
import sys


def main(words: list[str]) -> int:
    failed = 0
    for bench in sorted(pathlib.Path(__file__).parent.glob("*/bench_*.py")):
        if not words or any(word in str(bench) for word in words):
            print(f"\n== {bench.parent.name}/{bench.stem}", flush=True)
            failed |= subprocess.run([sys.executable, str(bench)], check=False).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
