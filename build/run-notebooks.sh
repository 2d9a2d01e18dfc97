#!/usr/bin/env bash
# Runs the notebooks of examples/notebooks top to bottom: in Jupyter, with .NET's kernel, where both can be had, and else their cells,
# one after the other, in dotnet fsi. A cell that fails, and a notebook that shows no chart, are errors.
set -euo pipefail
cd "$(dirname "$0")/.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
libraries=src/Charts/bin/Release/net10.0

# The kernel brings along an FSharp.Core older than the one that the libraries are built with.
install_kernel() {
    command -v jupyter >/dev/null || return 1
    dotnet tool install --tool-path "$scratch/kernel" Microsoft.dotnet-interactive >/dev/null || return 1
    find "$scratch/kernel/.store" -path "*/tools/*/any/FSharp.Core.dll" -exec cp "$libraries/FSharp.Core.dll" {} \;
    export PATH="$scratch/kernel:$PATH" JUPYTER_PATH="$scratch/jupyter:${JUPYTER_PATH:-}"
    mkdir -p "$scratch/jupyter/kernels"
    dotnet-interactive jupyter install --path "$scratch/jupyter/kernels" >/dev/null
}

in_jupyter() {
    jupyter nbconvert --to notebook --execute --output-dir "$scratch" --output ran "$1" || return 1
    echo "$(grep -c '"cell_type": "code"' "$scratch/ran.ipynb") cells, $(grep -c 'functional-chart-.*class=' "$scratch/ran.ipynb") charts"
    grep -q "functional-chart-" "$scratch/ran.ipynb"
}

in_fsi() {
    dotnet fsi build/notebook-cells.fsx "$1" >"$scratch/cells" || return 1
    (cd "$(dirname "$1")" && dotnet fsi --nologo <"$scratch/cells") >"$scratch/output" 2>&1 || true
    if grep -q "Stopped due to error" "$scratch/output"; then
        cat "$scratch/output"
        return 1
    fi
    echo "$(grep -c "^;;" "$scratch/cells") cells, $(grep -c "val it: Figure" "$scratch/output") charts"
    grep -q "val it: Figure" "$scratch/output"
}

if install_kernel; then way=in_jupyter; else way=in_fsi; fi

for notebook in examples/notebooks/*.ipynb; do
    echo "-- $notebook ($way)"
    $way "$notebook" || { echo "FAILED: $notebook" >&2; exit 1; }
done
