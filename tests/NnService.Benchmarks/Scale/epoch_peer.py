"""epoch_peer.py CURVE ROWS INPUTS UNITS,… BATCH EPOCHS relu|sigmoid: a training on random numbers in torch, in seconds for all epochs; CURVE: whose figure it is."""
import sys

try:
    import torch
except ImportError as absent:
    sys.exit(str(absent))

import figures
import training

curve, rows, inputs, batch, epochs = sys.argv[1], *map(int, (sys.argv[2], sys.argv[3], sys.argv[5], sys.argv[6]))
units = [int(width) for width in sys.argv[4].split(",")]
table = torch.rand(rows, inputs), torch.zeros(rows, dtype=torch.int64), torch.rand(rows, 1)
network = training.Network(inputs, units, 1, activation=torch.nn.ReLU if sys.argv[7] == "relu" else torch.nn.Sigmoid)


def work():
    run = training.Training(network, torch.nn.functional.mse_loss, table, batch)
    return figures.seconds(lambda: [run.epoch() for _ in range(epochs)])


figures.figure(curve, "s", training.VERSION, work)
