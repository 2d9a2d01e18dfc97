#!/bin/sh
# Runs Paket with the package feed of this machine's NuGet configuration, so that no feed's address stands in the
# repository. The build calls it to restore; call it yourself to change dependencies: `build/paket.sh install`.
# Set NUGET_SOURCE to use another feed than the first enabled one.
set -eu

root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
dotnet=${DOTNET_HOST_PATH:-dotnet}

# Several projects restore at once; one Paket process at a time. An install takes no lock: it restores the projects itself,
# which come back here.
if [ "${1:-}" = restore ] && command -v flock >/dev/null 2>&1; then
    mkdir -p "$root/paket-files"
    exec 9>"$root/paket-files/paket.sh.lock"
    flock 9
fi

if [ -z "${NUGET_SOURCE:-}" ]; then
    NUGET_SOURCE=$("$dotnet" nuget list source --format short | sed -n 's/^E[A-Z]* //p' | head -n 1)
    if [ -z "$NUGET_SOURCE" ]; then
        echo "paket.sh: the NuGet configuration of this machine names no enabled package source." >&2
        echo "Add one with 'dotnet nuget add source', or set NUGET_SOURCE." >&2
        exit 1
    fi
    export NUGET_SOURCE
fi

(cd "$root" && "$dotnet" tool restore >/dev/null)

case "${1:-}" in
restore)
    # A build wants to hear of a restore only when it fails.
    output=$("$dotnet" paket "$@" 2>&1) || {
        printf '%s\n' "$output" >&2
        exit 1
    }
    ;;
install | update | add | remove)
    "$dotnet" paket "$@"
    sed -i.bak "s|remote: $NUGET_SOURCE\$|remote: %NUGET_SOURCE%|" "$root/paket.lock"
    # The cache knows the lock file by its hash, and would call every restore outdated.
    rm -f "$root/paket.lock.bak" "$root/paket-files/paket.restore.cached"
    ;;
*)
    "$dotnet" paket "$@"
    ;;
esac
