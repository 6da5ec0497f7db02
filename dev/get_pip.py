# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Puts pip into an empty virtual environment, for ansible-test.

ansible-test fetches a script of this name from a site of its own. This one needs nothing but the package index: the
session `sanity` lays it where ansible-test keeps the fetched one. Its arguments are those of `pip install`.
"""

from __future__ import annotations

import subprocess
import sys

if __name__ == "__main__":
    # As processes of their own: within this one, ensurepip would switch off pip's configuration for good.
    subprocess.check_call([sys.executable, "-m", "ensurepip"], stdout=subprocess.DEVNULL)
    options = [option for option in sys.argv[1:] if option not in ("--no-setuptools", "--no-wheel")]
    subprocess.check_call([sys.executable, "-m", "pip", "install", *options])
