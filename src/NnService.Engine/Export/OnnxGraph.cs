namespace NnService.Engine.Export;

/// <summary>Collects the nodes of an ONNX graph and writes the model. The numbers of fields are those of onnx.proto (ONNX 1.12, IR version 8).</summary>
internal sealed class OnnxGraph
{
    private const int IrVersion = 8;
    private const int Opset = 17;
    private const int MlOpset = 3;
    private const string MlDomain = "ai.onnx.ml";
    // AttributeProto.AttributeType
    private const int IntAttribute = 2;
    private const int StringAttribute = 3;
    private const int IntsAttribute = 7;
    private const int StringsAttribute = 8;

    private readonly string _prefix = "nn/";
    private readonly ProtoWriter _graph = new();
    private readonly List<(string Name, OnnxTensor Tensor)> _constants = [];
    private readonly List<ProtoWriter> _inputs = [];
    private readonly List<ProtoWriter> _outputs = [];
    private int _nodes;

    /// <summary>A graph whose values have other names than its inputs.</summary>
    /// <param name="inputs">Their names.</param>
    public OnnxGraph(params IReadOnlyList<string> inputs)
    {
        while (inputs.Any(input => input.StartsWith(_prefix, StringComparison.Ordinal)))
            _prefix = $"n{_prefix}";
    }

    /// <summary>A constant; its name.</summary>
    public string Constant(OnnxTensor tensor)
    {
        _constants.Add(($"{_prefix}constant{_constants.Count}", tensor));
        return _constants[^1].Name;
    }

    /// <summary>An input [N, columns].</summary>
    public string Input(string name, int type, int columns = 1, string about = "")
    {
        _inputs.Add(ValueInfo(name, type, columns, about));
        return name;
    }

    /// <summary>An output [N, columns], or [N] where columns is null, of what a node has made.</summary>
    public void Output(string name, string from, int type, int? columns, string about = "")
    {
        Add("Identity", [from], name, []);
        _outputs.Add(ValueInfo(name, type, columns, about));
    }

    /// <summary>A node with one output; its name.</summary>
    public string Node(string op, string[] inputs, params (string Name, object Value)[] attributes)
    {
        var output = $"{_prefix}{op}{_nodes}";
        Add(op, inputs, output, attributes);
        return output;
    }

    /// <summary>
    /// The message ModelProto: ir_version 1, producer 2 and 3, model_version 5, doc_string 6, graph 7, opset_import 8, metadata_props 14.
    /// </summary>
    public byte[] ToModel(string name, string producer, int version = 0, string about = "", params (string Key, string Value)[] metadata)
    {
        _graph.Add(2, name);
        foreach (var (constant, tensor) in _constants)
            _graph.Add(5, tensor.ToMessage(constant));
        foreach (var input in _inputs)
            _graph.Add(11, input);
        foreach (var output in _outputs)
            _graph.Add(12, output);
        var model = new ProtoWriter().Add(1, IrVersion).Add(2, "NnService").Add(3, producer).Add(5, version).Add(6, about).Add(7, _graph)
            .Add(8, new ProtoWriter().Add(1, "").Add(2, Opset))
            .Add(8, new ProtoWriter().Add(1, MlDomain).Add(2, MlOpset));
        foreach (var (key, value) in metadata)
            model.Add(14, new ProtoWriter().Add(1, key).Add(2, value));
        return model.ToArray();
    }

    // NodeProto: input 1, output 2, name 3, op_type 4, attribute 5, domain 7
    private void Add(string op, string[] inputs, string output, (string Name, object Value)[] attributes)
    {
        var node = new ProtoWriter();
        foreach (var input in inputs)
            node.Add(1, input);
        node.Add(2, output).Add(3, $"{op}{_nodes++}").Add(4, op);
        foreach (var (name, value) in attributes)
            node.Add(5, Attribute(name, value));
        if (op == "LabelEncoder")
            node.Add(7, MlDomain);
        _graph.Add(1, node);
    }

    // AttributeProto: name 1, i 3, s 4, ints 8, strings 9, type 20
    private static ProtoWriter Attribute(string name, object value)
    {
        var attribute = new ProtoWriter().Add(1, name);
        switch (value)
        {
            case int number:
                return attribute.Add(3, number).Add(20, IntAttribute);
            case string text:
                return attribute.Add(4, text).Add(20, StringAttribute);
            case long[] numbers:
                foreach (var number in numbers)
                    attribute.Add(8, number);
                return attribute.Add(20, IntsAttribute);
            default:
                foreach (var text in (string[])value)
                    attribute.Add(9, text);
                return attribute.Add(20, StringsAttribute);
        }
    }

    // ValueInfoProto: name 1, type 2 { tensor_type 1 { elem_type 1, shape 2 { dim 1 { dim_value 1 or dim_param 2 } } } }, doc_string 3
    private static ProtoWriter ValueInfo(string name, int type, int? columns, string about)
    {
        var shape = new ProtoWriter().Add(1, new ProtoWriter().Add(2, "N"));
        if (columns is { } width)
            shape.Add(1, new ProtoWriter().Add(1, width));
        return new ProtoWriter().Add(1, name).Add(2, new ProtoWriter().Add(1, new ProtoWriter().Add(1, type).Add(2, shape))).Add(3, about);
    }
}
