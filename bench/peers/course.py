"""PyTorch's side of a course's further models: recurrent layers, a variational autoencoder, a GAN, batch normalization.

The GRU and the plain recurrent layer take the batches, options and forms of (e). The autoencoder and the GAN are steps as
tutorials write them, with the losses from logits; "foreach": one update over all parameters.
"""
import itertools

import torch
from torch import nn
from torch.nn import functional as F

import training

PIXELS, CODE, NOISE, BATCHES = 784, 2, 100, 16


class LastState(nn.Module):
    """A dense layer on the last state of a recurrent layer."""

    def __init__(self, layer, batch_first):
        super().__init__()
        self.layer = layer(57, 128, batch_first=batch_first)
        self.dense = nn.Linear(128, 57)

    def forward(self, x):
        states, last = self.layer(x)
        return self.dense(last[0])


def recurrent(layer):
    made = {}
    for batch_first, prefix in (True, ""), (False, "time first, "):
        forms = training.forms(lambda first=batch_first: LastState(layer, first), lambda first=batch_first: training.characters(first),
                               F.cross_entropy, training.rmsprop, training.DENSE)
        made.update({prefix + name: step for name, step in forms.items()})
    return made


def cnn_normalized():
    def block(channels, filters):
        return [nn.Conv2d(channels, filters, 3), nn.BatchNorm2d(filters, eps=1e-3, momentum=0.01), nn.ReLU()]

    return nn.Sequential(*block(1, 32), *block(32, 32), nn.MaxPool2d(2), *block(32, 64), *block(64, 64), nn.MaxPool2d(2),
                         *block(64, 64), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64, 10))


def dense(*units, between=nn.ReLU):
    layers = []
    for inputs, outputs in zip(units, units[1:]):
        layers += [nn.Linear(inputs, outputs), between()]
    return nn.Sequential(*layers[:-1])


def variational(form):
    torch.manual_seed(1)
    encoder, decoder = dense(PIXELS, 512, 256, 2 * CODE), dense(CODE, 256, 512, PIXELS)
    if "script" in form:
        encoder, decoder = torch.jit.script(encoder), torch.jit.script(decoder)
    updates = training.adam([*encoder.parameters(), *decoder.parameters()], foreach="foreach" in form)
    turn = itertools.cycle([torch.rand(128, PIXELS) for _ in range(BATCHES)])

    def step():
        x = next(turn)
        updates.zero_grad(set_to_none=True)
        mean, log_variance = encoder(x).chunk(2, 1)
        made = decoder(mean + torch.exp(log_variance / 2) * torch.randn_like(mean))
        reconstruction = F.binary_cross_entropy_with_logits(made, x) * PIXELS
        divergence = (mean ** 2 + log_variance.exp() - 1 - log_variance).sum(1).mean() / 2
        (reconstruction + divergence).backward()
        updates.step()

    return step


def gan(form):
    torch.manual_seed(1)

    def leaky():
        return nn.LeakyReLU(0.2)

    layers = []
    for inputs, outputs in (NOISE, 256), (256, 512), (512, 1024):
        layers += [nn.Linear(inputs, outputs), leaky(), nn.BatchNorm1d(outputs, eps=1e-3, momentum=0.2)]
    generator = nn.Sequential(*layers, nn.Linear(1024, PIXELS), nn.Tanh())
    discriminator = dense(PIXELS, 512, 256, 1, between=leaky)
    if "script" in form:
        generator, discriminator = torch.jit.script(generator), torch.jit.script(discriminator)
    own = [torch.optim.Adam(part.parameters(), lr=2e-4, betas=(0.5, 0.999), eps=1e-7, foreach="foreach" in form)
           for part in (discriminator, generator)]
    turn = itertools.cycle([torch.rand(64, PIXELS) for _ in range(BATCHES)])
    real, written = torch.ones(64, 1), torch.zeros(64, 1)
    loss = F.binary_cross_entropy_with_logits

    def step():
        x = next(turn)
        own[0].zero_grad(set_to_none=True)
        with torch.no_grad():
            made = generator(torch.randn(64, NOISE))
        ((loss(discriminator(x), real) + loss(discriminator(made), written)) / 2).backward()
        own[0].step()
        own[1].zero_grad(set_to_none=True)
        for parameter in discriminator.parameters():
            parameter.requires_grad_(False)
        loss(discriminator(generator(torch.randn(64, NOISE))), real).backward()
        for parameter in discriminator.parameters():
            parameter.requires_grad_(True)
        own[1].step()

    return step


STEPS = ["none", "foreach", "foreach script"]

WORKLOADS = {
    "o": recurrent(nn.GRU),
    "u": recurrent(nn.RNN),
    "q": {form: lambda form=form: variational(form) for form in STEPS},
    "r": {form: lambda form=form: gan(form) for form in STEPS},
    "s": training.forms(cnn_normalized, lambda: training.classified(128, 10, 1, 28, 28), F.cross_entropy, training.adam,
                        training.IMAGES),
}
