#!/bin/sh
# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Makes .venv: the pinned packages, and this checkout as its collection fleet.memory.
set -eu
cd "$(dirname "$0")/.."

die() {
    echo "fleet.memory: $*" >&2
    exit 1
}

# A name on PATH proves nothing (version managers put stand-ins there), so each one is run.
new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

candidates=${PYTHON:-python3.11 python3.12 python3.13 python3.14 python3}
python=
for candidate in $candidates; do
    if new_enough "$candidate"; then
        python=$candidate
        break
    fi
done
[ -n "$python" ] || die "needs Python 3.11 or newer, which none of these is: $candidates." \
    "Install one, or name it: make audit PYTHON=/path/to/python3.12"

if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    sh dev/system_packages.sh venv
fi

echo "fleet.memory: making .venv with $("$python" --version)"
"$python" -m venv --clear .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check \
    -r dev/requirements-audit.txt -r dev/requirements-nox.txt
.venv/bin/python dev/link_checkout.py
touch .venv/.ready
