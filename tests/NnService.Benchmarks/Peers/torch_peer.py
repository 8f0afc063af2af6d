"""The workloads in torch: python3 torch_peer.py T3 digits.csv. Tensors are in memory, minibatches are views, one thread."""
import sys

import torch
from torch import nn
from torch.nn import functional

import timing

torch.set_num_threads(1)
torch.manual_seed(1)


def small(layers, rows, targets, epochs, batch, bias, loss, rate):
    inputs = torch.tensor(rows, dtype=torch.float64)
    wanted = torch.tensor(targets, dtype=torch.float64).reshape(-1, 1)
    batches = list(zip(inputs.split(batch), wanted.split(batch)))

    def prepare():
        chain = []
        for fan_in, fan_out in zip(layers, layers[1:]):
            chain += [nn.Linear(fan_in, fan_out, bias=bias, dtype=torch.float64), nn.Sigmoid()]
        model = nn.Sequential(*chain)
        optimizer = torch.optim.SGD(model.parameters(), lr=rate)

        def work():
            for _ in range(epochs):
                for x, t in batches:
                    optimizer.zero_grad(set_to_none=True)
                    loss(model(x), t).backward()
                    optimizer.step()
        return work
    return prepare


def half_sum_of_squares(p, t):
    return 0.5 * functional.mse_loss(p, t, reduction="sum")


def network(layers):
    chain = []
    for fan_in, fan_out in zip(layers, layers[1:]):
        chain += [nn.Linear(fan_in, fan_out), nn.ReLU()]
    return nn.Sequential(*chain[:-1])


def training(layers, inputs, targets, batch, epochs, loss, optimizer, shuffle=False):
    def prepare():
        model = network(layers)
        rule = optimizer(model.parameters())

        def work():
            x, t = inputs, targets
            for _ in range(epochs):
                if shuffle:
                    order = torch.randperm(len(inputs))
                    x, t = inputs[order], targets[order]
                for xs, ts in zip(x.split(batch), t.split(batch)):
                    rule.zero_grad(set_to_none=True)
                    loss(model(xs), ts).backward()
                    rule.step()
        return work
    return prepare


def adam(parameters):
    # One call for all arrays pays where they are large; for a few small ones the plain loop is faster.
    parameters = list(parameters)
    return torch.optim.Adam(parameters, lr=0.001, foreach=sum(p.numel() for p in parameters) > 10_000)


def sgd(parameters):
    return torch.optim.SGD(parameters, lr=0.01, foreach=True)


def classes(rows, width, layers, batch, optimizer):
    return training(layers, torch.rand(rows, width), torch.randint(10, (rows,)), batch, 1, functional.cross_entropy, optimizer)


def digits(path):
    import numpy
    table = numpy.loadtxt(path, delimiter=",", skiprows=1, dtype=numpy.float32)
    inputs, targets = torch.from_numpy(table[:, :64] / 16), torch.from_numpy(table[:, 64].astype(numpy.int64))
    return training([64, 64, 10], inputs, targets, 32, 20, functional.cross_entropy, adam, shuffle=True)


def regression():
    return training([50, 256, 128, 1], torch.rand(100_000, 50), torch.rand(100_000, 1), 128, 1, functional.mse_loss, adam)


def prediction(rows, times):
    model, inputs = network([784, 128, 10]), torch.rand(rows, 784)

    def work():
        with torch.inference_mode():
            for _ in range(times):
                model(inputs)
    return lambda: work


def main(workload, digits_csv):
    heights = [[-2, -1], [25, 6], [17, 4], [-15, -6]]
    points = [[0, 0, 1], [1, 1, 1], [1, 0, 1], [0, 1, 1]]
    count = 1
    if workload == "T1":
        prepare = small([2, 2, 1], heights, [1, 0, 0, 1], 1000, 1, True, functional.mse_loss, 0.1)
    elif workload == "T2":
        prepare = small([3, 4, 5, 1], points, [0, 1, 1, 0], 5000, 4, False, half_sum_of_squares, 0.1)
    elif workload == "T3":
        prepare = digits(digits_csv)
    elif workload == "T4-SGD":
        prepare = classes(60_000, 784, [784, 128, 10], 64, sgd)
    elif workload == "T4-Adam":
        prepare = classes(60_000, 784, [784, 128, 10], 64, adam)
    elif workload == "T5":
        prepare = classes(20 * 256, 784, [784, 1024, 1024, 10], 256, adam)
    elif workload == "T6":
        prepare = regression()
    elif workload == "P1":
        count = 1000
        prepare = prediction(1, count)
    elif workload == "P2":
        count = 10
        prepare = prediction(1000, count)
    else:
        sys.exit(f"no workload {workload}")
    timing.report("torch " + torch.__version__, prepare, count)


main(sys.argv[1], sys.argv[2])
