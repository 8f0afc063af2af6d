using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;
using NnService.Engine.Activations;
using NnService.Engine.Initializers;
using NnService.Engine.Kernels;
using NnService.Engine.Random;
using NnService.Engine.Specs;

namespace NnService.Engine.Layers;

/// <summary>A fully connected layer, as asked for.</summary>
[Description("Fully connected: every unit sees every input; y = activation(x·W + b).")]
public sealed record DenseSpec : LayerSpec
{
    /// <inheritdoc />
    public override string Type => "dense";

    /// <summary>Number of units; null: settled by explicit weights, or for the last layer by the target.</summary>
    [Description("Number of units. May be left out on the last layer (the target settles it) and where weights are given.")]
    [Range(1, int.MaxValue)]
    public int? Units { get; init; }

    /// <summary>The function applied to each unit's weighted sum.</summary>
    [Description("The function applied to each unit's weighted sum.")]
    public ActivationSpec Activation { get; init; } = new LinearSpec();

    /// <summary>Whether each unit has a bias.</summary>
    [Description("Whether each unit has a bias.")]
    public bool UseBias { get; init; } = true;

    /// <summary>Starting values of the weights.</summary>
    [Description("Starting values of the weights.")]
    public InitializerSpec Initializer { get; init; } = new GlorotUniformSpec();

    /// <summary>Starting values of the biases.</summary>
    [Description("Starting values of the biases.")]
    public InitializerSpec BiasInitializer { get; init; } = new ZerosSpec();

    /// <summary>Explicit starting weights, [inputs][units]; null: drawn by the initializer.</summary>
    [Description("Explicit starting weights, [inputs][units]; they take the initializer's place.")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<IReadOnlyList<double>>? Weights { get; init; }

    /// <summary>Explicit starting biases, [units]; null: drawn by the initializer.</summary>
    [Description("Explicit starting biases, [units]; they take the initializer's place.")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<double>? Bias { get; init; }

    /// <inheritdoc />
    [JsonIgnore]
    public override int? FixedOutputs => Units ?? (Weights is [{ Count: > 0 } first, ..] ? first.Count : Bias is { Count: > 0 } ? Bias.Count : null);

    /// <inheritdoc />
    [JsonIgnore]
    public override int? FixedInputs => Weights is { Count: > 0 } ? Weights.Count : null;

    /// <inheritdoc />
    [JsonIgnore]
    public override bool KeepsWidth => false;

    /// <inheritdoc />
    public override long CountParameters(long inputs, long outputs) => checked((inputs + (UseBias ? 1 : 0)) * outputs);

    /// <inheritdoc />
    public override long CountMultiplyAdds(long inputs, long outputs) => checked(inputs * outputs);

    /// <inheritdoc />
    public override void Check(string at, ICollection<SpecProblem> problems)
    {
        ArgumentNullException.ThrowIfNull(problems);
        if (Bias is not null && !UseBias)
            problems.Add(new SpecProblem($"{at}/bias", "bias is given although useBias is false; leave one of them out."));
        if (Weights is { Count: 0 })
            problems.Add(new SpecProblem($"{at}/weights", "weights is empty; give one row for each input."));
        if (FixedOutputs is not { } units)
            return;
        for (var row = 0; row < Weights?.Count; row++)
            if (Weights[row]?.Count != units)
                problems.Add(new SpecProblem(
                    $"{at}/weights/{row}", $"Row {row} of weights has {Weights[row]?.Count ?? 0} numbers; the layer has {units} units."));
        if (Bias is not null && Bias.Count != units)
            problems.Add(new SpecProblem($"{at}/bias", $"bias has {Bias.Count} numbers; the layer has {units} units."));
    }

    /// <inheritdoc />
    public override Layer<T> Build<T>(int inputs, int outputs) => new Dense<T>(this, inputs, outputs);
}

/// <summary>
/// y = f(z), z = x·W + b.
/// Backwards, with dz = dy ⊙ f′(z):  dW = xᵀ·dz,  db = Σ over rows of dz,  dx = dz·Wᵀ.
/// </summary>
// x [rows, inputs]   W [inputs, units]   b [units]   →   z, y [rows, units]
internal sealed class Dense<T>(DenseSpec spec, int inputs, int outputs) : Layer<T>(inputs, outputs)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Activation<T> _activation = spec.Activation.Build<T>();

    public Activation<T> Activation => _activation;

    public bool UseBias => spec.UseBias;

    public override IReadOnlyList<ParameterSlice> Parameters { get; } =
    [
        new("weights", 0, inputs, outputs) { IsMatrix = true },
        .. spec.UseBias ? [new ParameterSlice("bias", inputs * outputs, 1, outputs)] : (ParameterSlice[])[],
    ];

    // The weighted sums are kept only for activations whose derivative cannot be told from their value.
    public override int CachePerRow => _activation.NeedsSum ? Outputs : 0;

    private int WeightCount => Inputs * Outputs;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Initialize(RandomStream random, Span<T> parameters, Span<T> state)
    {
        for (var i = 0; i < WeightCount; i++)
            parameters[i] = T.CreateChecked(
                spec.Weights is { } weights ? weights[i / Outputs][i % Outputs] : spec.Initializer.Draw(random, (ulong)i, Inputs, Outputs));
        for (var unit = 0; spec.UseBias && unit < Outputs; unit++)
            parameters[WeightCount + unit] = T.CreateChecked(
                spec.Bias is { } bias ? bias[unit] : spec.BiasInitializer.Draw(random, (ulong)(WeightCount + unit), Inputs, Outputs));
    }

    public override void Forward(in LayerPass<T> pass, ReadOnlySpan<T> input, Span<T> output)
    {
        var sum = _activation.NeedsSum ? pass.Cache : output;
        LayerProduct.Forward(input, pass.Parameters[..WeightCount], sum, Inputs, pass.Team);
        if (spec.UseBias)
            Elementwise.AddRow(pass.Parameters[WeightCount..], sum);
        _activation.Forward(sum, Outputs, output);
    }

    public override void Backward(
        in LayerPass<T> pass,
        ReadOnlySpan<T> input,
        ReadOnlySpan<T> output,
        Span<T> outputGradient,
        Span<T> parameterGradient,
        Span<T> inputGradient)
    {
        var sumGradient = outputGradient;
        _activation.Backward(pass.Cache, output, outputGradient, Outputs, sumGradient);

        LayerProduct.WeightGradient(input, sumGradient, parameterGradient[..WeightCount], Inputs, pass.Accumulates, pass.Team);
        if (spec.UseBias)
            Reductions.ColumnSums<T>(sumGradient, parameterGradient[WeightCount..], pass.Accumulates);
        if (!inputGradient.IsEmpty)
            LayerProduct.InputGradient(sumGradient, pass.Parameters[..WeightCount], inputGradient, Outputs, pass.WantedInputs, pass.Team);
    }
}
