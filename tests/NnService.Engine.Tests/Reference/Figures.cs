using System.Text.Json;
using System.Text.Json.Nodes;
using NnService.Engine.Activations;
using NnService.Engine.Layers;
using NnService.Engine.Losses;
using NnService.Engine.Optimizers;
using NnService.Engine.Schedules;
using NnService.Engine.Specs;

namespace NnService.Engine.Tests.Reference;

/// <summary>The figures of tests/Reference in the engine's own words, and the one tolerance they are compared with.</summary>
internal static class Figures
{
    // exp, tanh and the order of sums differ from NumPy's, so bits are not to be expected; see the figures' README.
    private const double Tolerance = 1e-12;

    public static JsonElement Read(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Reference", file)));
        return document.RootElement.Clone();
    }

    /// <summary>All numbers of nested arrays and objects, in the order in which they are written.</summary>
    public static double[] Numbers(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Number => [element.GetDouble()],
        JsonValueKind.Array => [.. element.EnumerateArray().SelectMany(Numbers)],
        JsonValueKind.Object => [.. element.EnumerateObject().SelectMany(member => Numbers(member.Value))],
        _ => throw new ArgumentException($"{element} holds something else than numbers.", nameof(element)),
    };

    public static double[][] Rows(JsonElement element) => [.. element.EnumerateArray().Select(Numbers)];

    public static void Equal(double expected, double actual, string what) =>
        Assert.True(
            Math.Abs(expected - actual) <= Tolerance * Math.Max(1, Math.Abs(expected)), $"{what}: expected {expected:R}, got {actual:R}.");

    public static void Equal(JsonElement expected, ReadOnlySpan<double> actual, string what)
    {
        var numbers = Numbers(expected);
        Assert.True(numbers.Length == actual.Length, $"{what}: expected {numbers.Length} numbers, got {actual.Length}.");
        for (var i = 0; i < numbers.Length; i++)
            Equal(numbers[i], actual[i], $"{what}[{i}]");
    }

    public static ActivationSpec Activation(string name, double? alpha = null)
    {
        var json = new JsonObject { ["type"] = CamelCase(name) };
        if (alpha is not null)
            json["alpha"] = alpha;
        return json.Deserialize<ActivationSpec>(SpecJson.Options)!;
    }

    public static LossSpec Loss(string name, double? delta = null)
    {
        var json = new JsonObject
        {
            ["type"] = name switch
            {
                "mse" => "meanSquaredError",
                "half_sse" => "halfSumSquaredError",
                "mae" => "meanAbsoluteError",
                "huber" => "huber",
                "bce" or "bce_logits" => "binaryCrossEntropy",
                "softmax_ce" => "softmaxCrossEntropy",
                _ => name,
            },
        };
        if (delta is not null)
            json["delta"] = delta;
        return json.Deserialize<LossSpec>(SpecJson.Options)!;
    }

    public static OptimizerSpec Optimizer(JsonElement asked)
    {
        var json = new JsonObject();
        foreach (var member in asked.EnumerateObject())
            json[member.NameEquals("name") ? "type" : CamelCase(member.Name)] = JsonNode.Parse(member.Value.GetRawText());
        return json.Deserialize<OptimizerSpec>(SpecJson.Options)!;
    }

    public static ScheduleSpec Schedule(JsonElement run) => run.TryGetProperty("schedule", out var schedule)
        ? new JsonObject
        {
            ["type"] = schedule.GetProperty("kind").GetString(),
            ["minLearningRate"] = schedule.GetProperty("min_lr").GetDouble(),
        }.Deserialize<ScheduleSpec>(SpecJson.Options)!
        : new ConstantScheduleSpec();

    /// <summary>Dense layers with the given starting weights, a list of {W, b}.</summary>
    public static NetworkSpec Network(JsonElement parameters, params IReadOnlyList<ActivationSpec> activations) => new()
    {
        Layers =
        [
            .. parameters.EnumerateArray().Select((layer, i) => new DenseSpec
            {
                Activation = activations[i],
                Weights = Rows(layer.GetProperty("W")),
                Bias = layer.TryGetProperty("b", out var bias) ? Numbers(bias) : null,
                UseBias = layer.TryGetProperty("b", out _),
            }),
        ],
    };

    /// <summary>The starting parameters of a network that gives them all.</summary>
    public static double[] Parameters(Network<double> network)
    {
        var parameters = new double[network.ParameterCount];
        network.Initialize(0, parameters, new double[network.StateCount]);
        return parameters;
    }

    /// <summary>Targets of rows: class numbers become ones among zeros, smoothed; anything else stays as it is.</summary>
    public static double[] Targets(JsonElement target, bool classes, int outputs, double labelSmoothing = 0)
    {
        var numbers = Numbers(target);
        if (!classes)
            return numbers;
        var targets = new double[numbers.Length * outputs];
        for (var i = 0; i < targets.Length; i++)
            targets[i] = (labelSmoothing / outputs) + (numbers[i / outputs] == i % outputs ? 1 - labelSmoothing : 0);
        return targets;
    }

    public static double? Optional(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.GetDouble() : null;

    // leaky_relu → leakyRelu
    private static string CamelCase(string name)
    {
        var words = name.Split('_');
        return words[0] + string.Concat(words.Skip(1).Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
    }
}
