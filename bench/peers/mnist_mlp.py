"""An MLP 784-16-32-10 in PyTorch: one line of JSON for each epoch asked for on standard input."""
import gzip
import json
import os
import sys
import time

import numpy
import torch

folder, threads = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(threads)
torch.manual_seed(1)


def read(name, skip):
    for path, opener in ((name, open), (name + ".gz", gzip.open)):
        full = os.path.join(folder, path)
        if os.path.exists(full):
            with opener(full, "rb") as file:
                return numpy.frombuffer(file.read(), numpy.uint8, offset=skip)
    raise SystemExit(f"{name} is not in {folder}")


features = torch.from_numpy(read("train-images-idx3-ubyte", 16).reshape(-1, 784).astype(numpy.float32) / 255)
labels = torch.from_numpy(read("train-labels-idx1-ubyte", 8).astype(numpy.int64))
model = torch.nn.Sequential(
    torch.nn.Linear(784, 16), torch.nn.ReLU(), torch.nn.Dropout(0.2),
    torch.nn.Linear(16, 32), torch.nn.ReLU(), torch.nn.Dropout(0.2),
    torch.nn.Linear(32, 10))
optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3, alpha=0.9, eps=1e-7)
loss = torch.nn.CrossEntropyLoss()
blas = next((line.strip() for line in torch.__config__.show().splitlines() if "BLAS_INFO" in line), "")
with open("/proc/self/maps") as maps:
    library = next((line.split()[-1] for line in maps if "blas" in line), "unknown")
print(json.dumps({"torch": torch.__version__, "blas": library, "threads": torch.get_num_threads()}), flush=True)

for line in sys.stdin:
    batch = int(line)
    start = time.perf_counter()
    order = torch.randperm(len(labels))
    total, right = 0.0, 0
    for i in range(0, len(labels), batch):
        rows = order[i:i + batch]
        x, y = features[rows], labels[rows]
        optimizer.zero_grad(set_to_none=True)
        output = model(x)
        value = loss(output, y)
        value.backward()
        optimizer.step()
        total += value.item() * len(rows)
        right += (output.argmax(1) == y).sum().item()
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "loss": total / len(labels), "accuracy": right / len(labels)}), flush=True)
