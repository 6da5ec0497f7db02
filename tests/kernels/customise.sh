#!/bin/sh
# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# customise.sh TREE IMAGE: mmdebstrap runs it when the packages are in. The kernel goes beside the image's key.
set -eu
tree=$1
image=$2
here=$(cd "$(dirname "$0")" && pwd)

cp -R "$here/guest/." "$tree"

chroot "$tree" groupadd --force database
chroot "$tree" useradd --create-home --shell /bin/bash --password '*' alice
chroot "$tree" useradd --create-home --shell /bin/bash --password '*' --groups database carol
for home in root home/alice home/carol; do
    mkdir -p "$tree/$home/.ssh"
    chmod 700 "$tree/$home/.ssh"
    cp "$image/key.pub" "$tree/$home/.ssh/authorized_keys"
    chown -R --reference="$tree/$home" "$tree/$home/.ssh"
done
chroot "$tree" systemctl --quiet enable network database worker@one worker@two login
# Waits for the disk, and the guest has no LVM to look at.
chroot "$tree" systemctl --quiet mask e2scrub_reap

# The newest kernel of the suite's own series that the archive really gives: one that is being retired lists some that
# it doesn't hold any more. Only the download runs out here, where apt knows this machine's archive.
export APT_CONFIG="${MMDEBSTRAP_APT_CONFIG:?}"
newest=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/.*Depends: *linux-image-//p')
series=$(echo "$newest" | cut -d. -f1,2)
cd "$tree/root"
for kernel in $(apt-cache pkgnames "linux-image-$series." | grep -- '[0-9]-cloud-amd64$' | sort -rV); do
    ! apt-get -qq download "$kernel" || break
done
chroot "$tree" sh -c 'dpkg --install /root/linux-image-*.deb'
rm linux-image-*.deb

cp "$tree"/boot/vmlinuz-* "$image/vmlinuz"
cp "$tree"/boot/initrd.img-* "$image/initrd"
rm "$tree"/boot/*
