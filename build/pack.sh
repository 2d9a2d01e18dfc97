#!/bin/sh
# Makes the packages Functional, Functional.Kernels, Functional.Tables, Functional.Charts, Functional.Torch, Functional.Torch.Interop and
# Functional.CSharp, symbols included, in artifacts/packages or the folder given. They stay under 5 MB together.
set -eu

root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
folder=${1:-$root/artifacts/packages}
mkdir -p "$folder"
rm -f "$folder"/Functional*.nupkg

for project in Kernels/Functional.Kernels.csproj Functional.fsproj Tables/Functional.Tables.fsproj Charts/Functional.Charts.fsproj \
    Torch/Interop/Functional.Torch.Interop.csproj Torch/Functional.Torch.fsproj CSharpApi/Functional.CSharp.csproj; do
    dotnet pack -c Release -o "$folder" "$root/src/$project"
done

limit=5000000
size=$(cat "$folder"/Functional*.nupkg | wc -c)
ls -l "$folder"
echo "$size bytes of packages"
if [ "$size" -gt "$limit" ]; then
    echo "pack.sh: the packages take more than $limit bytes." >&2
    exit 1
fi
