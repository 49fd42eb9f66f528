#!/usr/bin/env bash
# Runs a program in the folder that is an image's root, as a container of `docker run --read-only` would: process 1 of
# its own, everything mounted to read only, no privilege to gain; on the network of this machine. As root.
#
#     unshare --mount --pid --fork --kill-child test/image/run-in-root.sh ROOT USER:GROUP [SOURCE:TARGET:ro|rw]... -- PROGRAM...
set -euo pipefail
root=$1 user=$2
shift 2
mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null zero random urandom; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
while [ "$1" != -- ]; do
  IFS=: read -r source target mode <<<"$1"
  mount --bind "$source" "$root$target"
  mount -o "remount,bind,$mode" "$root$target"
  shift
done
shift
mount -o remount,bind,ro "$root"
exec setpriv --no-new-privs chroot --userspec="$user" --groups= "$root" "$@"
