"""Makes honesty.json: figures to check intervals, calibration, prediction intervals and importance against.

Written from the definitions with NumPy and SciPy alone (python3-numpy 1.24.2, python3-scipy 1.10.1, python3-sklearn 1.2.1 of Debian 12):
    python3 honesty.py > honesty.json
"""
import json
import sys

import numpy as np
from scipy import optimize, special, stats

rng = np.random.default_rng(20261128)
DRAWS = 40_000


def mid_p(hits, rows):
    """Clopper-Pearson with half of the probability of what was found."""
    def above(p):
        return stats.binom.sf(hits, rows, p) + 0.5 * stats.binom.pmf(hits, rows, p) - 0.025

    def below(p):
        return stats.binom.cdf(hits - 1, rows, p) + 0.5 * stats.binom.pmf(hits, rows, p) - 0.025
    low = 0.0 if hits == 0 else optimize.brentq(above, 1e-12, 1 - 1e-12, xtol=1e-14)
    high = 1.0 if hits == rows else optimize.brentq(below, 1e-12, 1 - 1e-12, xtol=1e-14)
    return low, high


def classified(rows=200):
    """As Classified() of BootstrapTests."""
    i = np.arange(rows)
    actual = (i * 7 % 10 < 4).astype(int)
    positive = np.clip((i * 37 % 101) / 202.0 + 0.5 * actual * (i * 13 % 17) / 17, 0.01, 0.99)
    return positive, actual


def weights_of(rows=200):
    """As Weights() of BootstrapTests: 1, 2, 3, 4."""
    return 1.0 + np.arange(rows) * 11 % 4


def bins_of(positive, actual, weights):
    """Weights, their squares, hits and summed confidence of ten bins of the top probability."""
    called = (positive >= 0.5).astype(int)
    top = np.where(called == 1, positive, 1 - positive)
    bin_of = np.minimum((top * 10).astype(int), 9)
    count = np.bincount(bin_of, weights=weights, minlength=10)
    squares = np.bincount(bin_of, weights=weights**2, minlength=10)
    hits = np.bincount(bin_of, weights=weights * (called == actual), minlength=10)
    return count, squares, hits, np.bincount(bin_of, weights=weights * top, minlength=10)


def noise_of(count, squares, hits, confidence):
    all_rows, used = count.sum(), count > 0
    x, error = np.zeros(10), np.zeros(10)
    x[used] = ((confidence - hits) / all_rows)[used]
    effective = count[used]**2 / squares[used]  # Kish's rows of equal weight
    share = (hits[used] / count[used] * effective + confidence[used] / count[used]) / (effective + 1)
    apart = (confidence[used] - hits[used]) / count[used]
    error[used] = np.sqrt(squares[used] * (share * (1 - share) + (1 - count[used] / all_rows) * apart**2)) / all_rows
    return x, error


def calibration(positive, actual, weights):
    """Plain expected calibration error, the same less what chance adds, and its interval by 40,000 draws."""
    x, error = noise_of(*bins_of(positive, actual, weights))
    used = error > 0
    plain = np.abs(x).sum()

    def expected(size):
        return sum(stats.foldnorm.mean(size * abs(m) / s, scale=s) for m, s in zip(x[used], error[used]))
    estimate = 0.0 if expected(0) >= plain else plain * optimize.brentq(lambda size: expected(size) - plain, 0, 1, xtol=1e-12)
    noise = rng.normal(size=(DRAWS, 10)) * error

    def above(t):
        return (np.abs(t * x / plain + noise).sum(1) >= plain).mean()
    low = 0.0 if above(0) > 0.025 else optimize.brentq(lambda t: above(t) - 0.025, 0, 1)
    high = optimize.brentq(lambda t: above(t) - 0.975, 0, 1)
    return {"plain": plain, "estimate": estimate, "low": low, "high": high}


def draws_of(rows):
    return rng.multinomial(rows, np.full(rows, 1 / rows), size=DRAWS).astype(float)


def root_mean(values, with_tail):
    """The bootstrap-t of the root of a mean; with a Pareto tail of the largest tenth and three more for the upper limit."""
    rows = len(values)
    counts = draws_of(rows)

    def root(total, squares):
        mean = total / rows
        return np.sqrt(mean), np.sqrt(np.maximum(squares / rows - mean**2, 0) / rows) / (2 * np.sqrt(mean))
    found, error = root(values.sum(), (values**2).sum())
    drawn, of_draw = root(counts @ values, counts @ values**2)
    t = (drawn - found) / of_draw
    low, high = found - np.quantile(t, 0.975) * error, found - np.quantile(t, 0.025) * error
    if with_tail:
        k = int(0.1 * rows) + 3
        order = np.argsort(values, kind="stable")
        start, tail, body = values[order[-k - 1]], values[order[-k:]], values[order[:-k]]
        index = min(np.log(tail / start).sum() / (k - 1), 0.87)
        own = rng.multinomial(rows, np.r_[np.full(rows - k, 1 / rows), k / rows], size=DRAWS)
        most = own[:, -1].max()
        pareto = start * rng.random((DRAWS, most)) ** -index * (np.arange(most) < own[:, -1:])
        drawn, of_draw = root(own[:, :-1] @ body + pareto.sum(1), own[:, :-1] @ body**2 + (pareto**2).sum(1))
        middle = np.sqrt((body.sum() + k * start / (1 - index)) / rows)
        high = max(high, found - np.quantile((drawn - middle) / of_draw, 0.025) * error)
    return low, high


def weighted_root_mean(values, weights):
    """The bootstrap-t of the root of a mean with weights."""
    counts = draws_of(len(values))

    def root(c):
        total = c @ weights
        mean = c @ (weights * values) / total
        return np.sqrt(mean), np.sqrt((c * (weights * (values - mean[:, None]))**2).sum(1)) / total / (2 * np.sqrt(mean))
    found, error = (one[0] for one in root(np.ones((1, len(values)))))
    t = np.concatenate([(lambda r: (r[0] - found) / r[1])(root(part)) for part in np.array_split(counts, 40)])
    return found - np.quantile(t, 0.975) * error, found - np.quantile(t, 0.025) * error


def r2_interval(predicted, actual, most):
    """The bootstrap-t of the root of 1 - R2; the upper limit of that also with the errors as many times as large as their root may be."""
    rows = len(actual)
    counts = draws_of(rows)
    square, deviation = (actual - predicted) ** 2, actual - actual.mean()

    def root(c):
        mean = c @ deviation / rows
        v = (deviation[None, :] - mean[:, None]) ** 2
        variance = (c * v).sum(1) / rows
        quotient = c @ square / rows / variance
        spread = (c * (square[None, :] - quotient[:, None] * v) ** 2).sum(1) / rows
        return np.sqrt(quotient), np.sqrt(spread / rows) / variance / (2 * np.sqrt(quotient))
    found, error = (one[0] for one in root(np.ones((1, rows))))
    t = np.concatenate([(lambda r: (r[0] - found) / r[1])(root(part)) for part in np.array_split(counts, 40)])
    low, high = found - np.quantile(t, 0.975) * error, found - np.quantile(t, 0.025) * error
    tailed = most**2 * found**2 / (1 + found**2 * (most**2 - 1))
    return 1 - max(high**2, tailed), 1 - low**2


def regression():
    i = np.arange(200)
    actual = i * 29 % 83 / 10.0 + 1
    predicted = actual + ((i * 41 % 61) - 30) / 20.0
    error = np.abs(actual - predicted)
    root = root_mean(error**2, True)
    absolute = tuple(limit**2 for limit in root_mean(error, False))
    relative = tuple(limit**2 for limit in root_mean(error / actual, False))
    r2 = r2_interval(predicted, actual, root[1] / np.sqrt((error**2).mean()))
    return {"rootMeanSquaredError": root, "meanAbsoluteError": absolute, "r2": r2, "meanAbsolutePercentageError": relative}


def main():
    positive, actual = classified()
    losses = -np.log(np.where(actual == 1, positive, 1 - positive))
    figures = {
        "midP": [[hits, rows, *mid_p(hits, rows)] for hits, rows in
                 [(0, 1), (1, 1), (0, 3), (1, 3), (2, 3), (20, 20), (40, 40), (1, 29), (15, 148), (81, 263), (99, 100), (9_990, 10_000), (500_000, 1_000_000)]],
        "incompleteBeta": [[x, a, b, float(special.betainc(a, b, x))] for x, a, b in
                           [(0.5, 1, 1), (0.1, 0.5, 0.5), (0.9, 3, 2), (0.03, 2.5, 40), (0.999, 400, 1.5), (0.5, 2000, 2100), (0.49, 500_000, 500_001)]],
        "logGamma": [[x, float(special.gammaln(x))] for x in (0.25, 0.5, 1, 2.5, 11.9, 12, 170.5, 1e6)],
        "calibration": calibration(positive, actual, np.ones(len(actual))),
        "logLoss": [limit**2 for limit in root_mean(losses, False)],
        "regression": regression(),
        "weighted": {
            "calibration": calibration(positive, actual, weights_of()),
            "logLoss": [limit**2 for limit in weighted_root_mean(losses, weights_of())],
        },
    }
    json.dump(figures, sys.stdout, indent=1)
    print()


main()
