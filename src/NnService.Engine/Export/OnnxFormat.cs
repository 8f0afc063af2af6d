using System.Text.Json.Nodes;
using NnService.Engine.Activations;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Specs;

namespace NnService.Engine.Export;

/// <summary>
/// One ONNX file (opset 17 and ai.onnx.ml 3), raw columns in, labels and probabilities or values out. Every input is [N, 1]: numbers and booleans (0 and 1)
/// as double with NaN for a missing one, categories as string with "" for a missing one. <c>metadata_props</c> hold <c>manifest</c> and <c>test_vectors</c>.
/// </summary>
/// <remarks>
/// Encoding and decoding are in float64, the network in the model's precision, as in the service; values of a target that was scaled are double. Operations
/// that runtimes know for float alone (Elu, Softplus, Gelu …) are written out; of erf there is only that, so it is taken in float.
/// </remarks>
public sealed class OnnxFormat : ExportFormat
{
    // Two orders of the same sums are each about as far from the exact one as the other; over a thousand rows the greater of the two may be twice that.
    private const double Roundings = 4;
    private const double GreatestBound = 1e-4;

    private const int MostListed = 20;
    private const string About =
        "A model of NnService: raw columns in, answers out. metadata_props hold its manifest and test_vectors, "
        + "where null is a missing value, to be fed as NaN or an empty text, and true and false are 1 and 0.";

    /// <inheritdoc />
    public override string Name => "onnx";

    /// <inheritdoc />
    public override string Extension => "onnx";

    /// <inheritdoc />
    public override string ContentType => "application/octet-stream";

    internal override long BytesPerParameter => 48;

    /// <inheritdoc />
    protected override double Bound => 1e-6;

    // A normalization may leave fewer digits than the bound asks for, in the model's own answers just as well.
    /// <inheritdoc />
    protected override double BoundOf(ExportSource source) =>
        source.IsSingle || HasErf(source) ? Math.Max(Bound, Math.Min(GreatestBound, Roundings * source.Rounding())) : Bound;

    /// <inheritdoc />
    protected override string Advice(ExportSource source) => source.IsSingle && Roundings * source.Rounding() > GreatestBound
        ? $"the model's own float32 is {source.Rounding():g3} away from the same numbers in float64, and no more than {GreatestBound} is let through: "
            + "train it with precision float64, or take another format"
        : base.Advice(source);

    // Runtimes have it for float alone.
    private static bool HasErf(ExportSource source) => source.Model.Parts.SelectMany(ExportStep.Of).Any(step => step is ActivationStep { Activation: GeluSpec });

    /// <inheritdoc />
    protected override string Measured => "The written graph, read back and evaluated operation by operation, on the same rows.";

    /// <inheritdoc />
    public override long BytesFor(TrainedModel model) => base.BytesFor(model) + OnnxEvaluator.BytesFor(model.Description);

    internal override byte[] Write(ExportSource source)
    {
        var graph = new OnnxGraph([.. source.Inputs.Select(input => input.Name)]);
        var isImputed = source.Model.Description.Features.Missing == MissingCells.Impute;
        var encoded = source.Inputs.SelectMany(input => input.IsText ? Category(graph, input, isImputed) : Number(graph, input, isImputed)).ToArray();
        var x = encoded.Length == 1 ? encoded[0] : graph.Node("Concat", encoded, ("axis", 1));
        var refusal = !isImputed || source.Inputs.Any(input => !input.IsText) ? Refusal(graph, source, x) : null;
        if (source.IsSingle)
            x = graph.Node("Cast", [x], ("to", OnnxTensor.FloatType));
        var network = new OnnxNetwork(graph, source.IsSingle);
        var isRegression = source.Model.Description.Target.Task == TaskKind.Regression;
        var answers = new List<string>();
        foreach (var part in source.Model.Parts)
        {
            var y = ExportStep.Of(part).Aggregate(x, (before, step) => network.Add(step, before));
            answers.Add(isRegression ? Decoded(graph, source, y) : y);
        }

        var answer = source.Model.Description.Ensemble is { } ensemble ? MeanOf(graph, source, answers, ensemble) : answers[0];
        if (refusal is not null)
            answer = graph.Node("Add", [answer, refusal]);
        if (isRegression)
            graph.Output(
                OutputName(source, "values"), answer, ResultType(source), source.Model.Description.Target.Columns.Count,
                $"The value of each target: {Listed(source)}");
        else
            Labels(graph, source, answer);
        return graph.ToModel(
            source.Name,
            typeof(OnnxFormat).Assembly.GetName().Version!.ToString(3),
            source.Manifest["version"] is JsonValue number && number.TryGetValue(out int version) ? version : 0,
            About,
            ("manifest", source.Manifest.ToJsonString(SpecJson.Options)),
            ("test_vectors", source.Vectors().ToJsonString(SpecJson.Options)));
    }

    internal override ExportResults Evaluate(byte[] file, ExportSource source)
    {
        var (evaluator, rows, columns) = (new OnnxEvaluator(file), source.Rows.Rows.Count, source.Expected.Columns);
        var (values, labels) = (new double[rows * columns], new int[source.Expected.Labels.Length]);
        var valuesName = OutputName(source, labels.Length > 0 ? "probabilities" : "values");
        for (var (start, count) = (0, 1); start < rows; (start, count) = (start + count, Math.Min(evaluator.RowsAtOnce, rows - start - count)))
        {
            var found = evaluator.Run(source, start, count);
            Array.Copy(found[valuesName].Data, 0, values, start * columns, count * columns); // from float too
            for (var row = 0; row < count && labels.Length > 0; row++)
                labels[start + row] = IndexOf(source.ResultNames, ((string[])found[OutputName(source, "label")].Data)[row]);
        }

        return new ExportResults(columns, values, labels);
    }

    private static int IndexOf(IReadOnlyList<string> names, string label) => names.TakeWhile(name => name != label).Count();

    private static string AboutOf(ExportInput input, bool isImputed) =>
        (input.IsBoolean ? "1 for true, 0 for false and nothing else"
            : input.Meaning is { } meaning ? $"Of the date in column {input.Column.Name}: {meaning}"
            : input.IsText ? "A text"
            : "A number")
        + (input.IsText ? "; an empty one is missing" : "; NaN is missing")
        + (isImputed ? "" : ", which has no answer but NaN");

    private static string Listed(ExportSource source) =>
        string.Join(", ", source.ResultNames.Take(MostListed)) + (source.ResultNames.Count > MostListed ? $" … ({source.ResultNames.Count} in all)" : "");

    // [N, 1] 0, and NaN where an encoded input is no number: the service refuses the row. Not left to the network, whose activations may make a number of it.
    private static string Refusal(OnnxGraph graph, ExportSource source, string encoded)
    {
        var none = graph.Node("ReduceMean", [graph.Node("Sub", [encoded, encoded])], ("axes", new long[] { 1 }), ("keepdims", 1));
        return source.AnswersAreSingle ? graph.Node("Cast", [none], ("to", OnnxTensor.FloatType)) : none;
    }

    // (x − shift) / scale, and in a missing number's place what training imputes, or NaN where it refused them.
    private static IEnumerable<string> Number(OnnxGraph graph, ExportInput input, bool isImputed)
    {
        string Constant(double value) => graph.Constant(OnnxTensor.Row([value], isSingle: false));
        var x = graph.Input(input.Name, OnnxTensor.DoubleType, about: AboutOf(input, isImputed));
        var isMissing = graph.Node("IsNaN", [x]);
        foreach (var number in input.MissingNumbers)
            isMissing = graph.Node("Or", [isMissing, graph.Node("Equal", [x, Constant(number)])]);
        var value = input.Log1p ? graph.Node("Log", [graph.Node("Add", [x, Constant(1)])]) : x;
        var scaled = graph.Node("Div", [graph.Node("Sub", [value, Constant(input.Shift)]), Constant(input.Scale)]);
        if (input.Clip)
        {
            var near = graph.Node("Max", [graph.Node("Min", [scaled, Constant(Scaling.ClipFrom)]), Constant(-Scaling.ClipFrom)]);
            near = graph.Node("Add", [near, graph.Node("Sub", [value, value])]); // 0; of what is no finite number, which the service refuses, NaN
            var third = graph.Node("Div", [near, Constant(Scaling.ClipLimit)]);
            scaled = graph.Node("Div", [near, graph.Node("Sqrt", [graph.Node("Add", [Constant(1), graph.Node("Mul", [third, third])])])]);
        }

        if (input.IsBoolean)
            scaled = graph.Node("Where", [
                graph.Node("Or", [graph.Node("Equal", [x, Constant(0)]), graph.Node("Equal", [x, Constant(1)])]), scaled, Constant(double.NaN)]);
        yield return graph.Node("Where", [isMissing, Constant(isImputed ? input.Missing : double.NaN), scaled]);
        if (input.HasIndicator)
            yield return graph.Node("Cast", [isMissing], ("to", OnnxTensor.DoubleType));
    }

    // The category's index, compared with every index that has an input; in a missing one's place that of what training imputes, or NaN where it refused them.
    private static IEnumerable<string> Category(OnnxGraph graph, ExportInput input, bool isImputed)
    {
        const int Missing = -2; // no index, and not that of unknown categories
        string Constant(params long[] values) => graph.Constant(new OnnxTensor([1, values.Length], values));
        string[] missing = [.. input.MissingTexts];
        string[] keys = [.. missing, .. input.Column.Categories];
        var code = graph.Node(
            "LabelEncoder",
            [graph.Input(input.Name, OnnxTensor.StringType, about: AboutOf(input, isImputed))],
            ("keys_strings", keys),
            ("values_int64s", Array.ConvertAll(Enumerable.Range(0, keys.Length).ToArray(), i => i < missing.Length ? (long)Missing : i - missing.Length)),
            ("default_int64", input.OtherCategory));
        var isMissing = graph.Node("Equal", [code, Constant(Missing)]);
        if (input.Values > 0)
        {
            var known = graph.Node("Where", [isMissing, Constant(input.MissingCategory), code]);
            var indexes = Constant([.. Enumerable.Range(0, input.Values).Select(i => (long)i)]);
            var values = graph.Node("Cast", [graph.Node("Equal", [known, indexes])], ("to", OnnxTensor.DoubleType));
            yield return isImputed ? values
                : graph.Node("Where", [isMissing, graph.Constant(OnnxTensor.Row([double.NaN], isSingle: false)), values]);
        }

        if (input.HasIndicator)
            yield return graph.Node("Cast", [isMissing], ("to", OnnxTensor.DoubleType));
    }

    // y · scale + shift in float64, less 1 of its exponential where the logarithm was learnt; a target that was not scaled stays in the model's precision.
    private static string Decoded(OnnxGraph graph, ExportSource source, string x)
    {
        string Constant(IReadOnlyList<double> values) => graph.Constant(OnnxTensor.Row([.. values], isSingle: false));
        var target = source.Model.Description.Target;
        if (!target.IsIdentity)
        {
            if (source.IsSingle)
                x = graph.Node("Cast", [x], ("to", OnnxTensor.DoubleType));
            x = graph.Node("Add", [graph.Node("Mul", [x, Constant(target.Scale)]), Constant(target.Shift)]);
        }

        if (target.Log1p)
            x = graph.Node("Sub", [graph.Node("Exp", [x]), Constant([1])]);
        if (target is { Low: { } low, High: { } high })
            x = graph.Node("Min", [graph.Node("Max", [x, Constant(low)]), Constant(high)]);
        return x;
    }

    // (c₁ y₁ + c₂ y₂ + …) / Σ c in float64.
    private static string MeanOf(OnnxGraph graph, ExportSource source, List<string> answers, IReadOnlyList<EnsemblePart> ensemble)
    {
        string Constant(double value) => graph.Constant(OnnxTensor.Row([value], isSingle: false));
        string Weighed(int i) => graph.Node("Mul", [
            source.AnswersAreSingle ? graph.Node("Cast", [answers[i]], ("to", OnnxTensor.DoubleType)) : answers[i], Constant(ensemble[i].Weight)]);
        var sum = Weighed(0);
        for (var i = 1; i < answers.Count; i++)
            sum = graph.Node("Add", [sum, Weighed(i)]);
        var mean = graph.Node("Div", [sum, Constant(source.Model.Description.TotalWeight)]);
        return source.AnswersAreSingle ? graph.Node("Cast", [mean], ("to", OnnxTensor.FloatType)) : mean;
    }

    private static void Labels(OnnxGraph graph, ExportSource source, string x)
    {
        var target = source.Model.Description.Target;
        var positive = target.PositiveIndex;
        string Constant(double value) => graph.Constant(OnnxTensor.Row([value], source.IsSingle));
        var probabilities = x;
        if (source.Model.Outputs == 1)
        {
            var other = graph.Node("Sub", [Constant(1), x]);
            probabilities = graph.Node("Concat", positive == 0 ? [x, other] : [other, x], ("axis", 1));
        }

        string index;
        if (positive < 0)
        {
            index = graph.Node("ArgMax", [probabilities], ("axis", 1), ("keepdims", 0));
        }
        else
        {
            var chosen = graph.Node("Gather", [probabilities, graph.Constant(new OnnxTensor([1], new long[] { positive }))], ("axis", 1));
            index = graph.Node("Where", [
                graph.Node("GreaterOrEqual", [chosen, Constant(LabelRule.EvenThreshold)]),
                graph.Constant(new OnnxTensor([1, 1], new long[] { positive })),
                graph.Constant(new OnnxTensor([1, 1], new long[] { 1 - positive }))]);
            index = graph.Node("Reshape", [index, graph.Constant(new OnnxTensor([1], new long[] { -1 }))]);
        }

        var label = graph.Node(
            "LabelEncoder",
            [index],
            ("keys_int64s", Array.ConvertAll(Enumerable.Range(0, target.Labels.Count).ToArray(), i => (long)i)),
            ("values_strings", target.Labels.ToArray()),
            ("default_string", ""));
        graph.Output(OutputName(source, "label"), label, OnnxTensor.StringType, null, "The label");
        graph.Output(OutputName(source, "probabilities"), probabilities, ResultType(source), target.Labels.Count, $"The probability of each label: {Listed(source)}");
    }

    private static int ResultType(ExportSource source) => source.AnswersAreSingle ? OnnxTensor.FloatType : OnnxTensor.DoubleType;

    // A column may have an output's name.
    private static string OutputName(ExportSource source, string name) =>
        source.Inputs.Any(input => input.Name == name) ? OutputName(source, $"predicted_{name}") : name;
}

/// <summary>Writes the steps of a network as nodes.</summary>
internal sealed class OnnxNetwork(OnnxGraph graph, bool isSingle)
{
    /// <summary>Adds a step; the name of what it makes.</summary>
    public string Add(ExportStep step, string x)
    {
        switch (step)
        {
            case ScaleStep scale:
                x = Node("Mul", Columns([.. Enumerable.Repeat(x, scale.Members)]), Row(scale.Scales));
                return Reshaped(x, scale.Width);
            case MeanStep mean:
                return Node("Div", Parts(x, mean.Members, mean.Width).Aggregate((sum, part) => Node("Add", sum, part)), Row([mean.Members]));
            case DenseStep { Own: > 1 } own:
                return Reshaped(Columns([.. Parts(x, own.Own, own.Inputs).Select((part, member) => Add(OfMember(own, member), part))]), own.Width);
            case DenseStep dense:
                x = Node("MatMul", x, graph.Constant(OnnxTensor.Matrix(dense.Weights, dense.Inputs, dense.Width, isSingle)));
                return dense.Bias is null ? x : Node("Add", x, Row(dense.Bias));
            case ColumnNormalizationStep columns:
                x = Node("Mul", Node("Sub", x, Row(columns.Mean)), Row(columns.Inverse));
                return Node("Add", Node("Mul", x, Row(columns.Scale)), Row(columns.Shift));
            case RowNormalizationStep row:
                var centered = Node("Sub", x, Mean(x));
                var deviation = Node("Sqrt", Node("Add", Mean(Node("Mul", centered, centered)), Row([row.Epsilon])));
                return Node("Add", Node("Mul", Node("Div", centered, deviation), Row(row.Scale)), Row(row.Shift));
            case EmbeddingStep embedding:
                return new OnnxEmbedding(graph, isSingle).Write(embedding, x);
            default:
                return Activation(((ActivationStep)step).Activation, x);
        }
    }

    private string Activation(ActivationSpec activation, string z) => activation.Formula is { } formula
        ? new OnnxExpression(graph, isSingle).Write(formula, z)
        : activation is SoftmaxSpec ? graph.Node("Softmax", [z], ("axis", 1))
        : throw new ExportException($"ONNX has no operations here for the activation {activation.Type}; take json or safetensors.");

    // The members of an ensemble are rows one behind the other, [rows · members, width]; where each has weights of its own, columns of one row.
    private IEnumerable<string> Parts(string x, int members, int width)
    {
        x = Reshaped(x, members * width);
        return Enumerable.Range(0, members).Select(member => Node("Slice", x, Index(member * width), Index((member + 1) * width), Index(1)));
    }

    private static DenseStep OfMember(DenseStep step, int member)
    {
        var length = step.Inputs * step.Width;
        return new DenseStep(
            step.Inputs, step.Width, step.Weights[(member * length)..((member + 1) * length)], step.Bias?[(member * step.Width)..((member + 1) * step.Width)]);
    }

    private string Columns(string[] parts) => graph.Node("Concat", parts, ("axis", 1));

    private string Reshaped(string x, int columns) => Node("Reshape", x, graph.Constant(new OnnxTensor([2], new long[] { -1, columns })));

    private string Index(int value) => graph.Constant(new OnnxTensor([1], new long[] { value }));

    private string Mean(string x) => graph.Node("ReduceMean", [x], ("axes", new long[] { 1 }), ("keepdims", 1));

    private string Row(double[] values) => graph.Constant(OnnxTensor.Row(values, isSingle));

    private string Node(string op, params string[] inputs) => graph.Node(op, inputs);
}
