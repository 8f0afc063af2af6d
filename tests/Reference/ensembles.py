"""Figures of ensembles inside one network (TabM-mini), each member computed by itself as an ordinary network. NumPy, float64.

    python3 tests/Reference/ensembles.py > tests/Reference/ensembles.json

A member i computes  h0 = r_i * x,  h = act(h W + b) through the shared layers, and ends in weights and biases of its own. The loss is the mean over members of
the mean over rows, weighted where rows have weights; the answer the mean of the members' probabilities or values. The gradients are checked against PyTorch's
autograd where that is installed, and by central differences otherwise.
"""
import json
import sys

import numpy as np


def activation(name, z):
    if name == "tanh":
        return np.tanh(z), 1 - np.tanh(z) ** 2
    if name == "relu":
        return np.maximum(z, 0), (z > 0).astype(float)
    return z, np.ones_like(z)


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def row_losses(name, z, t):
    """Loss of each row and its derivative with respect to z."""
    if name == "mse":
        return ((z - t) ** 2).mean(axis=1), 2 * (z - t) / z.shape[1]
    if name == "bce_logits":
        loss = np.maximum(z, 0) - t * z + np.log1p(np.exp(-np.abs(z)))
        return loss.mean(axis=1), (1 / (1 + np.exp(-z)) - t) / z.shape[1]
    p = softmax(z)
    m = z.max(axis=1, keepdims=True)
    log_sum = m[:, 0] + np.log(np.exp(z - m).sum(axis=1))
    return (t * (log_sum[:, None] - z)).sum(axis=1), p - t


def link(name, z):
    return 1 / (1 + np.exp(-z)) if name == "bce_logits" else softmax(z) if name == "softmax_ce" else z


def forward(case, p, x):
    """For each member the inputs and sums of each layer, and the last sums."""
    passes = []
    for i in range(case["members"]):
        h, steps = p["layers[0].memberScales"][i] * x, []
        for layer, name in enumerate(case["activations"]):
            own = layer == len(case["activations"]) - 1
            w, b = p[f"layers[{layer}].weights"], p[f"layers[{layer}].bias"]
            z = h @ (w[i] if own else w) + (b[i] if own else b)
            steps.append((h, z))
            h, _ = activation(name, z)
        passes.append((steps, h))
    return passes


def loss_and_gradient(case, p, x, t, weights):
    k, gradient, total = case["members"], {name: np.zeros_like(a) for name, a in p.items()}, 0.0
    for i, (steps, z) in enumerate(forward(case, p, x)):
        losses, d = row_losses(case["loss"], z, t)
        total += (weights * losses).sum() / weights.sum() / k
        d = d * (weights / weights.sum())[:, None] / k
        for layer in reversed(range(len(steps))):
            own = layer == len(steps) - 1
            h, s = steps[layer]
            d = d * activation(case["activations"][layer], s)[1]
            w, b = f"layers[{layer}].weights", f"layers[{layer}].bias"
            if own:
                gradient[w][i], gradient[b][i] = h.T @ d, d.sum(axis=0)
            else:
                gradient[w] += h.T @ d
                gradient[b] += d.sum(axis=0)
            d = d @ (p[w][i] if own else p[w]).T
        gradient["layers[0].memberScales"][i] = (d * x).sum(axis=0)
    return total, gradient


def check(case, p, x, t, weights, gradient):
    try:
        import torch
    except ImportError:
        for name, a in p.items():
            for at in np.ndindex(a.shape):
                keep, h = a[at], 1e-6
                a[at] = keep + h
                above = loss_and_gradient(case, p, x, t, weights)[0]
                a[at] = keep - h
                below = loss_and_gradient(case, p, x, t, weights)[0]
                a[at] = keep
                assert abs((above - below) / (2 * h) - gradient[name][at]) < 1e-7
        return
    q = {name: torch.tensor(a, requires_grad=True) for name, a in p.items()}
    tx, tt, tw, total = torch.tensor(x), torch.tensor(t), torch.tensor(weights), 0.0
    for i in range(case["members"]):
        h = q["layers[0].memberScales"][i] * tx
        for layer, name in enumerate(case["activations"]):
            own = layer == len(case["activations"]) - 1
            w, b = q[f"layers[{layer}].weights"], q[f"layers[{layer}].bias"]
            h = h @ (w[i] if own else w) + (b[i] if own else b)
            h = torch.tanh(h) if name == "tanh" else torch.relu(h) if name == "relu" else h
        if case["loss"] == "mse":
            losses = ((h - tt) ** 2).mean(1)
        elif case["loss"] == "bce_logits":
            losses = torch.nn.functional.binary_cross_entropy_with_logits(h, tt, reduction="none").mean(1)
        else:
            losses = -(tt * torch.log_softmax(h, 1)).sum(1)
        total = total + (tw * losses).sum() / tw.sum() / case["members"]
    total.backward()
    for name in p:
        assert np.abs(q[name].grad.numpy() - gradient[name]).max() < 1e-14, name


def make(name, members, widths, activations, loss, rows, smoothing=0.0, weighted=False, steps=30):
    random = np.random.RandomState(len(name))
    case = {"name": name, "members": members, "widths": widths, "activations": activations, "loss": loss}
    x = random.normal(size=(rows, widths[0]))
    outputs = widths[-1]
    if loss == "mse":
        t = random.normal(size=(rows, outputs))
    elif loss == "bce_logits":
        t = random.randint(0, 2, size=(rows, outputs)).astype(float)
    else:
        t = (1 - smoothing) * np.eye(outputs)[random.randint(0, outputs, size=rows)] + smoothing / outputs
    weights = random.uniform(0.2, 3, size=rows) if weighted else np.ones(rows)
    p = {"layers[0].memberScales": random.choice([-1.0, 1.0], size=(members, widths[0]))}
    for layer in range(len(activations)):
        shape = (widths[layer], widths[layer + 1])
        own = (members,) if layer == len(activations) - 1 else ()
        p[f"layers[{layer}].weights"] = random.normal(size=own + shape) / np.sqrt(shape[0])
        p[f"layers[{layer}].bias"] = 0.1 * random.normal(size=own + shape[1:])
    case.update(x=x, target=t, rowWeights=weights, parameters={n: a.copy() for n, a in p.items()})
    case["memberOutputs"] = np.stack([z for _, z in forward(case, p, x)])
    case["answers"] = np.mean([link(loss, z) for z in case["memberOutputs"]], axis=0)
    case["lossValue"], case["gradient"] = loss_and_gradient(case, p, x, t, weights)
    check(case, p, x, t, weights, case["gradient"])
    # AdamW: rate .01, decay .05, full batches
    m, v, losses = {n: 0 * a for n, a in p.items()}, {n: 0 * a for n, a in p.items()}, []
    for step in range(1, steps + 1):
        value, g = loss_and_gradient(case, p, x, t, weights)
        losses.append(value)
        for n in p:
            m[n] = 0.9 * m[n] + 0.1 * g[n]
            v[n] = 0.999 * v[n] + 0.001 * g[n] ** 2
            p[n] = p[n] * (1 - 0.01 * 0.05) - 0.01 * (m[n] / (1 - 0.9**step)) / (np.sqrt(v[n] / (1 - 0.999**step)) + 1e-8)
    case["losses"] = losses
    case["trained"] = {n: a.copy() for n, a in p.items()}
    case["trainedAnswers"] = np.mean([link(loss, z) for _, z in forward(case, p, x)], axis=0)
    return case


def plain(value):
    return value.tolist() if isinstance(value, np.ndarray) else {n: plain(a) for n, a in value.items()} if isinstance(value, dict) else value


json.dump(
    [
        {n: plain(a) for n, a in case.items()}
        for case in (
            make("regression", 3, [4, 6, 5, 1], ["tanh", "relu", "linear"], "mse", 7),
            make("weighted classes", 5, [3, 7, 3], ["relu", "linear"], "softmax_ce", 9, smoothing=0.1, weighted=True),
            make("yes or no", 4, [5, 4, 3, 1], ["tanh", "tanh", "linear"], "bce_logits", 6, weighted=True),
            make("one layer", 3, [4, 2], ["linear"], "mse", 8),
        )
    ],
    sys.stdout,
)
print()
