"""Requests of Triton's Python client, as tritonclient/http (_client.py, _utils.py, _infer_input.py, _requested_output.py, _infer_result.py) builds them.

No Content-Type is ever set; the body is one run of JSON and tensors, named and measured in the order name, shape, datatype, parameters;
requests may be compressed by gzip, and every call may carry a query of the caller's, as Triton's own examples do.
"""
import gzip
import json
import struct
import time
import urllib.parse

from http_client import expect, expect_that, send

QUERY = "?test_1=1&test_2=2"


def get(path, query=""):
    response = send("GET", f"/{path}{query}")
    expect(response.status, 200, f"GET {path}: {response.text}")
    return json.loads(response.body)


def error_of(response):
    """The client reads any status but 200 so, and fails on anything else."""
    expect_that(response.status != 200, "an error was expected")
    return json.loads(response.body)["error"]


class Input:
    def __init__(self, name, shape, datatype, values, binary=True):
        self.tensor = {"name": name, "shape": shape, "datatype": datatype}
        self.raw = None
        if not binary:
            self.tensor["data"] = values
            return
        formats = {"FP64": "d", "FP32": "f", "INT32": "i"}
        if datatype == "BYTES":
            self.raw = b"".join(struct.pack("<I", len(text.encode())) + text.encode() for text in values)
        else:
            self.raw = struct.pack(f"<{len(values)}{formats[datatype]}", *values)
        self.tensor["parameters"] = {"binary_data_size": len(self.raw)}


def output(name, binary=True, classes=0):
    parameters = {"classification": classes} if classes else {}
    parameters["binary_data"] = binary
    return {"name": name, "parameters": parameters}


def infer(model, inputs, version="", outputs=None, request_id="", query="", parameters=None, sequence_id=0, priority=0, timeout=None,
          compress=None, accept=None, headers=None):
    request, given = {}, {}
    if request_id != "":
        request["id"] = request_id
    if sequence_id != 0:
        given.update(sequence_id=sequence_id, sequence_start=True, sequence_end=False)
    if priority != 0:
        given["priority"] = priority
    if timeout is not None:
        given["timeout"] = timeout
    request["inputs"] = [one.tensor for one in inputs]
    if outputs:
        request["outputs"] = outputs
    else:
        given["binary_data_output"] = True
    given.update(parameters or {})
    if given:
        request["parameters"] = given
    head = json.dumps(request).encode()
    tail = [one.raw for one in inputs if one.raw is not None]
    body, headers = head + b"".join(tail), dict(headers or {})
    if compress:
        headers["Content-Encoding"] = compress
        body = gzip.compress(body)
    if accept:
        headers["Accept-Encoding"] = accept
    if tail:
        headers["Inference-Header-Content-Length"] = len(head)
    path = f"/v2/models/{urllib.parse.quote(model)}{f'/versions/{version}' if version else ''}/infer"
    return send("POST", path + query, body, headers)


def result(response):
    """Tensors by name, from JSON and from the bytes behind it."""
    expect(response.status, 200, f"infer: {response.text if response.status != 200 else ''}")
    body = response.body
    if response.headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    length = response.headers.get("Inference-Header-Content-Length")
    answer = json.loads(body if length is None else body[:int(length)])
    rest, tensors = b"" if length is None else body[int(length):], {}
    for tensor in answer["outputs"]:
        size = tensor.get("parameters", {}).get("binary_data_size")
        if size is None:
            tensors[tensor["name"]] = tensor["data"]
            continue
        raw, rest = rest[:size], rest[size:]
        if tensor["datatype"] == "BYTES":
            texts = []
            while raw:
                (count,) = struct.unpack_from("<I", raw)
                texts.append(raw[4:4 + count].decode())
                raw = raw[4 + count:]
            tensors[tensor["name"]] = texts
        else:
            tensors[tensor["name"]] = list(struct.unpack(f"<{size // (8 if tensor['datatype'] == 'FP64' else 4)}"
                                                        f"{'d' if tensor['datatype'] == 'FP64' else 'f'}", raw))
    return answer, tensors


def health_and_metadata():
    for path in ("v2/health/live", "v2/health/ready", "v2/models/sum/ready", "v2/models/sum/versions/1/ready"):
        expect(send("GET", f"/{path}{QUERY}").status, 200, path)
    expect_that(send("GET", "/v2/models/none/ready").status != 200, "a model that is not there is not ready")
    server = get("v2", QUERY)
    expect(server["name"], "nnservice", "server")
    expect_that(set(server["extensions"]) >= {"binary_tensor_data", "model_configuration", "model_repository", "statistics"}, str(server))
    model = get("v2/models/sum", QUERY)
    expect((model["name"], model["versions"]), ("sum", ["1", "2"]), "model metadata")
    expect(get("v2/models/sum/versions/1")["inputs"][0]["shape"], [-1, 2], "metadata of a version")
    expect_that("none" in error_of(send("GET", "/v2/models/none")), "the error names the model")


def configuration():
    for path in ("v2/models/sum/config", "v2/models/sum/versions/2/config"):
        config = get(path, QUERY)
        expect(config["name"], "sum", path)
        expect_that(config["max_batch_size"] > 0, "batches are taken")
        expect(config["input"], [{"name": "input", "data_type": "TYPE_FP64", "format": "FORMAT_NONE", "dims": [2],
                                  "is_shape_tensor": False, "allow_ragged_batch": False, "optional": False}], "input")
        expect([(one["name"], one["data_type"], one["dims"]) for one in config["output"]], [("y", "TYPE_FP64", [1])], "output")
    # What Triton's perf_analyzer checks: a configured tensor stands in the metadata, whose shape has the batch before the dims.
    for kind in ("input", "output"):
        for tensor in get("v2/models/kind/config")[kind]:
            described = next(one for one in get("v2/models/kind")[kind + "s"] if one["name"] == tensor["name"])
            expect(described["shape"], [-1] + tensor["dims"], tensor["name"])


def repository():
    wanted = [("kind", "1"), ("sum", "1"), ("sum", "2")]
    for response in (send("POST", "/v2/repository/index", b""), send("POST", f"/v2/repository/index{QUERY}", b""),
                     send("POST", "/v2/repository/index", json.dumps({"ready": True}).encode()), send("GET", "/v2/repository/index")):
        expect(response.status, 200, response.text)
        index = json.loads(response.body)
        expect([(one["name"], one["version"]) for one in index], wanted, "index")
        expect({(one["state"], one["reason"]) for one in index}, {("READY", "")}, "states")
    for verb, body in (("load", {}), ("load", {"parameters": {"config": "{\"max_batch_size\":\"16\"}"}}),
                       ("unload", {"parameters": {"unload_dependents": False}})):
        error = error_of(send("POST", f"/v2/repository/models/sum/{verb}", json.dumps(body).encode()))
        expect_that(f"not {verb}ed on request" in error, error)
    expect(send("POST", "/v2/repository/models/none/load", b"{}").status, 404, "loading a model that is not there")


def inference():
    both = [Input("input", [2, 2], "FP64", [1, 2, 3, -4])]
    answer, tensors = result(infer("sum", both, request_id="42", query=QUERY))
    expect((answer["model_name"], answer["model_version"], answer["id"], tensors), ("sum", "2", "42", {"y": [5.5, -4.5]}), "bytes")
    # As simple_http_infer_client.py: a tensor as JSON, one as bytes, an output of each kind.
    mixed = [Input("a", [1, 1], "INT32", [1], binary=False), Input("b", [1, 1], "INT32", [2])]
    expect(result(infer("sum", mixed, version="1", outputs=[output("y")]))[1], {"y": [5.5]}, "an output as bytes")
    expect(result(infer("sum", mixed, outputs=[output("y", binary=False)]))[1], {"y": [5.5]}, "an output as JSON")
    words = [Input("x", [2, 1], "FP64", [1000, -1000])]
    expect(result(infer("kind", words))[1], {"label": ["yes", "no"], "probabilities": [0, 1, 1, 0]}, "labels")
    expect(result(infer("kind", words, outputs=[output("label", binary=False)]))[1], {"label": ["yes", "no"]}, "labels as JSON")
    expect(result(infer("sum", both, compress="gzip"))[1], {"y": [5.5, -4.5]}, "a body by gzip")
    expect(result(infer("sum", both, accept="gzip"))[1], {"y": [5.5, -4.5]}, "an answer by gzip, or plain")
    expect(result(infer("sum", both, parameters={"my_note": "kept"}))[0]["parameters"]["my_note"], "kept", "a parameter of the caller's")
    for refused, word in ((infer("sum", both, sequence_id=7), "sequence_id"), (infer("sum", both, priority=1), "priority"),
                          (infer("sum", both, timeout=1000), "timeout"), (infer("sum", both, outputs=[output("y", classes=1)]), "classification")):
        expect_that(word in error_of(refused), word)
    deflated = send("POST", "/v2/models/sum/infer", b"x", {"Content-Encoding": "deflate"})
    expect((deflated.status, "deflate" in error_of(deflated)), (415, True), "deflate is refused by name")
    expect(infer("none", both).status, 404, "a model that is not there")


def statistics():
    before = get("v2/models/sum/stats")["model_stats"]
    expect([(one["name"], one["version"]) for one in before], [("sum", "1"), ("sum", "2")], "all versions")
    expect([one["version"] for one in get("v2/models/sum/versions/2/stats", QUERY)["model_stats"]], ["2"], "one version")
    expect([one["name"] for one in get("v2/models/stats")["model_stats"]], ["kind", "sum", "sum"], "all models")
    result(infer("sum", [Input("input", [3, 2], "FP64", [1, 2, 3, 4, 5, 6])]))
    error_of(infer("sum", [Input("input", [1, 3], "FP64", [1, 2, 3])]))
    old, new = before[1], get("v2/models/sum/versions/2/stats")["model_stats"][0]
    expect((new["inference_count"] - old["inference_count"], new["execution_count"] - old["execution_count"]), (3, 1), "rows and executions")
    expect_that(abs(new["last_inference"] / 1000 - time.time()) < 60, f"last_inference: {new['last_inference']}")
    stats = new["inference_stats"]
    for stage in ("success", "queue", "compute_input", "compute_infer", "compute_output"):
        expect(stats[stage]["count"] - old["inference_stats"][stage]["count"], 1, stage)
    expect(stats["fail"]["count"] - old["inference_stats"]["fail"]["count"], 1, "fail")
    expect_that(stats["fail"]["ns"] > old["inference_stats"]["fail"]["ns"], "a failure takes time")
    expect(stats["success"]["ns"], sum(stats[stage]["ns"] for stage in ("queue", "compute_input", "compute_infer", "compute_output")), "times")
    expect((stats["cache_hit"], stats["cache_miss"]), ({"count": 0, "ns": 0}, {"count": 0, "ns": 0}), "no cache")
    expect_that(any(one["batch_size"] == 3 and one["compute_infer"]["count"] == 1 for one in new["batch_stats"]), str(new["batch_stats"]))
    expect(send("GET", "/v2/models/none/stats").status, 404, "a model that is not there")


health_and_metadata()
configuration()
repository()
inference()
statistics()
