"""PyTorch's side of the transformers: a training step of an encoder, and generation of tokens with a cache of keys and values.

Generation: plain keeps keys and values by concatenation, as tutorials do; preallocated writes them into memory that is there;
both without gradients, the others in inference mode. Tokens are drawn by torch.multinomial.
"""
import torch
from torch import nn
from torch.nn import functional as F

import training

WIDTH, INNER, HEADS, BLOCKS, LENGTH, BATCH, TOKENS, GENERATED = 256, 1024, 4, 4, 128, 16, 256, 200


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        block = nn.TransformerEncoderLayer(WIDTH, HEADS, INNER, dropout=0.0, batch_first=True)
        self.blocks = nn.TransformerEncoder(block, BLOCKS)
        self.dense = nn.Linear(WIDTH, 10)

    def forward(self, x):
        return self.dense(self.blocks(x).mean(1))


class Block(nn.Module):
    """A post-norm block of a decoder, for one position at a time."""

    def __init__(self):
        super().__init__()
        self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.up, self.down = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)
        self.first, self.second = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)

    def forward(self, x, cache, position):
        q, k, v = self.qkv(x).view(3, HEADS, 1, WIDTH // HEADS)
        if isinstance(cache[0], list):
            keys, values = cache[0], cache[1]
            keys[:] = [torch.cat(keys + [k], 1)]
            values[:] = [torch.cat(values + [v], 1)]
            k, v = keys[0], values[0]
        else:
            cache[0][:, position:position + 1], cache[1][:, position:position + 1] = k, v
            k, v = cache[0][:, :position + 1], cache[1][:, :position + 1]
        weights = torch.softmax(q @ k.transpose(1, 2) * (WIDTH // HEADS) ** -0.5, -1)
        x = self.first(x + self.out((weights @ v).reshape(1, WIDTH)))
        return self.second(x + self.down(F.relu(self.up(x))))


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(TOKENS, WIDTH), nn.Embedding(GENERATED, WIDTH)
        self.blocks = nn.ModuleList(Block() for _ in range(BLOCKS))
        self.dense = nn.Linear(WIDTH, TOKENS)

    def forward(self, token, caches, position):
        x = self.tokens(token) + self.positions.weight[position:position + 1]
        for block, cache in zip(self.blocks, caches):
            x = block(x, cache, position)
        return self.dense(x)


def generating(form):
    torch.manual_seed(1)
    model = Decoder().eval()
    mode = torch.no_grad if form == "plain" else torch.inference_mode
    room = lambda: torch.empty(HEADS, GENERATED, WIDTH // HEADS)

    def step():
        with mode():
            caches = [(room(), room()) if "preallocated" in form else ([], []) for _ in range(BLOCKS)]
            token = torch.tensor([1])
            for position in range(GENERATED):
                logits = model(token, caches, position)
                token = torch.multinomial(torch.softmax(logits, -1), 1).view(1)
            return token

    return step


WORKLOADS = {
    "m": training.forms(Encoder, lambda: training.classified(BATCH, 10, LENGTH, WIDTH), F.cross_entropy, training.adam,
                        ["plain", "none", "foreach", "foreach trace"]),
    "n": {name: lambda name=name: generating(name) for name in ["plain", "inference mode", "preallocated"]},
}
