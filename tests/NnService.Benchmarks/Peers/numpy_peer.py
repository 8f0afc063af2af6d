"""The workloads in NumPy: python3 numpy_peer.py T3 digits.csv. Hand-written training in preallocated arrays."""
import sys

import numpy as np

import timing

random = np.random.default_rng(1)


def heights():
    """2-2-1, one sample at a time: vectors and one small matrix, as one writes it for a single neuron layer."""
    rows = np.array([[-2, -1], [25, 6], [17, 4], [-15, -6]], dtype=np.float64)
    targets = [1.0, 0.0, 0.0, 1.0]
    samples = list(zip(rows, targets))

    def prepare():
        w1, b1 = random.standard_normal((2, 2)), random.standard_normal(2)
        w2, b2 = random.standard_normal(2), float(random.standard_normal())

        def work():
            nonlocal w1, b1, w2, b2
            exp, outer = np.exp, np.outer
            for _ in range(1000):
                for x, t in samples:
                    h = 1 / (1 + exp(-(x @ w1 + b1)))
                    p = 1 / (1 + exp(-(h @ w2 + b2)))
                    dz2 = 2 * (p - t) * p * (1 - p) * 0.1
                    dz1 = w2 * dz2 * h * (1 - h)
                    w2 -= h * dz2
                    b2 -= dz2
                    w1 -= outer(x, dz1)
                    b1 -= dz1
        return work
    return prepare


def points():
    """3-4-5-1 without biases, full batch."""
    x = np.array([[0, 0, 1], [1, 1, 1], [1, 0, 1], [0, 1, 1]], dtype=np.float64)
    t = np.array([[0], [1], [1], [0]], dtype=np.float64)

    def prepare():
        w1, w2, w3 = (random.standard_normal(shape) for shape in ((3, 4), (4, 5), (5, 1)))

        def work():
            exp = np.exp
            for _ in range(5000):
                h1 = 1 / (1 + exp(-(x @ w1)))
                h2 = 1 / (1 + exp(-(h1 @ w2)))
                p = 1 / (1 + exp(-(h2 @ w3)))
                dz3 = (p - t) * p * (1 - p)
                dz2 = dz3 @ w3.T * h2 * (1 - h2)
                dz1 = dz2 @ w2.T * h1 * (1 - h1)
                np.subtract(w3, 0.1 * (h2.T @ dz3), out=w3)
                np.subtract(w2, 0.1 * (h1.T @ dz2), out=w2)
                np.subtract(w1, 0.1 * (x.T @ dz1), out=w1)
        return work
    return prepare


class Network:
    """A chain of dense layers with relu between them, float32, over one flat parameter vector."""

    def __init__(self, layers, batch, classes):
        self.classes = classes
        count = sum((a + 1) * b for a, b in zip(layers, layers[1:]))
        self.parameters, self.gradient = np.zeros(count, np.float32), np.empty(count, np.float32)
        self.layers, at = [], 0
        for a, b in zip(layers, layers[1:]):
            def part(vector, start=at, a=a, b=b):
                return vector[start:start + a * b].reshape(a, b), vector[start + a * b:start + (a + 1) * b]
            w, bias = part(self.parameters)
            w[:] = random.uniform(-1, 1, (a, b)) * np.sqrt(6 / (a + b))
            self.layers.append((w, bias, *part(self.gradient), np.empty((batch, b), np.float32), np.empty((batch, b), np.float32)))
            at += (a + 1) * b
        self.rows = np.arange(batch)
        self.column = np.empty((batch, 1), np.float32)

    def forward(self, x):
        rows = len(x)
        for i, (w, bias, _, _, y, _) in enumerate(self.layers):
            y = y[:rows]
            np.matmul(x, w, out=y)
            y += bias
            if i + 1 < len(self.layers):
                np.maximum(y, 0, out=y)
            x = y
        return x

    def backward(self, x, t):
        """The loss and its gradient with respect to all parameters."""
        rows = len(x)
        p, dz = self.layers[-1][4][:rows], self.layers[-1][5][:rows]
        if self.classes:
            column = self.column[:rows]
            np.max(p, axis=1, keepdims=True, out=column)
            np.subtract(p, column, out=dz)
            np.exp(dz, out=dz)
            np.sum(dz, axis=1, keepdims=True, out=column)
            dz /= column
            picked = dz[self.rows[:rows], t]
            loss = -np.log(picked).sum() / rows
            dz[self.rows[:rows], t] = picked - 1
            dz *= np.float32(1 / rows)
        else:
            np.subtract(p, t, out=dz)
            loss = np.vdot(dz, dz) / rows
            dz *= np.float32(2 / rows)
        for i in range(len(self.layers) - 1, -1, -1):
            w, _, dw, dbias, _, dz = self.layers[i]
            dz = dz[:rows]
            below = x if i == 0 else self.layers[i - 1][4][:rows]
            np.matmul(below.T, dz, out=dw)
            np.sum(dz, axis=0, out=dbias)
            if i > 0:
                down = self.layers[i - 1][5][:rows]
                np.matmul(dz, w.T, out=down)
                np.multiply(down, below > 0, out=down)
        return loss


class Sgd:
    def __init__(self, count):
        self.scratch = np.empty(count, np.float32)

    def step(self, parameters, gradient):
        np.multiply(gradient, np.float32(0.01), out=self.scratch)
        parameters -= self.scratch


class Adam:
    """In blocks that stay in the second-level cache, which is faster than whole vectors from 100,000 parameters on."""

    BLOCK = 16384

    def __init__(self, count):
        self.m, self.v = np.zeros(count, np.float32), np.zeros(count, np.float32)
        self.a = np.empty(min(count, self.BLOCK), np.float32)
        self.b = np.empty(min(count, self.BLOCK), np.float32)
        self.power1 = self.power2 = 1.0

    def step(self, parameters, gradient):
        self.power1 *= 0.9
        self.power2 *= 0.999
        rate = np.float32(0.001 / (1 - self.power1))
        correction = np.float32(1 / np.sqrt(1 - self.power2))
        for start in range(0, len(parameters), self.BLOCK):
            end = min(start + self.BLOCK, len(parameters))
            p, g, m, v = parameters[start:end], gradient[start:end], self.m[start:end], self.v[start:end]
            a, b = self.a[:end - start], self.b[:end - start]
            np.multiply(g, np.float32(0.1), out=a)
            m *= np.float32(0.9)
            m += a
            np.multiply(g, g, out=a)
            a *= np.float32(0.001)
            v *= np.float32(0.999)
            v += a
            np.sqrt(v, out=a)
            a *= correction
            a += np.float32(1e-8)
            np.multiply(m, rate, out=b)
            b /= a
            p -= b


def training(layers, inputs, targets, batch, epochs, rule, shuffle=False):
    classes = targets.ndim == 1
    shuffled = (np.empty_like(inputs), np.empty_like(targets)) if shuffle else (inputs, targets)

    def prepare():
        network = Network(layers, batch, classes)
        optimizer = rule(len(network.parameters))

        def work():
            x, t = shuffled
            for _ in range(epochs):
                if shuffle:
                    order = random.permutation(len(inputs))
                    np.take(inputs, order, axis=0, out=x)
                    np.take(targets, order, axis=0, out=t)
                for start in range(0, len(x), batch):
                    xs, ts = x[start:start + batch], t[start:start + batch]
                    network.forward(xs)
                    network.backward(xs, ts)
                    optimizer.step(network.parameters, network.gradient)
        return work
    return prepare


def random_classes(rows, layers, batch, rule):
    return training(layers, random.random((rows, layers[0]), dtype=np.float32), random.integers(10, size=rows), batch, 1, rule)


def prediction(rows, times):
    network, inputs = Network([784, 128, 10], rows, True), random.random((rows, 784), dtype=np.float32)

    def work():
        for _ in range(times):
            network.forward(inputs)
    return lambda: work


def main(workload, digits_csv):
    count = 1
    if workload == "T1":
        prepare = heights()
    elif workload == "T2":
        prepare = points()
    elif workload == "T3":
        table = np.loadtxt(digits_csv, delimiter=",", skiprows=1, dtype=np.float32)
        prepare = training([64, 64, 10], np.ascontiguousarray(table[:, :64] / 16), table[:, 64].astype(np.int64), 32, 20, Adam, shuffle=True)
    elif workload == "T4-SGD":
        prepare = random_classes(60_000, [784, 128, 10], 64, Sgd)
    elif workload == "T4-Adam":
        prepare = random_classes(60_000, [784, 128, 10], 64, Adam)
    elif workload == "T5":
        prepare = random_classes(20 * 256, [784, 1024, 1024, 10], 256, Adam)
    elif workload == "T6":
        prepare = training([50, 256, 128, 1], random.random((100_000, 50), dtype=np.float32), random.random((100_000, 1), dtype=np.float32), 128, 1, Adam)
    elif workload == "P1":
        count = 1000
        prepare = prediction(1, count)
    elif workload == "P2":
        count = 10
        prepare = prediction(1000, count)
    else:
        sys.exit(f"no workload {workload}")
    timing.report("NumPy " + np.__version__, prepare, count)


main(sys.argv[1], sys.argv[2])
