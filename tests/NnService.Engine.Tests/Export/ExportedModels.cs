using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;
using NnService.Engine.Activations;
using NnService.Engine.Data;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Export;
using NnService.Engine.Losses;
using NnService.Engine.Random;
using NnService.Engine.Specs;
using NnService.Engine.Tests.Layers;

namespace NnService.Engine.Tests.Export;

/// <summary>Models of every layer, activation, kind of column and task between them, with drawn weights.</summary>
internal static class ExportedModels
{
    private const string Together = " together with "; // the networks of an ensemble

    private static readonly Dictionary<string, (string Layers, Precision Precision, OutputLink Link, TargetEncoding Target)> s_models = new()
    {
        ["float64 elu, layer normalization, gelu, softmax"] = (
            """[{"type":"dense","units":21,"activation":{"type":"elu","alpha":0.7}},{"type":"layerNormalization"},{"type":"dense","units":17"""
                + ""","activation":"gelu"},{"type":"dense","units":3,"activation":"softmax"}]""",
            Precision.Float64, OutputLink.Identity, Labels("a", "b", "c\"?/é")),
        ["float32 leakyRelu, batch normalization, silu, softmax of logits"] = (
            """[{"type":"dense","units":40,"activation":"leakyRelu"},{"type":"batchNormalization"},{"type":"dropout","rate":0.2},{"type":"dense","units":20"""
                + ""","activation":"silu","useBias":false},{"type":"dense","units":3,"activation":"softmax"}]""",
            Precision.Float32, OutputLink.Softmax, Labels("a", "b", "c")),
        ["float64 softplus, tanh, one sigmoid unit, first label positive"] = (
            """[{"type":"dense","units":9,"activation":"softplus"},{"type":"dense","units":5,"activation":"tanh"},{"type":"dense","units":1"""
                + ""","activation":"sigmoid"}]""",
            Precision.Float64, OutputLink.Sigmoid, new TargetEncoding(TaskKind.BinaryClassification, ["y"], ["no", "yes"], "no")),
        ["float32 sigmoid, gelu, elu, layer normalization, two softmax units"] = (
            """[{"type":"dense","units":33,"activation":"sigmoid"},{"type":"dense","units":18,"activation":"gelu"},{"type":"layerNormalization"},"""
                + """{"type":"dense","units":6,"activation":"elu"},{"type":"dense","units":2,"activation":"softmax"}]""",
            Precision.Float32, OutputLink.Identity, new TargetEncoding(TaskKind.BinaryClassification, ["y"], ["no", "yes"], "yes")),
        ["float32 relu, tanh, softplus, two targets with a logarithm"] = (
            """[{"type":"dense","units":12,"activation":"relu"},{"type":"dense","units":12,"activation":"tanh"},{"type":"dense","units":7"""
                + ""","activation":"softplus"},{"type":"dense","units":2}]""",
            Precision.Float32, OutputLink.Identity, new TargetEncoding(TaskKind.Regression, ["y", "z"], shift: [3, 1], scale: [0.5, 2], log1p: true)),
        ["float32 regression far from zero"] = (
            """[{"type":"dense","units":6,"activation":"tanh"},{"type":"dense","units":1}]""",
            Precision.Float32, OutputLink.Identity, new TargetEncoding(TaskKind.Regression, ["y"], shift: [1.7e9], scale: [577])),
        ["float32 regression as it is"] = (
            """[{"type":"dense","units":6,"activation":"tanh"},{"type":"dense","units":1}]""",
            Precision.Float32, OutputLink.Identity, new TargetEncoding(TaskKind.Regression, ["y"], shift: [0], scale: [1])),
        ["float64 batch normalization, 20 labels"] = (
            """[{"type":"dense","units":24,"activation":"relu"},{"type":"batchNormalization"},{"type":"dense","units":20,"activation":"softmax"}]""",
            Precision.Float64, OutputLink.Softmax, Labels([.. Enumerable.Range(0, 20).Select(i => $"label {i}")])),
        ["float32 categories and numbers in bins, embedded"] = (
            """[{"type":"categoryEmbedding"},{"type":"piecewiseLinear","bins":5,"units":6},{"type":"dense","units":12,"activation":"relu"}"""
                + """,{"type":"dense","units":3,"activation":"softmax"}]""",
            Precision.Float32, OutputLink.Softmax, Labels("a", "b", "c")),
        ["float64 numbers in bins, embedded"] = (
            """[{"type":"piecewiseLinear","bins":64,"units":3},{"type":"dense","units":9,"activation":"relu"},{"type":"dense","units":1}]""",
            Precision.Float64, OutputLink.Identity, new TargetEncoding(TaskKind.Regression, ["y"], shift: [10], scale: [2])),
        ["float32 periodic embedding"] = (
            """[{"type":"periodic","frequencies":7,"units":5,"scale":3},{"type":"categoryEmbedding","units":2}"""
                + """,{"type":"dense","units":9,"activation":"relu"},{"type":"dense","units":1}]""",
            Precision.Float32, OutputLink.Identity, new TargetEncoding(TaskKind.Regression, ["y"], shift: [10], scale: [2])),
        ["float64 periodic embedding"] = (
            """[{"type":"periodic","frequencies":3,"units":4,"scale":0.1},{"type":"dense","units":1,"activation":"sigmoid"}]""",
            Precision.Float64, OutputLink.Sigmoid, new TargetEncoding(TaskKind.BinaryClassification, ["y"], ["no", "yes"], "no")),
        ["float32 embedding by cosines"] = (
            """[{"type":"cosine","frequencies":17},{"type":"dense","units":9,"activation":"relu"},{"type":"dense","units":3,"activation":"softmax"}]""",
            Precision.Float32, OutputLink.Softmax, Labels("a", "b", "c")),
        ["float64 embedding by cosines"] = (
            """[{"type":"cosine","frequencies":4,"scale":10},{"type":"dense","units":4,"activation":"tanh"},{"type":"dense","units":1}]""",
            Precision.Float64, OutputLink.Identity, new TargetEncoding(TaskKind.Regression, ["y"], shift: [10], scale: [2])),
        ["float64 regression"] = (
            """[{"type":"dense","units":4,"activation":"silu"},{"type":"dense","units":1}]""",
            Precision.Float64, OutputLink.Identity, new TargetEncoding(TaskKind.Regression, ["y"], shift: [1000], scale: [250])),
        ["float32 regression as it is, held within a range"] = (
            """[{"type":"dense","units":6,"activation":"tanh"},{"type":"dense","units":1}]""",
            Precision.Float32, OutputLink.Identity, new TargetEncoding(TaskKind.Regression, ["y"], shift: [0], scale: [1], low: [-0.1], high: [0.35])),
        ["float64 two targets with a logarithm, held within a range"] = (
            """[{"type":"dense","units":9,"activation":"relu"},{"type":"dense","units":2}]""",
            Precision.Float64, OutputLink.Identity,
            new TargetEncoding(TaskKind.Regression, ["y", "z"], shift: [3, 1], scale: [0.5, 2], log1p: true, low: [15, 0], high: [25, 8])),
        ["float32 five members, layer normalization before they part, softmax of logits"] = (
            """{"members":5,"layers":[{"type":"layerNormalization"},{"type":"dense","units":17,"activation":"gelu"},{"type":"layerNormalization"},"""
                + """{"type":"dense","units":9,"activation":"relu"},{"type":"dense","units":3,"activation":"softmax"}]}""",
            Precision.Float32, OutputLink.Softmax, Labels("a", "b", "c")),
        ["float32 three members, batch normalization, two targets"] = (
            """{"members":3,"layers":[{"type":"dense","units":12,"activation":"tanh"},{"type":"batchNormalization"},"""
                + """{"type":"dense","units":2,"useBias":false}]}""",
            Precision.Float32, OutputLink.Identity, new TargetEncoding(TaskKind.Regression, ["y", "z"], shift: [3, 1], scale: [0.5, 2], log1p: true)),
        ["float64 four members of one layer, one sigmoid unit"] = (
            """{"members":4,"layers":[{"type":"dense","units":1,"activation":"sigmoid"}]}""",
            Precision.Float64, OutputLink.Sigmoid, new TargetEncoding(TaskKind.BinaryClassification, ["y"], ["no", "yes"], "no")),
        ["float32 ensemble of members, an embedding and a plain network, softmax of logits"] = (
            """{"members":3,"layers":[{"type":"dense","units":9,"activation":"relu"},{"type":"dense","units":3,"activation":"softmax"}]}"""
                + Together + """[{"type":"periodic","frequencies":3,"units":2,"scale":3},{"type":"dense","units":3,"activation":"softmax"}]"""
                + Together + """[{"type":"dense","units":5,"activation":"tanh"},{"type":"batchNormalization"},{"type":"dense","units":3,"activation":"softmax"}]""",
            Precision.Float32, OutputLink.Softmax, Labels("a", "b", "c")),
        ["float64 ensemble, one sigmoid unit"] = (
            """[{"type":"dense","units":5,"activation":"tanh"},{"type":"dense","units":1,"activation":"sigmoid"}]"""
                + Together + """[{"type":"dense","units":1,"activation":"sigmoid"}]""",
            Precision.Float64, OutputLink.Sigmoid, new TargetEncoding(TaskKind.BinaryClassification, ["y"], ["no", "yes"], "no")),
        ["float32 ensemble, two targets with a logarithm, held within a range"] = (
            """[{"type":"dense","units":9,"activation":"relu"},{"type":"dense","units":2}]"""
                + Together + """{"members":2,"layers":[{"type":"dense","units":4,"activation":"tanh"},{"type":"dense","units":2}]}""",
            Precision.Float32, OutputLink.Identity,
            new TargetEncoding(TaskKind.Regression, ["y", "z"], shift: [3, 1], scale: [0.5, 2], log1p: true, low: [15, 0], high: [25, 8])),
        ["float32 ensemble, regression as it is"] = (
            """[{"type":"dense","units":6,"activation":"tanh"},{"type":"dense","units":1}]""" + Together + """[{"type":"dense","units":1}]""",
            Precision.Float32, OutputLink.Identity, new TargetEncoding(TaskKind.Regression, ["y"], shift: [0], scale: [1])),
    };

    // One for each activation that is not among them: whatever is new is exported too.
    static ExportedModels()
    {
        var (number, used) = (0, string.Concat(s_models.Values.Select(model => model.Layers)));
        foreach (var activation in ActivationSpec.Known.Members.Where(activation => !used.Contains($"\"{activation.Type}\"", StringComparison.Ordinal)))
        {
            var precision = number++ % 2 == 0 ? Precision.Float32 : Precision.Float64;
            s_models[$"{precision} {activation.Type}"] = (
                $$"""[{"type":"dense","units":9,"activation":"{{activation.Type}}"},{"type":"dense","units":1}]""",
                precision, OutputLink.Identity, new TargetEncoding(TaskKind.Regression, ["y"], shift: [1], scale: [2]));
        }
    }

    public static TheoryData<string> Names => [.. s_models.Keys];

    public static ExportSource Source(string name)
    {
        var model = Model(name);
        return new ExportSource("model", model, ExportRows.Of(model, null), new JsonObject { ["model"] = "model", ["version"] = 1 });
    }

    /// <summary>A model of any name, columns and target, with drawn weights.</summary>
    public static ExportSource Source(
        string name, FeatureEncoding features, TargetEncoding target, string layers, Precision precision, OutputLink link, Table? table = null)
    {
        var model = Model(features, target, layers, precision, link);
        return new ExportSource(name, model, ExportRows.Of(model, table), new JsonObject { ["model"] = name, ["version"] = 1 });
    }

    /// <summary>A model whose training rows have the same numbers, all of them.</summary>
    public static ExportSource Constant(string name, FeatureEncoding features, TargetEncoding target, string layers)
    {
        var model = Model(features, target, layers, Precision.Float64, OutputLink.Identity, _ => [1, 1, 1, 1]);
        return new ExportSource(name, model, ExportRows.Of(model, null), new JsonObject { ["model"] = name, ["version"] = 1 });
    }

    private static TargetEncoding Labels(params string[] labels) => new(TaskKind.MulticlassClassification, ["y"], labels);

    private static TrainedModel Model(string name)
    {
        var (layers, precision, link, target) = s_models[name];
        return layers.Split(Together) is [var one] ? Model(Features(), target, one, precision, link)
            : Ensemble([.. layers.Split(Together).Select(own => Model(Features(), target, own, precision, link))]);
    }

    /// <summary>The networks as one model, the first with a weight of 1, the second with 2 …</summary>
    internal static TrainedModel Ensemble(params TrainedModel[] models) => TrainedModel.Create(
        models[0].Description with
        {
            Ensemble = [.. models.Select((model, i) => new EnsemblePart(model.Description.Network, model.Description.Link, i + 1))],
        },
        [.. models.SelectMany(model => model.ParameterBytes)]);

    private static TrainedModel Model(
        FeatureEncoding features, TargetEncoding target, string layers, Precision precision, OutputLink link, Func<int, double[]>? column = null)
    {
        var network = JsonSerializer.Deserialize<NetworkSpec>(layers[0] == '{' ? layers : $$"""{"layers":{{layers}} }""", SpecJson.Options)!;
        var description = new ModelDescription
        {
            Network = network.Settled(features.InputLayout(), network.OutputLayer!.FixedOutputs!.Value),
            Features = features,
            Target = target,
            Precision = precision,
            Link = link,
        };
        return precision == Precision.Float32 ? Draw<float>(description, column) : Draw<double>(description, column);
    }

    // Weights as training starts with, biases and running statistics away from 0 and 1.
    private static TrainedModel Draw<T>(ModelDescription description, Func<int, double[]>? column)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var network = Network<T>.Build(description.Network, description.Features.InputLayout(), link: description.Link);
        var (parameters, state) = (new T[network.ParameterCount], new T[network.StateCount]);
        network.Initialize(5, parameters, state);
        var chance = new RandomStream(6, RandomPurpose.ExportRows, 1);
        for (var i = 0; i < parameters.Length; i++)
            parameters[i] += T.CreateChecked(0.2 * chance.Uniform((ulong)i));
        for (var i = 0; i < state.Length; i++)
            state[i] += T.CreateChecked(0.4 * chance.Uniform((ulong)(i + parameters.Length)));
        network.Fit(input => Array.ConvertAll((column ?? EmbeddedInputs.Column)(input), T.CreateChecked), state);
        return TrainedModel.Create<T>(description, parameters, state);
    }

    private static FeatureEncoding Features() => new(
        [
            new FeatureColumn { Name = "size (cm)", Type = ColumnType.Number, Shift = 12.3, Scale = 4.5, Imputed = 11, MissingIndicator = true },
            new FeatureColumn { Name = "price", Type = ColumnType.Number, Shift = 4, Scale = 1.7, Log1p = true, Clip = true, Imputed = 60 },
            new FeatureColumn { Name = "int", Type = ColumnType.Boolean, Imputed = 1 },
            new FeatureColumn { Name = "label", Type = ColumnType.Category,
                Categories = ["\"", "?x", "b", "é"], HasOther = true, ImputedCategory = "b", MissingIndicator = true },
            new FeatureColumn { Name = "Label", Type = ColumnType.Category, Categories = ["left", "right"], ImputedCategory = "left" },
            new FeatureColumn
            {
                Name = "day",
                Type = ColumnType.Category,
                Dates = [new DatePart(DatePartKind.Days, 19_000, 400), new DatePart(DatePartKind.Month, 6.5, 3.4), new DatePart(DatePartKind.Weekday, 4, 2)],
                MissingIndicator = true,
            },
        ],
        MissingCells.Impute);
}
