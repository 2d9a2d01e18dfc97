"""PyTorch's side of predicting one row: class probabilities, from a tensor that is there already."""
import torch
from torch import nn

import training


def predicting(model, row, form):
    torch.manual_seed(1)
    model = nn.Sequential(model(), nn.Softmax(dim=1)).eval()
    if "last" in form:
        model, row = model.to(memory_format=torch.channels_last), row.to(memory_format=torch.channels_last)
    mode = torch.no_grad if "plain" in form else torch.inference_mode
    with mode():
        if "script" in form:
            model = torch.jit.freeze(torch.jit.script(model))
        elif "trace" in form:
            model = torch.jit.freeze(torch.jit.trace(model, row))
        elif "optimized" in form:
            model = torch.jit.optimize_for_inference(torch.jit.trace(model, row))

    def step():
        with mode():
            model(row)

    return step


def sklearn_row():
    import numpy
    from sklearn.neural_network import MLPClassifier
    random = numpy.random.default_rng(1)
    model = MLPClassifier((512, 512), batch_size=128)
    model.partial_fit(random.random((128, 784), numpy.float32), random.integers(0, 10, 128), classes=range(10))
    row = random.random((1, 784), numpy.float32)
    return lambda: model.predict_proba(row)


def forms(model, row, names):
    return {name: lambda name=name: predicting(model, row, name) for name in names}


FORMS = ["plain", "inference mode", "script", "trace", "optimized"]
WORKLOADS = {
    "h-b": {**forms(training.mlp_b, torch.rand(1, 784), FORMS), "scikit-learn": sklearn_row},
    "h-d": forms(training.cnn_d, torch.rand(1, 1, 28, 28), FORMS + ["last", "last trace"]),
}
