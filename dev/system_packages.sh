#!/bin/sh
# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Installs what the tests need from the system, on Debian and its kin as root or with sudo; elsewhere names what is
# missing. `system_packages.sh venv` sees to Python's own venv only.
set -eu

# Debian's package, and the command that shows that it is there.
needed='
podman podman
runc runc
crun crun
uidmap newuidmap
netavark netavark
aardvark-dns aardvark-dns
iptables iptables
iproute2 ip
openssh-client ssh
mmdebstrap mmdebstrap
qemu-system-x86 qemu-system-x86_64
e2fsprogs mke2fs
fuse-overlayfs fuse-overlayfs
procps ps
util-linux prlimit
shellcheck shellcheck
smem smem
chromium chromium
gcc gcc
libc6-dev /usr/include/stdlib.h
'
[ "${1:-}" != venv ] || needed='python3-venv /nonexistent'

# Helpers of podman, and root's commands for an ordinary user.
PATH=$PATH:/usr/sbin:/sbin:/usr/lib/podman:/usr/libexec/podman

missing=$(echo "$needed" | while read -r package witness; do
    [ -z "$package" ] || command -v "$witness" >/dev/null 2>&1 || [ -e "$witness" ] || printf '%s ' "$package"
done)
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif sudo -n true 2>/dev/null; then
    as_root='sudo -n'
else
    as_root=no
fi

if ! command -v apt-get >/dev/null 2>&1 || [ "$as_root" = no ]; then
    echo "fleet.memory: missing on this machine (Debian's package names): $missing" >&2
    exit 1
fi

echo "fleet.memory: installing $missing"
$as_root apt-get -qq update
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y install --no-install-recommends $missing >/dev/null
