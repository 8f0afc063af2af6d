"""table_peer.py FILE BATCH UNITS: what a user does by hand with a CSV file whose target is y: pandas reads and describes it, torch trains an epoch,
scikit-learn fits a linear model and its metrics get intervals by 1,000 resamples of the test rows. Columns of words are categories."""
import io
import resource
import sys
import warnings

try:
    import numpy as np
    import pandas
    import scipy.sparse
    import sklearn
    import torch
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.preprocessing import OneHotEncoder
except ImportError as absent:
    sys.exit(str(absent))

import figures
import training

RESAMPLES = 1000
warnings.filterwarnings("ignore")
file, batch, units = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
random = np.random.default_rng(1)
PANDAS, SKLEARN = "pandas " + pandas.__version__, "scikit-learn " + sklearn.__version__
table = data = None


def profile(source):
    global table
    table = pandas.read_csv(source)
    table.describe(include="all"), table.nunique(), table.isna().sum()


class Data:
    """Rows as arrays: 8 of 10 to train on, one for validation, one for the test."""

    def __init__(self):
        features = table.drop(columns="y")
        words = features.select_dtypes("object").columns
        self.numbers = features.drop(columns=words).to_numpy(np.float32)
        self.words = features[words]
        order = random.permutation(len(table))
        self.train, self.validation, self.test = np.split(order, [int(0.8 * len(order)), int(0.9 * len(order))])
        self.numbers -= self.numbers[self.train].mean(axis=0)
        self.numbers /= self.numbers[self.train].std(axis=0)
        codes, self.categories = (np.zeros(len(table), np.int64), 0)
        if len(words):
            codes, names = pandas.factorize(self.words[words[0]])
            self.categories = len(names)
        self.is_regression = table["y"].dtype != object
        if self.is_regression:
            self.y = table["y"].to_numpy(np.float32)
            self.y = (self.y - self.y[self.train].mean()) / self.y[self.train].std()
            self.outputs = 1
        else:
            self.y, labels = pandas.factorize(table["y"])
            self.outputs = len(labels)
        targets = torch.from_numpy(self.y)
        self.tensors = torch.from_numpy(self.numbers), torch.from_numpy(codes), targets[:, None] if self.is_regression else targets

    def rows(self, part):
        return [tensor[torch.from_numpy(part)] for tensor in self.tensors]


def encode():
    global data
    data = Data()


def epoch():
    network = training.Network(data.numbers.shape[1], [units], data.outputs, data.categories)
    loss = torch.nn.functional.mse_loss if data.is_regression else torch.nn.functional.cross_entropy
    run = training.Training(network, loss, data.rows(data.train), batch, data.rows(data.validation))
    return figures.seconds(run.epoch)


def linear():
    inputs = data.numbers
    if data.categories:
        inputs = scipy.sparse.hstack([inputs, OneHotEncoder(dtype=np.float32).fit_transform(data.words)]).tocsr()
    model = Ridge() if data.is_regression else LogisticRegression()
    model.fit(inputs[data.train], data.y[data.train])
    actual = data.y[data.test]
    if data.is_regression:
        intervals(regression, model.predict(inputs[data.test]), actual)
        return
    shares = model.predict_proba(inputs[data.test])
    places = np.searchsorted(model.classes_, actual).clip(max=len(model.classes_) - 1)
    losses = -np.log(shares[np.arange(len(actual)), places].clip(min=1e-15))
    intervals(classification, model.classes_[shares.argmax(axis=1)], actual, losses)


def intervals(metrics, *columns):
    count = len(columns[0])
    drawn = [metrics(*(column[rows] for column in columns)) for rows in (random.integers(count, size=count) for _ in range(RESAMPLES))]
    return np.nanquantile(np.array(drawn), [0.025, 0.975], axis=0)


def regression(predicted, actual):
    errors = actual - predicted
    squares = np.square(errors).mean()
    return [np.sqrt(squares), np.abs(errors).mean(), 1 - squares / actual.var(), np.median(np.abs(errors))]


def classification(predicted, actual, losses):
    right = np.bincount(actual[predicted == actual], minlength=data.outputs)
    counts = np.bincount(actual, minlength=data.outputs) + np.bincount(predicted, minlength=data.outputs)
    f1 = 2 * right[counts > 0] / counts[counts > 0]
    return [right.sum() / len(actual), losses.mean(), f1.mean()]


profile(io.StringIO("a,b,y\n0,u,1\n1,v,2\n"))  # warm
figures.figure("upload and profile", "s", PANDAS, lambda: figures.seconds(lambda: profile(file)))
figures.figure("claim to first step", "s", PANDAS + " to torch", lambda: figures.seconds(encode))
figures.figure("an epoch", "s", training.VERSION, epoch)
figures.figure("baselines and metrics", "s", SKLEARN, lambda: figures.seconds(linear))
figures.figure("most memory", "MB", "pandas, torch and scikit-learn", lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6)
