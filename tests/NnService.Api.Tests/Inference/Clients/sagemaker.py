"""Requests that reach a SageMaker container: GET /ping, and POST /invocations with the bodies of the SDK's serializers (sagemaker/base_serializers.py: CSV rows
without a header joined by line feeds, JSON of lists, JSON lines) and the Accept of its deserializers (sagemaker/base_deserializers.py).
"""
import json

from http_client import expect, expect_that, send


def invoke(body, content_type, accept):
    return send("POST", "/invocations", body.encode(), {
        "Content-Type": content_type, "Accept": accept, "X-Amzn-SageMaker-Custom-Attributes": "trace=1"})


def text(response, content_type):
    expect((response.status, response.headers["Content-Type"].split(";")[0]), (200, content_type), response.text)
    return response.text


def csv():
    rows = "1,2\n3,-4"
    expect(json.loads(text(invoke(rows, "text/csv", "application/json"), "application/json")), {"predictions": [5.5, -4.5]}, "CSV to JSON")
    expect(text(invoke(rows, "text/csv", "text/csv"), "text/csv").splitlines(), ["5.5", "-4.5"], "CSV to CSV: a line for a line")
    expect(text(invoke(rows, "text/csv; label_size=0", "text/csv"), "text/csv").splitlines(), ["5.5", "-4.5"], "built-in algorithms' parameter")
    expect(text(invoke(rows, "text/csv", "text/csv, application/json"), "text/csv").splitlines(), ["5.5", "-4.5"], "Accept of a frame")
    expect(text(invoke(rows, "text/csv", "application/jsonlines"), "application/jsonlines").splitlines(), ["5.5", "-4.5"], "CSV to lines")
    refused = invoke("1,2,3\n", "text/csv; header=absent", "text/csv")
    expect_that(refused.status == 400 and "takes 2, in this order: a, b" in refused.text, refused.text)


def json_and_lines():
    expect(json.loads(text(invoke("[[1, 2], [3, -4]]", "application/json", "application/json"), "application/json")), {"predictions": [5.5, -4.5]}, "lists")
    expect(json.loads(text(invoke('{"instances": [{"a": 1, "b": 2}]}', "application/json", "*/*"), "application/json")), {"predictions": [5.5]}, "instances")
    lines = '[1, 2]\n{"b": -4, "a": 3}'
    expect(text(invoke(lines, "application/jsonlines", "application/jsonlines"), "application/jsonlines").splitlines(), ["5.5", "-4.5"], "lines to lines")
    expect(json.loads(text(invoke(lines, "application/jsonlines", "application/json"), "application/json")), {"predictions": [5.5, -4.5]}, "lines to JSON")


def refusals():
    array = invoke("\x93NUMPY", "application/x-npy", "application/json")
    expect_that(array.status == 415 and "application/x-npy" in array.text, array.text)
    wanted = invoke("1,2", "text/csv", "application/x-npy")
    expect_that(wanted.status == 406 and "application/x-npy" in wanted.text, wanted.text)


expect(send("GET", "/ping").status, 200, "ping")
csv()
json_and_lines()
refusals()
