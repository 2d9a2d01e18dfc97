#!/usr/bin/env bash
# Everything that needs a GPU, in one run of a few minutes: what is there, the tests that need one, trainings beside the
# processor's, then the benchmark beside PyTorch on the same card.
#
#   bench/gpu.sh                          # publishes the programs, and runs them on cuda:0
#   bench/gpu.sh --device torch --tiny    # a rehearsal without a GPU, on libtorch's CPU
#
# --programs DIR   the published programs (by --publish DIR, which does that alone), where there is no .NET
# --budget S       seconds for the benchmark (300); --no-compile leaves torch.compile out; --only NAMES runs these workloads
# --out DIR        where logs and results go (gpu-results)
#
# It needs a Python with torch (FUNCTIONAL_PYTHON, or python3), whose libtorch we run on too; FUNCTIONAL_LIBTORCH names another.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
device=cuda:0 tiny= programs= publish= budget=300 compile=--compile only= out=gpu-results
while [ $# -gt 0 ]; do
    case $1 in
        --device) device=$2; shift ;;
        --tiny) tiny=--tiny ;;
        --programs) programs=$2; shift ;;
        --publish) publish=$2; shift ;;
        --budget) budget=$2; shift ;;
        --no-compile) compile= ;;
        --only) only="--only $2"; shift ;;
        --out) out=$2; shift ;;
        *) sed -n '2,13s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 2 ;;
    esac
    shift
done

# Both programs with their runtime, and without libtorch, which is the machine's.
publish() {
    local project
    for project in "$here/Gpu" "$here/../tests/Torch.Tests"; do
        dotnet publish "$project" -c Release -r linux-x64 --self-contained -p:Precompile=false -p:ErrorOnDuplicatePublishOutputFiles=false -o "$1" || return
    done
    rm -f "$1"/libtorch*.so* "$1"/libc10*.so* "$1"/libgomp-*.so* "$1"/*.pdb
    rm -rf "$1/runtimes"
}

if [ -n "$publish" ]; then
    publish "$publish"
    exit
fi
mkdir -p "$out"
if [ -z "$programs" ]; then
    programs=$out/programs
    publish "$programs" > "$out/publish.log" 2>&1 || { tail -n 20 "$out/publish.log"; exit 1; }
fi

python=${FUNCTIONAL_PYTHON:-python3}
export FUNCTIONAL_PYTHON=$python DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_gcServer=0 DOTNET_TieredPGO=1
if [ -z "${FUNCTIONAL_LIBTORCH:-}" ]; then
    FUNCTIONAL_LIBTORCH=$("$python" -c 'import os, torch; print(os.path.join(os.path.dirname(torch.__file__), "lib"))')
    export FUNCTIONAL_LIBTORCH
fi
if [ "$device" != torch ] && [ "$device" != cpu ]; then
    nvidia-smi --query-gpu=name,memory.total,driver_version --format=csv,noheader || exit 1
fi

status=0
step() {
    local name=$1 limit=$2 start=$SECONDS
    shift 2
    timeout "$limit" "$@" > "$out/$name.log" 2> "$out/$name.err"
    local result=$?
    echo "== $name: exit status $result, $((SECONDS - start)) s"
    [ $result -eq 0 ] || status=1
    return $result
}

step probe 60 "$programs/Functional.GpuBench" probe --device "$device"
cat "$out/probe.log"
# What torch.compile compiles is kept on disk: begun now, it is there when the benchmark comes to it.
if [ -n "$compile" ] && [ "$device" != torch ]; then
    for workload in mlp-128 mlp-8192 cnn-128 cnn-2048 encoder-float32 encoder-tf32 encoder-bfloat16; do
        printf '{"workload": "%s", "form": "compile", "repeats": 3}\n' $workload |
            timeout 150 "$python" "$programs/peer.py" --device cuda --compile > "$out/compile-$workload.log" 2>&1 &
    done
fi
for list in Cuda Torch.Plans Torch.Primitive Torch.Edge Torch.Random Torch.Training; do
    [ -x "$programs/Torch.Tests" ] || { echo "the tests are not there"; break; }
    # the processor's convolutions are in float32
    step "tests-$list" 60 env NVIDIA_TF32_OVERRIDE=0 FUNCTIONAL_DEVICE="$device" "$programs/Torch.Tests" --filter "$list" --no-spinner --colours 0
    grep "tests run" "$out/tests-$list.log" | tail -n 1
done
step check 60 "$programs/Functional.GpuBench" check --device "$device"
cat "$out/check.log"
wait
echo "== after $SECONDS s"
step bench $((budget + 90)) "$programs/Functional.GpuBench" bench --device "$device" $tiny $compile $only \
    --budget "$budget" --json "$out/bench.json"
cat "$out/bench.log"
exit $status
