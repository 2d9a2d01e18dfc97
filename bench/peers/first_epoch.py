"""A whole process: the first epoch of (a) on samples of two files. Arguments: threads, form, features, labels."""
import sys

import numpy
import torch
from torch.nn import functional as F

import training

threads, form, x, y = sys.argv[1:]
torch.set_num_threads(int(threads))
torch.manual_seed(1)
features, labels = torch.from_numpy(numpy.load(x)), torch.from_numpy(numpy.load(y)).long()
model = training.mlp_a()
optimizer = training.rmsprop(model.parameters(), foreach=False)


def indexed():
    order = torch.randperm(len(labels))
    for rows in order.split(64):
        yield features[rows], labels[rows]


def batches():
    if form == "indexed":
        return indexed()
    data = torch.utils.data.TensorDataset(features, labels)
    return torch.utils.data.DataLoader(data, batch_size=64, shuffle=True)


for inputs, classes in batches():
    optimizer.zero_grad(set_to_none=True)
    F.cross_entropy(model(inputs), classes).backward()
    optimizer.step()
