"""A whole process: reads a file of separated values. Argument: the file. Prints the resident memory then held, in MB of 10^6
bytes."""
import gc
import sys

import pandas

frame = pandas.read_csv(sys.argv[1])
gc.collect()
with open("/proc/self/status") as status:
    held = next(line for line in status if line.startswith("VmRSS:"))
print(int(held.split()[1]) * 1024 / 1e6)
