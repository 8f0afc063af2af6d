namespace NnService.Engine.Export;

/// <summary>Writes the parts of an embedding as nodes of an ONNX graph.</summary>
/// <param name="graph">The graph.</param>
/// <param name="isSingle">Whether its numbers are float32.</param>
internal sealed class OnnxEmbedding(OnnxGraph graph, bool isSingle)
{
    /// <summary>Adds the nodes of an embedding of the value called <paramref name="x"/>; the name of what they make.</summary>
    public string Write(EmbeddingStep step, string x)
    {
        string[] parts = [.. step.Parts.Select(part => Write(part, Inputs(x, part)))];
        return parts.Length == 1 ? parts[0] : graph.Node("Concat", parts, ("axis", 1));
    }

    private string Write(EmbeddingPart part, string x)
    {
        switch (part)
        {
            case PiecewisePart linear:
                var line = Node("Add", Node("Mul", x, Row(linear.Weights)), Row(linear.Bias));
                return linear.Bins == 0 ? line : Node("Add", line, Node("MatMul", Code(linear, x), Matrix(linear.BinWeights, linear.Bins, linear.Width)));
            case PeriodicPart periodic:
                var turns = Node("Mul", x, Row(periodic.Frequencies));
                var angle = Angle(turns);
                var waves = graph.Node("Concat", [Wave("Sin", angle), Wave("Cos", angle)], ("axis", 1));
                var sum = Node("MatMul", waves, Matrix(periodic.Weights, 2 * periodic.Frequencies.Length, periodic.Width));
                return Node("Relu", Node("Add", sum, Row(periodic.Bias)));
            case CosinePart cosine:
                var phases = Node("Add", Node("Mul", x, Row(cosine.Frequencies)), Row(cosine.Phases));
                var all = graph.Node("Concat", [x, Wave("Cos", Angle(phases))], ("axis", 1));
                return Node("Add", Node("Mul", all, Row(cosine.Scale)), Row(cosine.Shift));
            case CategoryPart category:
                return Node("MatMul", x, Matrix(category.Weights, category.Count, category.Width));
            default:
                return x;
        }
    }

    // (x − e) / width, at least 0 but in the first bin, at most 1 but in the last.
    private string Code(PiecewisePart part, string x)
    {
        var bins = part.Bins;
        double Width(double low, double high) => isSingle ? (float)high - (float)low : high - low;
        var widths = Enumerable.Range(0, bins).Select(bin => Width(part.Edges[bin], part.Edges[bin + 1]));
        var code = Node("Div", Node("Sub", x, Row(part.Edges[..bins])), Row([.. widths]));
        var most = isSingle ? float.MaxValue : double.MaxValue;
        code = Node("Min", code, Row([.. Enumerable.Range(0, bins).Select(bin => bin < bins - 1 ? 1 : most)]));
        return Node("Max", code, Row([.. Enumerable.Range(0, bins).Select(bin => bin > 0 ? 0 : -most)]));
    }

    // 2π times a number of turns without the whole ones, in float64: 2π is no number of few digits, and many turns would lose them.
    private string Angle(string turns)
    {
        string Constant(double value) => graph.Constant(OnnxTensor.Row([value], isSingle: false));
        var half = Node("Add", turns, turns);
        var exact = isSingle ? graph.Node("Cast", [half], ("to", OnnxTensor.DoubleType)) : half;
        var whole = Node("Round", Node("Mul", exact, Constant(0.5)));
        return Node("Mul", Node("Sub", exact, Node("Add", whole, whole)), Constant(Math.PI));
    }

    private string Wave(string op, string angle) => isSingle ? graph.Node("Cast", [Node(op, angle)], ("to", OnnxTensor.FloatType)) : Node(op, angle);

    private string Inputs(string x, EmbeddingPart part)
    {
        long[] places = [.. Enumerable.Range(part.From, part.Count).Select(place => (long)place)];
        return graph.Node("Gather", [x, graph.Constant(new OnnxTensor([places.Length], places))], ("axis", 1));
    }

    private string Row(double[] values) => graph.Constant(OnnxTensor.Row(values, isSingle));

    private string Matrix(double[] values, int rows, int columns) => graph.Constant(OnnxTensor.Matrix(values, rows, columns, isSingle));

    private string Node(string op, params string[] inputs) => graph.Node(op, inputs);
}
