"""onnx_model.py REQUEST.json MODEL.onnx: the network of a request for a model as ONNX, [N, features] of float in x, values or probabilities in y."""
import json
import sys

import numpy
from onnx import TensorProto, helper, numpy_helper, save

request = json.load(open(sys.argv[1]))
layers = request["network"]["layers"]
nodes, constants, last = [], [], "x"


def node(operation, *inputs, **attributes):
    global last
    last = f"{operation}{len(nodes)}"
    nodes.append(helper.make_node(operation, list(inputs), [last], **attributes))


for index, layer in enumerate(layers):
    names = [f"weights{index}", f"bias{index}"]
    constants += [numpy_helper.from_array(numpy.array(layer[key], numpy.float32), name) for key, name in zip(("weights", "bias"), names)]
    node("Gemm", last, *names)
    if layer["activation"] == "relu":
        node("Relu", last)
if "labels" in request:
    node("Softmax", last, axis=1)
nodes.append(helper.make_node("Identity", [last], ["y"]))
value = lambda name, width: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", width])
graph = helper.make_graph(nodes, "serving", [value("x", len(request["features"]))], [value("y", layers[-1]["units"])], constants)
save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), sys.argv[2])
