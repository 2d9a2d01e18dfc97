"""The peers' side of single kernels: products of matrices in PyTorch and NumPy, convolutions in PyTorch."""
import numpy
import torch
from torch.nn import functional as F

# height and width, channels, filters of the five convolutions of (d), 3x3, on batches of 128
CONVOLUTIONS = [(28, 1, 32), (26, 32, 32), (12, 32, 64), (10, 64, 64), (4, 64, 64)]


def torch_product(m, k, n):
    a, b, c = torch.rand(m, k), torch.rand(k, n), torch.empty(m, n)
    return lambda: torch.mm(a, b, out=c)


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
    "i-64x784x16": products(64, 784, 16),
    "i-64x784x128": products(64, 784, 128),
    "i-128x4102x100": products(128, 4102, 100),
    "i-1024x1024x1024": products(1024, 1024, 1024),
    "i-convolutions": {"plain": lambda: convolutions(torch.contiguous_format),
                       "last": lambda: convolutions(torch.channels_last)},
}
