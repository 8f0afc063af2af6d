"""serving_peer.py torch|sklearn PORT INPUTS HIDDEN OUTPUTS: FastAPI answers predictions the way a short tutorial does it."""
import sys

import numpy
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from typing import List

kind, port, inputs, hidden, outputs = sys.argv[1], *map(int, sys.argv[2:6])
random = numpy.random.default_rng(1)
shapes = [(inputs, hidden), (hidden, outputs)]
weights = [random.normal(0, a ** -0.5, (a, b)).astype(numpy.float32) for a, b in shapes]

if kind == "torch":
    import torch

    torch.set_num_threads(1)
    first, second = torch.nn.Linear(inputs, hidden), torch.nn.Linear(hidden, outputs)
    with torch.no_grad():
        first.weight.copy_(torch.from_numpy(weights[0].T))
        second.weight.copy_(torch.from_numpy(weights[1].T))
    last = torch.nn.Softmax(dim=1) if outputs > 1 else torch.nn.Identity()
    net = torch.nn.Sequential(first, torch.nn.ReLU(), second, last).eval()

    def predict(rows):
        with torch.no_grad():
            return net(torch.tensor(rows)).tolist()
else:
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    data = random.normal(0, 1, (200, inputs))
    if outputs > 1:
        model = MLPClassifier((hidden,), max_iter=1).fit(data, numpy.arange(200) % outputs)
        predict = lambda rows: model.predict_proba(rows).tolist()
    else:
        model = MLPRegressor((hidden,), max_iter=1).fit(data, data[:, 0])
        predict = lambda rows: model.predict(rows).tolist()


class Rows(BaseModel):
    columns: List[str]
    rows: List[List[float]]


app = FastAPI()


@app.post("/predict")
async def answer(body: Rows):
    return {"predictions": predict(body.rows)}


uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", access_log=False)
