"""xgboost_peer.py TRAIN.csv TEST.csv|every5 TARGET accuracy|r2 SEED: trains XGBoost as our jobs are trained and prints what it came to, as Result has it.

On one thread: 100 rounds at most, histograms, all else its defaults; a tenth of the training rows, drawn by the seed, stops it early. Words are categories.
Timed is what a job does: from a table in memory to the trained model.
"""
import json
import sys
import time

import numpy
import pandas
import xgboost

if sys.argv[1:] == ["version"]:
    sys.exit(print("XGBoost " + xgboost.__version__))
train_csv, test_csv, target, figure, seed = sys.argv[1:]
table = pandas.read_csv(train_csv)
if test_csv == "every5":
    is_test = numpy.arange(len(table)) % 5 == 0
else:
    rows = len(table)
    table = pandas.concat([table, pandas.read_csv(test_csv)], ignore_index=True)
    is_test = numpy.arange(len(table)) >= rows
x, y = table.drop(columns=target), table[target]
x = x.astype({name: "category" for name in x.columns if x[name].dtype == object})
if figure == "accuracy":
    y, labels = pandas.factorize(y, sort=True)
    several = {"objective": "multi:softprob", "num_class": len(labels), "eval_metric": "mlogloss"}
    task = several if len(labels) > 2 else {"objective": "binary:logistic", "eval_metric": "logloss"}
else:
    y = y.to_numpy(float)
    task = {"objective": "reg:squarederror", "eval_metric": "rmse"}
x_train, y_train, x_test, y_test = x[~is_test], y[~is_test], x[is_test], y[is_test]

processor, begin = time.process_time(), time.perf_counter()
is_validation = numpy.zeros(len(x_train), bool)
is_validation[numpy.random.default_rng(int(seed)).permutation(len(x_train))[:len(x_train) // 10]] = True
matrices = [xgboost.DMatrix(x_train[rows], y_train[rows], enable_categorical=True, nthread=1) for rows in (~is_validation, is_validation)]
model = xgboost.train(
    {"tree_method": "hist", "nthread": 1, "seed": int(seed), **task}, matrices[0], 100, evals=[(matrices[1], "validation")], early_stopping_rounds=10,
    verbose_eval=False)
seconds, processor_seconds = time.perf_counter() - begin, time.process_time() - processor

answers = model.predict(xgboost.DMatrix(x_test, enable_categorical=True, nthread=1), iteration_range=(0, model.best_iteration + 1))
result = {"seconds": seconds, "processorSeconds": processor_seconds, "epochs": model.best_iteration + 1, "figureError": 0, "logLossError": 0}
if figure == "r2":
    error = numpy.mean((answers - y_test) ** 2)
    result |= {"figure": float(1 - error / numpy.var(y_test)), "rootMeanSquaredError": float(error ** 0.5)}
else:
    shares = answers.astype(float) if answers.ndim == 2 else numpy.stack([1 - answers, answers], 1).astype(float)
    right = numpy.clip(shares[numpy.arange(len(y_test)), y_test], 1e-7, 1)
    result |= {"figure": float(numpy.mean(shares.argmax(1) == y_test)), "logLoss": float(-numpy.log(right).mean())}
print(json.dumps(result))
