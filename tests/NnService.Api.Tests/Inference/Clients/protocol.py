"""A client of the Open Inference Protocol (V2, REST) and its binary tensor extension, written from their specifications with Python's standard library alone.

Usage: protocol.py URL < calls.json > answers.json

A call is {"get": PATH}, or {"model": NAME, "inputs": [TENSOR …], "binary": BOOL} and, where wanted, "version", "outputs" (names), "id", "parameters".
A tensor is {"name", "datatype", "shape", "data"}, data flat or nested. An answer has "status", "type" and "body"; tensors that came as bytes are decoded into "data".
"""
import http.client
import json
import struct
import sys
import urllib.parse

FORMATS = {
    "BOOL": "?", "INT8": "b", "INT16": "h", "INT32": "i", "INT64": "q", "UINT8": "B", "UINT16": "H", "UINT32": "I", "UINT64": "Q", "FP32": "f", "FP64": "d",
}


def flat(data):
    for item in data:
        if isinstance(item, list):
            yield from flat(item)
        else:
            yield item


def encode(datatype, data):
    if datatype == "BYTES":
        return b"".join(struct.pack("<I", len(text.encode())) + text.encode() for text in flat(data))
    elements = list(flat(data))
    return struct.pack(f"<{len(elements)}{FORMATS[datatype]}", *elements)


def decode(datatype, raw):
    if datatype != "BYTES":
        return list(struct.unpack(f"<{len(raw) // struct.calcsize(FORMATS[datatype])}{FORMATS[datatype]}", raw))
    elements = []
    while raw:
        (length,) = struct.unpack_from("<I", raw)
        elements.append(raw[4:4 + length].decode())
        raw = raw[4 + length:]
    return elements


def infer(connection, call):
    request = {key: call[key] for key in ("id", "parameters") if key in call}
    request["inputs"] = []
    tail = b""
    for tensor in call["inputs"]:
        given = {key: tensor[key] for key in ("name", "datatype", "shape")}
        if call.get("binary"):
            raw = encode(tensor["datatype"], tensor["data"])
            given["parameters"] = {"binary_data_size": len(raw)}
            tail += raw
        else:
            given["data"] = tensor["data"]
        request["inputs"].append(given)
    if "outputs" in call:
        request["outputs"] = [{"name": name, "parameters": {"binary_data": bool(call.get("binary"))}} for name in call["outputs"]]
    elif call.get("binary"):
        request.setdefault("parameters", {})["binary_data_output"] = True
    head = json.dumps(request).encode()
    headers = {"Content-Type": "application/json"}
    if tail:
        headers = {"Content-Type": "application/octet-stream", "Inference-Header-Content-Length": str(len(head))}
    version = f"/versions/{call['version']}" if "version" in call else ""
    connection.request("POST", f"/v2/models/{call['model']}{version}/infer", head + tail, headers)
    response = connection.getresponse()
    body = response.read()
    length = int(response.getheader("Inference-Header-Content-Length") or len(body))
    answer, tail = json.loads(body[:length]), body[length:]
    for tensor in answer.get("outputs", []):
        size = tensor.get("parameters", {}).get("binary_data_size")
        if size is not None:
            tensor["data"], tail = decode(tensor["datatype"], tail[:size]), tail[size:]
    if tail:
        raise ValueError(f"{len(tail)} bytes are left over")
    return {"status": response.status, "type": response.getheader("Content-Type"), "body": answer}


def get(connection, path):
    connection.request("GET", path)
    response = connection.getresponse()
    return {"status": response.status, "type": response.getheader("Content-Type"), "body": json.loads(response.read())}


def main():
    address = urllib.parse.urlsplit(sys.argv[1])
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
    answers = [get(connection, call["get"]) if "get" in call else infer(connection, call) for call in json.load(sys.stdin)]
    json.dump(answers, sys.stdout)


main()
