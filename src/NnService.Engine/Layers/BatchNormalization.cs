using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Numerics;
using System.Text.Json.Serialization;
using NnService.Engine.Kernels;
using NnService.Engine.Random;

namespace NnService.Engine.Layers;

/// <summary>Batch normalization, as asked for.</summary>
[Description("Gives every number mean 0 and variance 1 over the minibatch (in inference over the running statistics), then scales and shifts it.")]
public sealed record BatchNormalizationSpec : LayerSpec
{
    /// <inheritdoc />
    public override string Type => "batchNormalization";

    /// <summary>ε</summary>
    [Description("Added to the variance; keeps the divisor away from 0.")]
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double Epsilon { get; init; } = 1e-5;

    /// <summary>Share of a minibatch's statistics in the running ones.</summary>
    [Description("Share of a minibatch's statistics in the running ones.")]
    [Range(0.0, 1.0)]
    public double Momentum { get; init; } = 0.1;

    /// <inheritdoc />
    [JsonIgnore]
    public override int LeastBatchSize => 2;

    /// <inheritdoc />
    public override long CountParameters(long inputs, long outputs) => checked(2 * outputs);

    /// <inheritdoc />
    public override Layer<T> Build<T>(int inputs, int outputs) => new BatchNormalization<T>(this, inputs);
}

/// <summary>
/// y = x̂ γ + β,  x̂ = (x − μ) / √(σ² + ε), with mean μ and variance σ² (divided by n) of each column over the n rows of the minibatch.
/// Running statistics: r += momentum · (new − r), the variance divided by n − 1 there; they take the place of μ and σ² in inference.
/// Backwards:  dβ = Σ dy,  dγ = Σ dy x̂,  dx = γ / √(σ² + ε) · (dy − dβ / n − x̂ dγ / n).
/// Source: Ioffe and Szegedy 2015; the two variances are PyTorch's.
/// </summary>
/// <remarks>
/// One row has no variance. A trainer refuses minibatches of one row throughout, as PyTorch does; where a single row is left over at the end of an epoch,
/// where PyTorch gives up in the middle of the run, it is normalized by the running statistics, which it does not move.
/// </remarks>
// x, x̂, y [rows, width]   γ (scale), β (shift), μ, σ² [width]
internal sealed class BatchNormalization<T>(BatchNormalizationSpec spec, int width) : Layer<T>(width, width)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override IReadOnlyList<ParameterSlice> Parameters { get; } = [new("scale", 0, 1, width), new("shift", width, 1, width)];

    public override IReadOnlyList<ParameterSlice> StateSlices { get; } = [new("runningMean", 0, 1, width), new("runningVariance", width, 1, width)];

    public override int CachePerRow => Outputs; // x̂

    public override int CacheFixed => 4 * Outputs; // μ, 1 / √(σ² + ε), and two for the backward pass

    public override void Initialize(RandomStream random, Span<T> parameters, Span<T> state)
    {
        parameters[..Outputs].Fill(T.One);
        parameters[Outputs..].Clear();
        state[..Outputs].Clear();
        state[Outputs..].Fill(T.One);
    }

    public override void Forward(in LayerPass<T> pass, ReadOnlySpan<T> input, Span<T> output)
    {
        var mean = Fixed(pass, 0);
        var inverse = Fixed(pass, 1);
        var variance = inverse; // the same memory, one after the other
        if (UsesBatch(pass))
        {
            var rows = T.CreateChecked(pass.Rows);
            Reductions.ColumnSums<T>(input, mean);
            for (var j = 0; j < Outputs; j++)
                mean[j] /= rows;
            ColumnChains.SumSquaredDeviations(input, mean, variance);
            MoveRunning(pass, mean, variance);
            for (var j = 0; j < Outputs; j++)
                variance[j] /= rows;
        }
        else
        {
            pass.State[..Outputs].CopyTo(mean);
            pass.State[Outputs..].CopyTo(variance);
        }

        var epsilon = T.CreateChecked(spec.Epsilon);
        for (var j = 0; j < Outputs; j++)
            inverse[j] = T.One / T.Sqrt(variance[j] + epsilon);

        var normalized = Normalized(pass);
        ColumnChains.CenterAndScale(input, mean, inverse, normalized);
        ColumnChains.ScaleAndShift<T>(normalized, pass.Parameters[..Outputs], pass.Parameters[Outputs..], output);
    }

    public override void Backward(
        in LayerPass<T> pass,
        ReadOnlySpan<T> input,
        ReadOnlySpan<T> output,
        Span<T> outputGradient,
        Span<T> parameterGradient,
        Span<T> inputGradient)
    {
        var normalized = Normalized(pass);
        var scaleGradient = parameterGradient[..Outputs];
        var shiftGradient = parameterGradient[Outputs..];
        ColumnChains.SumProducts(outputGradient, normalized, scaleGradient);
        Reductions.ColumnSums<T>(outputGradient, shiftGradient);
        if (inputGradient.IsEmpty)
            return;

        // Running statistics do not depend on the rows: then the two means are 0.
        var inverse = Fixed(pass, 1);
        var meanShift = Fixed(pass, 2);
        var meanScale = Fixed(pass, 3);
        var factor = Fixed(pass, 0);
        var share = UsesBatch(pass) ? T.One / T.CreateChecked(pass.Rows) : T.Zero;
        for (var j = 0; j < Outputs; j++)
        {
            factor[j] = pass.Parameters[j] * inverse[j];
            meanShift[j] = share * shiftGradient[j];
            meanScale[j] = share * scaleGradient[j];
        }

        ColumnChains.SubtractScaled(outputGradient, normalized, meanScale, inputGradient);
        ColumnChains.CenterAndScale(inputGradient, meanShift, factor, inputGradient);
    }

    // A row in every member of an ensemble is one row all the same.
    private static bool UsesBatch(in LayerPass<T> pass) => pass.Training && pass.Rows > pass.Members.Count;

    private void MoveRunning(in LayerPass<T> pass, ReadOnlySpan<T> mean, ReadOnlySpan<T> squaredDeviations)
    {
        var momentum = T.CreateChecked(spec.Momentum);
        var keep = T.CreateChecked(1 - spec.Momentum);
        var degreesOfFreedom = T.CreateChecked(pass.Rows - 1);
        for (var j = 0; j < Outputs; j++)
        {
            pass.State[j] = (keep * pass.State[j]) + (momentum * mean[j]);
            pass.State[Outputs + j] = (keep * pass.State[Outputs + j]) + (momentum * (squaredDeviations[j] / degreesOfFreedom));
        }
    }

    private Span<T> Normalized(in LayerPass<T> pass) => pass.Cache[..(pass.Rows * Outputs)];

    private Span<T> Fixed(in LayerPass<T> pass, int index) => pass.Cache.Slice((pass.Rows + index) * Outputs, Outputs);
}
