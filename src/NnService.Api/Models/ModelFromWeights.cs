using NnService.Api.Data;
using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Layers;
using NnService.Engine.Layers.Embeddings;
using NnService.Engine.Losses;
using NnService.Engine.Specs;

namespace NnService.Api.Models;

/// <summary>Makes a model from a network whose every weight is given.</summary>
internal static class ModelFromWeights
{
    /// <summary>The model; null, and problems added, where the request does not settle one.</summary>
    public static TrainedModel? Make(ModelRequest request, AppDbContext db, List<SpecProblem> problems)
    {
        if (request.Network is null)
            problems.Add(new SpecProblem("#/network", "network is missing; give a network's name, or a network with weights."));
        var network = request.Network?.Find(db, problems);
        problems.AddRange(SpecCheck.Problems(request).Where(problem => !problem.Pointer.StartsWith("#/network", StringComparison.Ordinal)));
        if (network is null || problems.Count > 0)
            return null;

        if (network.MemberCount > 1)
            problems.Add(new SpecProblem(
                "#/network/members",
                $"The network has {network.MemberCount} members, whose own numbers have no place in a network's weights. Leave members out; an ensemble comes "
                    + "from training, or from the export json of a model."));
        for (var i = 0; i < network.Layers.Count; i++)
            if (network.Layers[i] is EmbeddingSpec embedding)
                problems.Add(new SpecProblem(
                    $"#/network/layers/{i}",
                    $"A model made without training takes every number from the request, and those of a {embedding.Type} layer cannot be given. "
                        + "Train the network, or leave the layer out."));
            else if (network.Layers[i] is DenseSpec dense && (dense.Weights is null || (dense.UseBias && dense.Bias is null)))
                problems.Add(new SpecProblem(
                    $"#/network/layers/{i}/{(dense.Weights is null ? "weights" : "bias")}",
                    $"Layer {i} needs {(dense.Weights is null ? "weights" : "a bias, or useBias false")}: a model made without training takes every number "
                        + $"from the request."));
        var shape = NetworkShape.Of(network, null, null);
        if ((request.Precision ?? Precision.Float32) == Precision.Float32)
            problems.AddRange(network.Layers.SelectMany((layer, i) => layer is DenseSpec dense ? TooLarge(dense, $"#/network/layers/{i}") : [])
                .Take(TableFormatException.MostProblems));
        if (problems.Count > 0 || shape is not { Inputs: { } inputs, Outputs: { } outputs })
            return null;

        var features = FeaturesOf(request, inputs, problems);
        var target = TargetOf(request, outputs, problems);
        if (WhyNoTarget(request, features, target) is { } why)
            problems.Add(new SpecProblem("#/target", why));
        if (features is null || target is null || problems.Count > 0)
            return null;
        var description = new ModelDescription
        {
            Network = network.Settled(inputs, outputs),
            Features = features,
            Target = target,
            Precision = request.Precision ?? Precision.Float32,
            Link = LinkOf(network, target, outputs),
        };
        return TrainedModel.FromExplicitWeights(description, network);
    }

    // JSON has no number that float64 cannot hold; one that float32 cannot would become infinite.
    private static IEnumerable<SpecProblem> TooLarge(DenseSpec layer, string at)
    {
        for (var row = 0; row < (layer.Weights?.Count ?? 0); row++)
            for (var unit = 0; unit < (layer.Weights![row]?.Count ?? 0); unit++)
                if (!float.IsFinite((float)layer.Weights[row][unit]))
                    yield return Problem($"{at}/weights/{row}/{unit}", layer.Weights[row][unit]);
        for (var unit = 0; unit < (layer.Bias?.Count ?? 0); unit++)
            if (!float.IsFinite((float)layer.Bias![unit]))
                yield return Problem($"{at}/bias/{unit}", layer.Bias[unit]);

        static SpecProblem Problem(string pointer, double number) =>
            new(pointer, $"{number:R} is too large for float32; give a smaller number, or precision float64.");
    }

    private static FeatureEncoding? FeaturesOf(ModelRequest request, int inputs, List<SpecProblem> problems)
    {
        var names = request.Features ?? [.. Enumerable.Range(1, Math.Min(inputs, TableReadOptions.MostColumns)).Select(i => $"x{i}")];
        var known = names.ToHashSet(StringComparer.Ordinal);
        if (inputs > TableReadOptions.MostColumns)
            problems.Add(new SpecProblem(
                "#/network", $"The network has {inputs:N0} inputs; a model takes at most {TableReadOptions.MostColumns:N0} features, "
                + $"as a table has at most so many columns."));
        else if (names.Count != inputs)
            problems.Add(new SpecProblem("#/features", $"There are {names.Count} features; the network has {inputs} inputs."));
        problems.AddRange(new ModelNames(names).Problems("#/features"));
        foreach (var column in request.Preprocessing?.Columns?.Keys ?? [])
            if (!known.Contains(column))
                problems.Add(new SpecProblem($"#/preprocessing/columns/{SpecJson.Escape(column)}", $"\"{column}\" is not a feature."));
        foreach (var (column, scaling) in request.Preprocessing?.Columns ?? new Dictionary<string, ColumnScaling>())
            if (scaling is { Numeric: not null } or { MaxCategories: not null })
                problems.Add(new SpecProblem(
                    $"#/preprocessing/columns/{SpecJson.Escape(column)}/{(scaling.Numeric is null ? "maxCategories" : "numeric")}",
                    "A model made without training has no rows to learn an encoding from; give shift and scale."));
        foreach (var problem in request.Preprocessing?.Validate() ?? [])
            problems.Add(new SpecProblem("#/preprocessing" + problem.Pointer, problem.Detail));
        if (problems.Count > 0)
            return null;
        return new FeatureEncoding(
            [.. names.Select(name => request.Preprocessing?.Columns?.GetValueOrDefault(name) is { } scaling
                ? new FeatureColumn { Name = name, Type = ColumnType.Number,
                    Shift = scaling.Shift ?? 0, Scale = scaling.Scale ?? 1, Log1p = scaling.Transform == NumberTransform.Log1p }
                : new FeatureColumn { Name = name, Type = ColumnType.Number })],
            MissingCells.Error);
    }

    // Index of the first name that stands before it too; null: each stands there once.
    private static int? Repeated(IReadOnlyList<string> names)
    {
        var before = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < names.Count; i++)
            if (!before.Add(names[i]))
                return i;
        return null;
    }

    // Where target is left out, the answer is called y whatever the features are called.
    private static string? WhyNoTarget(ModelRequest request, FeatureEncoding? features, TargetEncoding? target) =>
        request.Target is not { } name ? null
        : ModelNames.WhyNoName(name)
            ?? target?.Columns.Select(new ModelNames([.. features?.Columns.Select(feature => feature.Name) ?? []]).WhyNoTarget).OfType<string>().FirstOrDefault();

    private static TargetEncoding? TargetOf(ModelRequest request, int outputs, List<SpecProblem> problems)
    {
        var name = request.Target ?? "y";
        if (request.Labels is not { } labels)
        {
            string[] columns = outputs == 1 ? [name] : [.. Enumerable.Range(1, outputs).Select(i => $"{name}{i}")];
            return new TargetEncoding(TaskKind.Regression, columns, shift: new double[outputs], scale: [.. Enumerable.Repeat(1.0, outputs)]);
        }

        if (Repeated(labels) is { } again)
            problems.Add(new SpecProblem($"#/labels/{again}", $"\"{Echo.Cut(labels[again])}\" stands there twice."));
        else if (labels.Count != Math.Max(outputs, 2))
            problems.Add(new SpecProblem("#/labels", $"There are {labels.Count} labels; a network with {outputs} outputs tells {Math.Max(outputs, 2)} apart."));
        else
            return labels.Count == 2
                ? new TargetEncoding(TaskKind.BinaryClassification, [name], labels, labels[1])
                : new TargetEncoding(TaskKind.MulticlassClassification, [name], labels);
        return null;
    }

    // The outputs of a classifier that ends in linear units are logits.
    private static OutputLink LinkOf(NetworkSpec network, TargetEncoding target, int outputs) =>
        target.Task == TaskKind.Regression || !network.EndsInLinear ? OutputLink.Identity
        : outputs == 1 ? OutputLink.Sigmoid
        : OutputLink.Softmax;
}
