# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs in the guest, by its Python: the module, in a process of its own each time, and a witness before and after.

The test fills ABOUT in: the arguments of each run, the witness's shell commands, and a zip file with the module.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile
import traceback

ABOUT = {}


def run(module, basic, arguments):
    """What the module printed."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.dup2(write, 1)
            basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode("ascii")
            basic._ANSIBLE_PROFILE = "legacy"
            module.main()
        except SystemExit:
            sys.stdout.flush()
        except Exception:
            traceback.print_exc()
        finally:
            os._exit(0)
    os.close(write)
    with open(read) as printed:
        text = printed.read()
    os.waitpid(child, 0)
    result = json.loads(text)
    result.pop("invocation", None)
    return result


def look():
    command = ["sh", "-c", ABOUT["witness"]]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()


with tempfile.NamedTemporaryFile(suffix=".zip") as archive:
    archive.write(base64.b64decode(ABOUT["zip"]))
    archive.flush()
    sys.path.insert(0, archive.name)
    from ansible.module_utils import basic
    from ansible_collections.fleet.memory.plugins.modules import lab

    looks, results = [look()], []
    for arguments in ABOUT["asked"]:
        results.append(run(lab, basic, arguments))
        looks.append(look())
print(json.dumps({"results": results, "looks": looks}))
