#!/bin/sh
# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# image.sh SUITE FOLDER: makes a guest of that Debian suite with its own kernel. The folder, which appears when all is
# done, has disk.img, swap.img, vmlinuz, initrd and the key that opens the guest. Needs root.
#
# The archive is the one that this machine's mmdebstrap knows; FLEET_MEMORY_MIRROR names another one.
set -eu
suite=$1
here=$(cd "$(dirname "$0")" && pwd)
PATH=$PATH:/usr/sbin:/sbin

packages=python3,procps,systemd,systemd-sysv,libpam-systemd,dbus,sudo,openssh-server,iproute2,kmod,udev,linux-base,initramfs-tools

# Beside its final place: /tmp may be small, or in memory.
making=$(mktemp -d "$2.XXXXXX")
trap 'rm -rf "$making"' EXIT
image=$making/image
mkdir "$image"

ssh-keygen -q -t ed25519 -N '' -C fleet-memory-guest -f "$image/key"
mmdebstrap --quiet --variant=minbase --include="$packages" \
    --customize-hook="sh '$here/customise.sh' \"\$1\" '$image'" \
    "$suite" "$making/tree" ${FLEET_MEMORY_MIRROR:+"$FLEET_MEMORY_MIRROR"}

truncate -s 2G "$image/disk.img"
mke2fs -q -t ext4 -O ^has_journal -d "$making/tree" "$image/disk.img"
truncate -s 192M "$image/swap.img"
mkswap -q "$image/swap.img"
mv "$image" "$2"
