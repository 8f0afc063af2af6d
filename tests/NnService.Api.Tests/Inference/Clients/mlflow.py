"""Requests to MLflow's scoring server: those of its client (pyfunc/scoring_server/client.py with dump_input_data of utils/proto_json_utils.py: a frame by
to_dict(orient="split"), arrays and lists as inputs, NaN as Python writes it), and the others that its server takes (scoring_server/__init__.py).
"""
import json
import math

from http_client import expect, expect_that, send

JSON = {"Content-Type": "application/json", "User-Agent": "python-requests/2.32.3", "Accept-Encoding": "identity", "Accept": "*/*", "Connection": "keep-alive"}
CSV = {**JSON, "Content-Type": "text/csv"}


def invoke(data, headers=JSON, path="/invocations"):
    return send("POST", path, data.encode() if isinstance(data, str) else json.dumps(data).encode(), headers)


def predictions(response):
    expect(response.status, 200, response.text)
    return json.loads(response.body)["predictions"]


def probes():
    for path in ("/ping", "/health"):
        expect(send("GET", path, headers=JSON).status, 200, path)
    version = send("GET", "/version", headers=JSON)
    expect_that(version.status == 200 and version.text[0].isdigit(), version.text)


def frames():
    expect(predictions(invoke({"dataframe_split": {"index": [0, 1], "columns": ["b", "a"], "data": [[2, 1], [-4, 3]]}})), [5.5, -4.5], "split")
    expect(predictions(invoke({"dataframe_split": {"index": [7], "columns": [0, 1], "data": [[1, 2]]}})), [5.5], "a frame without names")
    expect(predictions(invoke({"dataframe_records": [{"a": 1, "b": 2}, {"b": -4, "a": 3}]})), [5.5, -4.5], "records")
    expect(predictions(invoke({"instances": [[1, 2], [3, -4]]})), [5.5, -4.5], "instances")
    expect(predictions(invoke({"inputs": [[1, 2], [3, -4]]})), [5.5, -4.5], "an array")
    expect(predictions(invoke({"inputs": {"a": [1, 3], "b": [2, -4]}})), [5.5, -4.5], "arrays by name")
    expect(predictions(invoke("b,a\n2,1\n-4,3\n", CSV)), [5.5, -4.5], "to_csv(index=False)")
    expect(predictions(invoke(",b,a\n0,2,1\n1,-4,3\n", CSV)), [5.5, -4.5], "to_csv() with its index")


def missing_and_params():
    known = predictions(invoke({"inputs": [[1, 2]]}, path="/invocations?model=gaps"))
    filled = predictions(invoke({"dataframe_split": {"index": [0], "columns": ["a", "b"], "data": [[1, math.nan]]}}, path="/invocations?model=gaps"))
    expect(len(filled), len(known), "NaN is a missing number")
    response = invoke({"inputs": [[1, 2]], "params": {"temperature": 0.5}})
    expect(predictions(response), [5.5], "params")
    expect_that("temperature" in json.loads(response.body)["warnings"][0], response.text)
    refused = invoke({"dataframe_split": {"columns": ["a", "c"], "data": [[1, 2]]}})
    expect_that(refused.status == 400 and "ignoreUnknown" not in refused.text, refused.text)


probes()
frames()
missing_and_params()
