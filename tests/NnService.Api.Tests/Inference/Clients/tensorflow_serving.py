"""Requests to TensorFlow Serving's REST door: those of its own page and tests (g3doc/api_rest.md, http_rest_api_handler_test.cc,
tensorflow_model_server_test.py, http_rest_api_util.cc), sent as curl -d and Python's urllib send them: JSON called a form.
"""
import json

from http_client import expect, expect_that, send

FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "*/*"}


def post(path, data):
    return send("POST", f"/v1/models/{path}", json.dumps(data).encode(), FORM)


def answer(response):
    expect((response.status, response.headers["Content-Type"]), (200, "application/json"), response.text)
    return json.loads(response.body)


def get(path):
    return answer(send("GET", f"/v1/models/{path}", headers={"Accept": "*/*"}))


def error_of(response, status):
    expect(response.status, status, response.text)
    return json.loads(response.body)["error"]


def status_and_metadata():
    for path in ("half", "half/versions/1", "half/labels/stable"):
        expect(get(path)["model_version_status"], [{"version": "1", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}], path)
        metadata = get(f"{path}/metadata")
        expect(metadata["model_spec"], {"name": "half", "signature_name": "", "version": "1"}, f"{path}/metadata")
        signature = metadata["metadata"]["signature_def"]["signature_def"]["serving_default"]
        expect(signature["method_name"], "tensorflow/serving/predict", "method")
        one = {"dtype": "DT_DOUBLE", "tensor_shape": {"dim": [{"size": "-1", "name": ""}], "unknown_rank": False}}
        expect(signature["inputs"], {"x": {**one, "name": "x"}}, "inputs")
        expect(signature["outputs"], {"y": {**one, "name": "y"}}, "outputs")
    outputs = get("kind/metadata")["metadata"]["signature_def"]["signature_def"]["serving_default"]["outputs"]
    expect(outputs["label"]["dtype"], "DT_STRING", "labels")
    expect([one["size"] for one in outputs["probabilities"]["tensor_shape"]["dim"]], ["-1", "2"], "probabilities")
    error_of(send("GET", "/v1/models/none"), 404)
    error_of(send("GET", "/v1/models/half/labels/none"), 404)
    error_of(send("GET", "/v1/models/none/metadata"), 404)


def predict():
    for path in ("half", "half/versions/1", "half/labels/stable"):
        expect(answer(post(f"{path}:predict", {"instances": [1.0, 2.0, 5.0]})), {"predictions": [2.5, 3.0, 4.5]}, f"{path}: rows of one value")
    expect(answer(post("half:predict", {"signature_name": "serving_default", "instances": [{"x": 1.0}, {"x": [2.0]}]})), {"predictions": [2.5, 3.0]}, "objects")
    expect(answer(post("half:predict", {"signature_name": "serving_default", "inputs": [3.0, 4.0]})), {"outputs": [3.5, 4.0]}, "inputs")
    expect(answer(post("sum:predict", {"inputs": {"a": [1, 3], "b": [[2], [-4]]}})), {"outputs": [5.5, -4.5]}, "columns")
    expect(answer(post("kind:predict", {"inputs": {"x": [1000, -1000]}})),
           {"outputs": {"label": ["yes", "no"], "probabilities": [[0, 1], [1, 0]]}}, "several outputs")
    error_of(post("half:predict", {"signature_name": 7, "instances": [1]}), 400)
    error_of(post("none:predict", {"instances": [1.0, 5.0]}), 404)


def classify_and_regress():
    for path in ("half", "half/versions/1", "half/labels/stable"):
        expect(answer(post(f"{path}:regress", {"signature_name": "tensorflow/serving/regress", "examples": [{"x": 1.0}, {"x": [2.0]}]})),
               {"results": [2.5, 3.0]}, f"{path}:regress")
    expect(answer(post("sum:regress", {"context": {"b": 2}, "examples": [{"a": 1}, {"a": 3}]})), {"results": [5.5, 7.5]}, "context")
    expect(answer(post("kind:classify", {"signature_name": "classify_x_to_y", "examples": [{"x": 1000}, {"x": -1000.0}]})),
           {"results": [[["no", 0], ["yes", 1]], [["no", 1], ["yes", 0]]]}, "classify")
    expect_that(":regress" in error_of(post("half:classify", {"examples": [{"x": 1}]}), 400), "classify of numbers")
    expect_that(":classify" in error_of(post("kind:regress", {"examples": [{"x": 1}]}), 400), "regress of labels")
    expect_that("context" in error_of(post("sum:regress", {"context": {"a": 2}, "examples": [{"a": 1, "b": 1}]}), 400), "a feature twice")
    error_of(post("half:regress", {"instances": [1]}), 400)
    error_of(post("half:generate", {}), 404)


status_and_metadata()
predict()
classify_and_regress()
