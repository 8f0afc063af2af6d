"""Requests of KServe's Python client (kserve/inference_client.py, kserve/protocol/infer_type.py), for both of its protocols.

The first one posts plain JSON without a Content-Type; the second adds an id of its own, model_name and, where tensors go as bytes, application/octet-stream.
"""
import json
import struct
import uuid

from http_client import expect, expect_that, send

ACCEPT = {"Accept": "*/*", "User-Agent": "python-httpx/0.27.0"}


def post(path, data, headers=None):
    return send("POST", path, data if isinstance(data, bytes) else json.dumps(data, separators=(",", ":")).encode(), {**ACCEPT, **(headers or {})})


def answer(response):
    expect(response.status, 200, response.text)
    return json.loads(response.body)


def first_protocol():
    expect(answer(send("GET", "/v1/models", headers=ACCEPT)), {"models": ["kind", "sum"]}, "all models")
    expect_that(answer(send("GET", "/v1/models/sum", headers=ACCEPT))["ready"] is True, "ready")
    expect(send("GET", "/v1/models/none", headers=ACCEPT).status, 404, "a model that is not there")
    expect(answer(post("/v1/models/sum:predict", {"instances": [[1, 2], [3, -4]]})), {"predictions": [5.5, -4.5]}, "rows as arrays")
    expect(answer(post("/v1/models/sum:predict", {"instances": [{"b": 2, "a": 1}]})), {"predictions": [5.5]}, "rows as objects")
    expect(answer(post("/v1/models/sum:predict", {"inputs": [[1, 2]]})), {"outputs": [5.5]}, "inputs")
    explained = answer(post("/v1/models/sum:explain", {"instances": [[1, 2], [0, 0]]}))
    expect(explained["predictions"], [5.5, 0.5], "predictions beside explanations")
    expect([[(part["feature"], part["attribution"]) for part in one["features"]] for one in explained["explanations"]],
           [[("a", 1.0), ("b", 4.0)], [("a", 0.0), ("b", 0.0)]], "explanations")
    refused = post("/v1/models/sum:predict", {"instances": [[1]]})
    expect((refused.status, refused.headers["Content-Type"]), (400, "application/json"), "a refusal that the client can read")
    expect_that("error" in json.loads(refused.body), refused.text)


def second_protocol():
    expect(answer(send("GET", "/v2/health/ready", headers=ACCEPT))["ready"], True, "server ready")
    expect(answer(send("GET", "/v2/health/live", headers=ACCEPT))["live"], True, "server live")
    expect(send("GET", "/v2/models/sum/ready", headers=ACCEPT).status, 200, "model ready")
    request = {"id": str(uuid.uuid4()), "model_name": "sum",
               "inputs": [{"name": "input", "shape": [2, 2], "datatype": "FP64", "data": [1.0, 2.0, 3.0, -4.0]}]}
    found = answer(post("/v2/models/sum/infer", request))
    expect((found["id"], found["outputs"][0]["data"]), (request["id"], [5.5, -4.5]), "JSON")
    raw = struct.pack("<4d", 1, 2, 3, -4)
    request["inputs"] = [{"name": "input", "shape": [2, 2], "datatype": "FP64", "parameters": {"binary_data_size": len(raw)}}]
    request["parameters"] = {"binary_data_output": True}
    head = json.dumps(request).encode()
    response = post("/v2/models/sum/infer", head + raw, {"inference-header-content-length": str(len(head)), "content-type": "application/octet-stream"})
    expect(response.status, 200, response.text if response.status != 200 else "")
    length = int(response.headers["inference-header-content-length"])
    expect(struct.unpack("<2d", response.body[length:]), (5.5, -4.5), "bytes")


first_protocol()
second_protocol()
