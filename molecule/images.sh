#!/bin/sh
# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Makes the containers' images, those that are missing: localhost/fleet-memory:SUITE.
#
# No registry is needed: mmdebstrap makes the base from Debian's archive. FLEET_MEMORY_BASE names a registry's base
# image instead, with SUITE where the suite goes: FLEET_MEMORY_BASE=docker.io/library/debian:SUITE-slim
set -eu
cd "$(dirname "$0")"

base_packages=python3,procps,systemd,systemd-sysv,dbus

for suite in bullseye bookworm trixie; do
    # An image lasts until what it is made from changes.
    recipe=$(cat Containerfile images.sh | sha256sum | cut -c1-12)-$(echo "${FLEET_MEMORY_BASE:-made here}" | cksum | cut -d' ' -f1)
    image=localhost/fleet-memory:$suite
    made_from=$(podman image inspect --format '{{ index .Labels "recipe" }}' "$image" 2>/dev/null || true)
    [ "$made_from" != "$recipe" ] || continue

    echo "molecule: making $image"
    if [ -n "${FLEET_MEMORY_BASE:-}" ]; then
        base=$(echo "$FLEET_MEMORY_BASE" | sed "s/SUITE/$suite/")
    else
        base=localhost/fleet-memory-base:$suite
        mmdebstrap --quiet --variant=minbase --include="$base_packages" "$suite" - | podman import --quiet - "$base"
    fi
    podman build --quiet --network host --build-arg "BASE=$base" --label "recipe=$recipe" --tag "$image" \
        --file Containerfile .
done
