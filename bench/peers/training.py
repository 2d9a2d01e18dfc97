"""PyTorch's side of the training workloads: the same models, batches and optimizers as ours, each in several forms of
which the fastest counts.

  plain       what a tutorial shows: zero_grad, forward, backward, step
  none        the same, with gradients set to none instead of filled with zeros
  foreach     none, and the optimizer goes over all parameters at once
  ... script  the model and its loss as one scripted function; trace: as one traced function
  ... last    images and kernels channels-last

Optimizers have our options: Adam(1e-3, eps 1e-7), RMSprop(1e-3, alpha 0.9, eps 1e-7). Losses are the fused ones, from
logits. No form reads the loss.
"""
import itertools

import torch
from torch import nn
from torch.nn import functional as F

BATCHES = 16


class Objective(nn.Module):
    """A model and its loss, as one function of a batch."""

    def __init__(self, model, loss):
        super().__init__()
        self.model = model
        self.loss = loss

    def forward(self, x, y):
        return self.loss(self.model(x), y)


class LastState(nn.Module):
    """A dense layer on the last state of an LSTM; x is [batch, time, features], or [time, batch, features]."""

    def __init__(self, features, units, outputs, batch_first):
        super().__init__()
        self.lstm = nn.LSTM(features, units, batch_first=batch_first)
        self.dense = nn.Linear(units, outputs)

    def forward(self, x):
        states, (last, cell) = self.lstm(x)
        return self.dense(last[0])


def adam(parameters, foreach):
    return torch.optim.Adam(parameters, lr=1e-3, eps=1e-7, foreach=foreach)


def rmsprop(parameters, foreach):
    return torch.optim.RMSprop(parameters, lr=1e-3, alpha=0.9, eps=1e-7, foreach=foreach)


def mlp_a():
    return nn.Sequential(nn.Linear(784, 16), nn.ReLU(), nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 10))


def mlp_b():
    return nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))


def table_c():
    return nn.Sequential(nn.Linear(4102, 100), nn.ReLU(), nn.Dropout(0.5), nn.Linear(100, 5))


def cnn_d():
    return nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3), nn.ReLU(), nn.Conv2d(64, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(64, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64, 10))


def autoencoder_g():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2, ceil_mode=True),
        nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(), nn.Upsample(scale_factor=2.0),
        nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(), nn.Upsample(scale_factor=2.0),
        nn.Conv2d(8, 16, 3), nn.ReLU(), nn.Upsample(scale_factor=2.0),
        nn.Conv2d(16, 1, 3, padding=1))


def classified(batch, classes, *shape):
    return [(torch.rand(batch, *shape), torch.randint(classes, (batch,))) for _ in range(BATCHES)]


def characters(batch_first):
    """128 windows of 40 characters, one-hot out of 57, and the character that follows."""
    batches = [(F.one_hot(torch.randint(57, (128, 40)), 57).float(), torch.randint(57, (128,))) for _ in range(BATCHES)]
    return batches if batch_first else [(x.transpose(0, 1).contiguous(), y) for x, y in batches]


def series(batch_first):
    """32 windows of 24 values, and the value that follows."""
    batches = [(torch.rand(32, 24, 1), torch.rand(32, 1)) for _ in range(BATCHES)]
    return batches if batch_first else [(x.transpose(0, 1).contiguous(), y) for x, y in batches]


def images():
    return [(x, x) for x in (torch.rand(128, 1, 28, 28) for _ in range(BATCHES))]


def training(model, batches, loss, optimizer, form):
    """One step of training, as a function without arguments."""
    torch.manual_seed(1)
    model, batches = model(), batches()
    if "last" in form:
        model = model.to(memory_format=torch.channels_last)
        batches = [tuple(t.to(memory_format=torch.channels_last) if t.dim() == 4 else t for t in b) for b in batches]
    objective = Objective(model, loss)
    if "script" in form:
        objective = torch.jit.script(objective)
    elif "trace" in form:
        objective = torch.jit.trace(objective, batches[0], check_trace=False)
    updates = optimizer(model.parameters(), foreach="foreach" in form)
    none = "plain" not in form
    turn = itertools.cycle(batches)

    def step():
        x, y = next(turn)
        updates.zero_grad(set_to_none=none)
        objective(x, y).backward()
        updates.step()

    return step


def epoch(form, rows=60_000, batch=64):
    """One epoch of (a) as a loop by hand: the rows of a batch indexed by a permutation, loss and accuracy summed as tensors
    and read once at the end. A loader of samples one by one takes many times as long."""
    torch.manual_seed(1)
    model = mlp_a()
    x, y = torch.rand(rows, 784), torch.randint(10, (rows,))
    if "script" in form:
        model = torch.jit.script(model)
    updates = rmsprop(model.parameters(), foreach="foreach" in form)
    none = "plain" not in form

    def step():
        loss_sum, right = torch.zeros(()), torch.zeros((), dtype=torch.int64)
        for indices in torch.randperm(rows).split(batch):
            features, labels = x[indices], y[indices]
            updates.zero_grad(set_to_none=none)
            outputs = model(features)
            loss = F.cross_entropy(outputs, labels)
            loss.backward()
            updates.step()
            loss_sum += loss.detach() * len(indices)
            right += (outputs.argmax(1) == labels).sum()
        return loss_sum.item() / rows, right.item() / rows

    return step


def sklearn_mlp():
    """What a user of scikit-learn would pick for (b): one partial_fit on a batch is one step of Adam."""
    import numpy
    from sklearn.neural_network import MLPClassifier
    random = numpy.random.default_rng(1)
    batches = [(random.random((128, 784), numpy.float32), random.integers(0, 10, 128)) for _ in range(BATCHES)]
    model = MLPClassifier((512, 512), alpha=0.0, batch_size=128, epsilon=1e-7)
    turn = itertools.cycle(batches)

    def step():
        model.partial_fit(*next(turn), classes=range(10))

    return step


def forms(model, batches, loss, optimizer, names):
    return {name: lambda name=name: training(model, batches, loss, optimizer, name) for name in names}


DENSE = ["plain", "none", "foreach", "foreach script", "foreach trace"]
IMAGES = ["plain", "none", "foreach", "plain last", "foreach last", "foreach script", "foreach trace",
          "foreach last script", "foreach last trace"]


def recurrent(features, units, outputs, batches, loss, optimizer):
    def ordered(batch_first, names, prefix=""):
        made = forms(lambda: LastState(features, units, outputs, batch_first), lambda: batches(batch_first), loss,
                     optimizer, names)
        return {prefix + name: step for name, step in made.items()}

    return {**ordered(True, DENSE), **ordered(False, DENSE[1:], "time first, ")}


WORKLOADS = {
    "a": forms(mlp_a, lambda: classified(64, 10, 784), F.cross_entropy, rmsprop, DENSE),
    "a-epoch": {name: lambda name=name: epoch(name) for name in DENSE[:-1]},
    "b": {**forms(mlp_b, lambda: classified(128, 10, 784), F.cross_entropy, adam, DENSE), "scikit-learn": sklearn_mlp},
    "c": forms(table_c, lambda: classified(32, 5, 4102), F.cross_entropy, adam, DENSE),
    "d": forms(cnn_d, lambda: classified(128, 10, 1, 28, 28), F.cross_entropy, adam, IMAGES),
    "e": recurrent(57, 128, 57, characters, F.cross_entropy, rmsprop),
    "f": recurrent(1, 50, 1, series, F.mse_loss, adam),
    "g": forms(autoencoder_g, images, F.binary_cross_entropy_with_logits, adam, IMAGES),
}
