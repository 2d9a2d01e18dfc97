"""The peers' side of single kernels: products of matrices in PyTorch and NumPy, convolutions in PyTorch."""
import numpy
import torch
from torch.nn import functional as F

# height and width, channels, filters of the five convolutions of (d), 3x3, on batches of 128
CONVOLUTIONS = [(28, 1, 32), (26, 32, 32), (12, 32, 64), (10, 64, 64), (4, 64, 64)]


# the products of small models: rows, sums, columns, and which factor is transposed
SHAPES = [
    "1024x1024x1024", "1024x1024x1024-at", "1024x1024x1024-bt", "64x784x16", "64x16x32", "64x32x10", "784x64x16-at",
    "16x64x32-at", "32x64x10-at", "128x784x512", "128x512x512", "128x512x10", "784x128x512-at", "512x128x512-at",
    "512x128x10-at", "128x512x512-bt", "128x10x512-bt", "32x4102x100", "4102x32x100-at", "128x4102x100",
    "4102x128x100-at", "128x57x512", "128x128x512", "128x512x128-bt", "5120x128x512", "128x5120x512-at", "32x50x200",
    "32x200x50-bt", "1x784x512", "1x784x512-bt"]


def torch_product(m, k, n, transposed=""):
    a = torch.rand(k, m).t() if transposed == "at" else torch.rand(m, k)
    b = torch.rand(n, k).t() if transposed == "bt" else torch.rand(k, n)
    c = torch.empty(m, n)
    return lambda: torch.mm(a, b, out=c)


def shaped(name):
    sizes, _, transposed = name.partition("-")
    return {"plain": lambda: torch_product(*map(int, sizes.split("x")), transposed)}


def numpy_product(m, k, n):
    a, b, c = (numpy.random.rand(*shape).astype(numpy.float32) for shape in ((m, k), (k, n), (m, n)))
    return lambda: numpy.dot(a, b, out=c)


def products(m, k, n):
    return {"plain": lambda: torch_product(m, k, n), "NumPy": lambda: numpy_product(m, k, n)}


def convolutions(layout):
    """All five forward, then their gradients with respect to the kernels and, but for the first, to the inputs."""
    cases = []
    for size, channels, filters in CONVOLUTIONS:
        x = torch.rand(128, channels, size, size).to(memory_format=layout)
        kernel = torch.rand(filters, channels, 3, 3).to(memory_format=layout)
        slope = torch.rand(128, filters, size - 2, size - 2).to(memory_format=layout)
        cases.append((x, kernel, slope, [channels > 1, True, False]))

    def step():
        for x, kernel, slope, wanted in cases:
            F.conv2d(x, kernel)
            torch.ops.aten.convolution_backward(
                slope, x, kernel, None, [1, 1], [0, 0], [1, 1], False, [0, 0], 1, wanted)

    return step


WORKLOADS = {
    **{f"p-{name}": shaped(name) for name in SHAPES},
    "i-64x784x16": products(64, 784, 16),
    "i-64x784x128": products(64, 784, 128),
    "i-128x4102x100": products(128, 4102, 100),
    "i-1024x1024x1024": products(1024, 1024, 1024),
    "i-convolutions": {"plain": lambda: convolutions(torch.contiguous_format),
                       "last": lambda: convolutions(torch.channels_last)},
}
