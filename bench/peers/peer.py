"""The peers' side of the benchmark: takes one request a line, as JSON, on standard input, and answers each with one line.

  {"forms": workload}                                    the names of the forms that the workload has
  {"workload": w, "form": f, "repeats": n}               the seconds that so many steps took; made at the first request
  {"drop": workload}                                     forgets what was made for it
The first line that it writes says what it is: versions, BLAS, threads.
"""
import ctypes
import gc
import importlib.metadata
import json
import platform
import sys
import time

import numpy
import sklearn
import torch

import course
import learners
import predicting
import products
import tables
import training
import transformers

WORKLOADS = {**training.WORKLOADS, **predicting.WORKLOADS, **products.WORKLOADS, **learners.WORKLOADS, **tables.WORKLOADS,
             **transformers.WORKLOADS, **course.WORKLOADS}


def blas():
    """The library of linear algebra that this process has loaded, and the processor that it takes this one for."""
    with open("/proc/self/maps") as maps:
        files = {line.split()[-1] for line in maps if "blas" in line and ".so" in line}
    for file in sorted(files):
        if "openblas" in file.rsplit("/", 1)[-1]:
            library = ctypes.CDLL(file)
            library.openblas_get_config.restype = library.openblas_get_corename.restype = ctypes.c_char_p
            version = " ".join(library.openblas_get_config().decode().split()[:2])
            return version, library.openblas_get_corename().decode()
    return ", ".join(sorted(files)) or "none", ""


def version(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "none"


def about():
    library, core = blas()
    return {"python": platform.python_version(), "torch": torch.__version__, "sklearn": sklearn.__version__,
            "numpy": numpy.__version__, "pandas": version("pandas"), "blas": library, "core": core, "threads": torch.get_num_threads(),
            "onednn": torch.backends.mkldnn.is_available()}


def timed(step, repeats):
    start = time.perf_counter()
    for _ in range(repeats):
        step()
    return time.perf_counter() - start


def main():
    torch.set_num_threads(int(sys.argv[1]))
    print(json.dumps(about()), flush=True)
    steps = {}
    gc.disable()  # as timeit does
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if "forms" in request:
                answer = {"forms": list(WORKLOADS[request["forms"]])}
            elif "drop" in request:
                steps = {key: step for key, step in steps.items() if key[0] != request["drop"]}
                gc.collect()
                answer = {}
            else:
                key = request["workload"], request["form"]
                if key not in steps:
                    steps[key] = WORKLOADS[key[0]][key[1]]()
                answer = {"seconds": timed(steps[key], request["repeats"])}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


main()
