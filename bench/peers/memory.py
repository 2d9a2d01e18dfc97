"""A whole process: 20 steps of (d). Arguments: threads, form. Prints the peak of resident memory in MB of 10^6 bytes."""
import sys

import torch

import training

torch.set_num_threads(int(sys.argv[1]))
step = training.WORKLOADS["d"][sys.argv[2]]()
for _ in range(20):
    step()
with open("/proc/self/status") as status:
    peak = next(line for line in status if line.startswith("VmHWM:"))
print(int(peak.split()[1]) * 1024 / 1e6)
