#!/usr/bin/env bash
# Makes a stand-in for the image of Node that the Dockerfile starts from, where no registry of images is reached: Debian
# by debootstrap, Node and npm from npm's registry. As root, with buildah and debootstrap.
#
#     test/image/base.sh NAME MAJOR FOLDER    NAME: of the image. MAJOR: version of Node. FOLDER: empty, for work
set -euo pipefail
name=$1 major=$2 folder=$3
root=$folder/root

# The mirror that apt uses on this machine.
read -r mirror suite < <(
  apt-get indextargets --format '$(SITE) $(CODENAME)' 'Created-By: Packages' 'Origin: Debian' 2>/dev/null
) || true
timeout 600 debootstrap --variant=minbase "${suite:-bookworm}" "$root" "${mirror:-http://deb.debian.org/debian}" >/dev/null
rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*

timeout 300 npm install --silent --no-audit --no-fund --prefix "$folder/tools" "node@$major" npm@11
mkdir -p "$root"/usr/local/{bin,etc,lib/node_modules}
cp "$folder/tools/node_modules/node/bin/node" "$root/usr/local/bin/node"
cp -a "$folder/tools/node_modules/npm" "$root/usr/local/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
# How this machine reaches npm's registry.
echo "registry=$(npm config get registry)" >"$root/usr/local/etc/npmrc"
if [ -n "${NODE_EXTRA_CA_CERTS:-}" ]; then
  cp "$NODE_EXTRA_CA_CERTS" "$root/usr/local/etc/npm-ca.pem"
  echo 'cafile=/usr/local/etc/npm-ca.pem' >>"$root/usr/local/etc/npmrc"
fi

container=$(buildah from scratch)
buildah copy --quiet "$container" "$root" / >/dev/null
buildah config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
buildah commit --quiet "$container" "$name" >/dev/null
buildah rm "$container" >/dev/null
rm -rf "$root" "$folder/tools"
