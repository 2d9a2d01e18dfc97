"""PyTorch's side of the GPU benchmark: takes one request a line, as JSON, on standard input, and answers each with one line.

  {"forms": workload}                          the names of the forms that the workload has here
  {"workload": w, "form": f, "repeats": n}     the seconds that so many steps took, the device's work included
  {"drop": workload}                           forgets what was made for it
The first line that it writes says what it is: versions and card. Arguments: --device cuda|cpu, --tiny (sizes for a
rehearsal), --compile (torch.compile too).

  eager          what a tutorial shows: gradients set to none, forward, backward, Adam as it is by default
  eager fused    the same with the optimizer's fused kernels
  graph          the whole step, fused optimizer included, captured as one CUDA graph and replayed
  compile        the model and its loss by torch.compile, with the fused optimizer
  compile graph  the same, captured as one CUDA graph
  ... last       images and kernels channels-last

Optimizers have our options: Adam(1e-3, eps 1e-7), RMSprop(1e-3, alpha 0.9, eps 1e-7). Batches lie on the device. No form
reads the loss. Each precision sets its own switches: float32 leaves them as PyTorch has them, tf32 allows it in products,
bfloat16 is autocast over float32 parameters.
"""
import contextlib
import faulthandler
import gc
import itertools
import json
import platform
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

BATCHES = 4
DEVICE = torch.device(sys.argv[sys.argv.index("--device") + 1] if "--device" in sys.argv else "cuda")
CUDA = DEVICE.type == "cuda"
TINY = "--tiny" in sys.argv
COMPILE = "--compile" in sys.argv and hasattr(torch, "compile")


class Objective(nn.Module):
    """A model and its loss, as one function of a batch."""

    def __init__(self, model, precision):
        super().__init__()
        self.model = model
        self.half = precision == "bfloat16"

    def forward(self, x, y):
        with autocast(self.half):
            return F.cross_entropy(self.model(x).float(), y)


class LastState(nn.Module):
    """A dense layer on the last state of an LSTM over [batch, time, features]."""

    def __init__(self, features, units):
        super().__init__()
        self.lstm = nn.LSTM(features, units, batch_first=True)
        self.dense = nn.Linear(units, features)

    def forward(self, x):
        states, (last, cell) = self.lstm(x)
        return self.dense(last[0])


class Encoder(nn.Module):
    """Post-norm blocks over [batch, time, width]; the mean of the steps is classified."""

    def __init__(self, blocks, width, heads):
        super().__init__()
        block = nn.TransformerEncoderLayer(width, heads, 4 * width, dropout=0.0, batch_first=True)
        self.blocks = nn.TransformerEncoder(block, blocks, enable_nested_tensor=False)
        self.dense = nn.Linear(width, 10)

    def forward(self, x):
        return self.dense(self.blocks(x).mean(1))


def autocast(half):
    if not half:
        return contextlib.nullcontext()
    return torch.autocast(DEVICE.type, torch.bfloat16, cache_enabled=False)


def mlp():
    return nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))


def cnn():
    return nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3), nn.ReLU(), nn.Conv2d(64, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(64, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64, 10))


def classified(batch, *shape):
    return [(torch.rand(batch, *shape, device=DEVICE), torch.randint(10, (batch,), device=DEVICE)) for _ in range(BATCHES)]


def characters(batch, length):
    """Windows of one-hot characters out of 57, and the character that follows."""
    ids = lambda *shape: torch.randint(57, shape, device=DEVICE)
    return [(F.one_hot(ids(batch, length), 57).float(), ids(batch)) for _ in range(BATCHES)]


def optimizer(kind, parameters, form):
    options = {"lr": 1e-3, "eps": 1e-7}
    if "graph" in form and CUDA:
        options["capturable"] = True
    if kind == "rmsprop":
        return torch.optim.RMSprop(parameters, alpha=0.9, foreach=form != "eager" or None, **options)
    if CUDA and form not in ("eager", "eager last"):
        options["fused"] = True
    return torch.optim.Adam(parameters, **options)


@contextlib.contextmanager
def switches(precision):
    """The switches of a precision, for the time of some steps."""
    before = torch.backends.cuda.matmul.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
    try:
        yield
    finally:
        torch.backends.cuda.matmul.allow_tf32 = before


def captured(step, x, y):
    """The step as a CUDA graph over a batch in memory of its own; on a CPU it just runs."""
    if not CUDA:
        return step
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            step(x, y)
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step(x, y)

    def replay(next_x, next_y):
        x.copy_(next_x)
        y.copy_(next_y)
        graph.replay()

    replay.step = step  # the graph writes to the model's memory, which must live as long
    return replay


def training(model, batches, kind, precision, form):
    """Steps of training: a function of their number."""
    torch.manual_seed(1)
    batches = batches()
    model = model().to(DEVICE)
    if "last" in form:
        model = model.to(memory_format=torch.channels_last)
        batches = [(x.to(memory_format=torch.channels_last), y) for x, y in batches]
    objective = Objective(model, precision)
    if "compile" in form:
        objective = torch.compile(objective)
    updates = optimizer(kind, model.parameters(), form)

    def step(x, y):
        updates.zero_grad(set_to_none=True)
        objective(x, y).backward()
        updates.step()

    if "graph" in form:
        with switches(precision):
            step = captured(step, batches[0][0].clone(), batches[0][1].clone())
    turn = itertools.cycle(batches)

    def run(repeats):
        with switches(precision):
            for _ in range(repeats):
                step(*next(turn))

    return run


def product(n, precision):
    dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
    a, b = (torch.rand(n, n, device=DEVICE).to(dtype) for _ in range(2))

    def run(repeats):
        with switches(precision):
            for _ in range(repeats):
                torch.mm(a, b)

    return run


def forms(make, images=False, compiled=True):
    names = ["eager", "eager fused", "graph"] if CUDA else ["eager", "graph"]
    if images:
        names += ["eager last", "graph last"]
    if COMPILE and compiled:
        names += ["compile", "compile graph"]
    return {name: lambda name=name: make(name) for name in names}


def sized(full, tiny):
    return tiny if TINY else full


def workloads():
    made = {}
    for batch in (128, 8192):
        n = sized(batch, batch // 16)
        made[f"mlp-{batch}"] = forms(
            lambda form, n=n: training(mlp, lambda: classified(n, 784), "adam", "float32", form))
    for batch in (128, 2048):
        n = sized(batch, batch // 16)
        made[f"cnn-{batch}"] = forms(
            lambda form, n=n: training(cnn, lambda: classified(n, 1, 28, 28), "adam", "float32", form), images=True)
    made["lstm"] = forms(
        lambda form: training(lambda: LastState(57, 128), lambda: characters(sized(128, 8), sized(40, 5)), "rmsprop", "float32",
                              form), compiled=False)
    blocks, width, heads, length, batch = sized((6, 512, 8, 128, 64), (2, 32, 4, 8, 4))
    for precision in ("float32", "tf32", "bfloat16"):
        made[f"encoder-{precision}"] = forms(
            lambda form, precision=precision: training(
                lambda: Encoder(blocks, width, heads), lambda: classified(batch, length, width), "adam", precision, form))
        made[f"product-{precision}"] = {"eager": lambda precision=precision: product(sized(8192, 128), precision)}
    return made


def about():
    card = torch.cuda.get_device_name(0) if CUDA else "the processor"
    return {"python": platform.python_version(), "torch": torch.__version__, "card": card,
            "cuda": torch.version.cuda or "none", "cudnn": str(torch.backends.cudnn.version())}


def timed(run, repeats):
    if CUDA:
        torch.cuda.synchronize()
    start = time.perf_counter()
    run(repeats)
    if CUDA:
        torch.cuda.synchronize()
    return time.perf_counter() - start


def main():
    faulthandler.enable()
    known = workloads()
    print(json.dumps(about()), flush=True)
    made = {}
    gc.disable()  # as timeit does
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if "forms" in request:
                answer = {"forms": list(known[request["forms"]])}
            elif "drop" in request:
                made = {key: run for key, run in made.items() if key[0] != request["drop"]}
                gc.collect()
                answer = {}
            else:
                key = request["workload"], request["form"]
                if key not in made:
                    made[key] = known[key[0]][key[1]]()
                answer = {"seconds": timed(made[key], request["repeats"])}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"[:400]}
        print(json.dumps(answer), flush=True)


main()
