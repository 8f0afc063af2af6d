"""T5 in scikit-learn: one partial_fit over 20 minibatches of 256."""
import sys

import numpy as np
import sklearn
from sklearn.neural_network import MLPClassifier

import timing

if sys.argv[1] != "T5":
    sys.exit(f"no workload {sys.argv[1]}")
random = np.random.default_rng(1)
inputs, targets = random.random((20 * 256, 784), dtype=np.float32), random.integers(10, size=20 * 256)
classes = np.arange(10)


def prepare():
    model = MLPClassifier((1024, 1024), batch_size=256, alpha=0, shuffle=False, random_state=1)
    model.partial_fit(inputs[:256], targets[:256], classes)  # the first call makes the weights
    return lambda: model.partial_fit(inputs, targets)


timing.report("scikit-learn " + sklearn.__version__, prepare)
