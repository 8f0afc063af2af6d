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
                var turns = HalfTurns(Node("Mul", x, Row(periodic.Frequencies)));
                var waves = graph.Node("Concat", [Sine(turns), Cosine(turns)], ("axis", 1));
                var sum = Node("MatMul", waves, Matrix(periodic.Weights, 2 * periodic.Frequencies.Length, periodic.Width));
                return Node("Relu", Node("Add", sum, Row(periodic.Bias)));
            case CosinePart cosine:
                var phases = Node("Add", Node("Mul", x, Row(cosine.Frequencies)), Row(cosine.Phases));
                var all = graph.Node("Concat", [x, Cosine(HalfTurns(phases))], ("axis", 1));
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

    // Twice a number of turns without the whole ones, from −1 to 1 in float64: 2π is no number of few digits, and many turns would lose them.
    private string HalfTurns(string turns)
    {
        var half = Node("Add", turns, turns);
        var exact = isSingle ? graph.Node("Cast", [half], ("to", OnnxTensor.DoubleType)) : half;
        var whole = Node("Round", Node("Mul", exact, Double(0.5)));
        return Node("Sub", exact, Node("Add", whole, whole));
    }

    // sin πt
    private string Sine(string halfTurns)
    {
        var sine = Node("Sin", Node("Mul", halfTurns, Double(Math.PI)));
        return isSingle ? graph.Node("Cast", [sine], ("to", OnnxTensor.FloatType)) : sine;
    }

    // cos πt = sin π(t + ½). Cos is defined for double too, but ONNX Runtime 1.23 and older have it for float alone, and refuse the whole file.
    private string Cosine(string halfTurns) => Sine(Node("Add", halfTurns, Double(0.5)));

    private string Inputs(string x, EmbeddingPart part)
    {
        long[] places = [.. Enumerable.Range(part.From, part.Count).Select(place => (long)place)];
        return graph.Node("Gather", [x, graph.Constant(new OnnxTensor([places.Length], places))], ("axis", 1));
    }

    private string Double(double value) => graph.Constant(OnnxTensor.Row([value], isSingle: false));

    private string Row(double[] values) => graph.Constant(OnnxTensor.Row(values, isSingle));

    private string Matrix(double[] values, int rows, int columns) => graph.Constant(OnnxTensor.Matrix(values, rows, columns, isSingle));

    private string Node(string op, params string[] inputs) => graph.Node(op, inputs);
}
