#!/usr/bin/env bash
# Builds the image as root with Debian's own packages: no engine, no daemon, and no registry, as the
# base is made from Debian's archive. Certificates in the folder CERTIFICATES are trusted in it.
#   apt-get install buildah mmdebstrap && deploy/image/build.sh
set -euo pipefail
cd "$(dirname "$0")/../.."

suite=trixie
tag=${TAG:-entrepot:local}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export BUILDAH_ISOLATION=chroot STORAGE_DRIVER=${STORAGE_DRIVER:-vfs}

mmdebstrap --variant=minbase --include=ca-certificates "$suite" "$work/base.tar"
base=$(buildah from scratch)
buildah add --quiet "$base" "$work/base.tar" /
if [ -n "${CERTIFICATES:-}" ]; then
    buildah copy --quiet "$base" "$CERTIFICATES" /usr/local/share/ca-certificates/
    buildah run "$base" -- update-ca-certificates
fi
buildah commit --quiet --rm "$base" "localhost/debian:$suite"

# What is committed, and nothing that lies about beside it.
mkdir "$work/source"
git archive HEAD | tar -x -C "$work/source"
buildah bud --network host --build-arg BASE="localhost/debian:$suite" \
    --build-arg REVISION="$(git rev-parse HEAD)" \
    --file "$work/source/deploy/image/Containerfile" --tag "$tag" "$work/source"

started=$(buildah from --pull-never "$tag")
# The fake is all six services; it lasts until it is ended.
buildah run "$started" -- sh -c 'timeout 10 entrepot fake --listen 127.0.0.1:0; test $? = 124'
buildah run "$started" -- test -s /opt/entrepot/sbom.cdx.json
buildah rm "$started" >/dev/null
echo "built and started: $tag"
