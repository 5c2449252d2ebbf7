#!/usr/bin/env bash
# The programs that checks of the manifests and of the reference need, by their ordinary clients,
# once, outside the tree. What cannot be installed here is said, and its checks are skipped.
set -uo pipefail

KUSTOMIZE=v5.7.1
CHECKOV=3.3.30
GRPCURL=v1.9.3
MODELS=(keda@2.0.0 cloudnative-pg@2.0.0 strimzi-kafka-operator@1.0.1 cert-manager@6.0.0
        external-secrets@2.0.0 prometheus-operator@6.0.0)

tools="${XDG_CACHE_HOME:-$HOME/.cache}/entrepot/tools"
mkdir -p "$tools/bin"
missing=0

# once NAME VERSION CLIENT COMMAND...: unless this version is there already.
once() {
    local name=$1 version=$2 client=$3; shift 3
    [ "$(cat "$tools/$name.version" 2>/dev/null)" = "$version" ] && return
    if ! command -v "$client" >/dev/null; then
        echo "$name is not installed: it takes $client"; missing=1; return
    fi
    echo "installing $name $version"
    if "$@" >"$tools/$name.log" 2>&1; then
        echo "$version" >"$tools/$name.version"
    else
        echo "$name could not be installed:"; tail -5 "$tools/$name.log"; missing=1
    fi
}

once kustomize "$KUSTOMIZE" go \
    env GOBIN="$tools/bin" go install "sigs.k8s.io/kustomize/kustomize/v5@$KUSTOMIZE" &
once grpcurl "$GRPCURL" go \
    env GOBIN="$tools/bin" go install "github.com/fullstorydev/grpcurl/cmd/grpcurl@$GRPCURL" &
once models "${MODELS[*]}" npm \
    npm install --prefix "$tools/models" --no-save --no-audit --no-fund --omit=dev \
    "${MODELS[@]/#/@kubernetes-models/}" &
once checkov "$CHECKOV" uv \
    env UV_TOOL_DIR="$tools/uv" UV_TOOL_BIN_DIR="$tools/bin" uv tool install "checkov==$CHECKOV" &
for job in $(jobs -p); do wait "$job"; done

for file in bin/kustomize bin/grpcurl models/node_modules bin/checkov; do
    [ -e "$tools/$file" ] || missing=1
done
exit $missing
