using System.ComponentModel;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text.Json.Serialization;
using NnService.Engine.Kernels;

namespace NnService.Engine.Losses;

/// <summary>
/// L = mean over rows of −Σₖ tₖ ln pₖ with p = softmax(z) and Σₖ tₖ = 1, computed from the logits z as Σₖ tₖ (ln Σⱼ e^zⱼ − zₖ);
/// ∂/∂z = (p − t) / rows.
/// </summary>
[Description("Mean over rows of -ln of the probability given to the right class.")]
public sealed record SoftmaxCrossEntropySpec : LossSpec
{
    /// <inheritdoc />
    public override string Type => "softmaxCrossEntropy";

    /// <inheritdoc />
    [JsonIgnore]
    public override OutputLink Link => OutputLink.Softmax;

    /// <inheritdoc />
    public override Loss<T> Build<T>() => new SoftmaxCrossEntropy<T>();

    /// <inheritdoc />
    public override Loss<T> BuildOnAnswers<T>() => new CrossEntropyOfShares<T>();
}

internal sealed class SoftmaxCrossEntropy<T> : Loss<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Rows that share one call of the vectorised logarithm.</summary>
    private const int RowsAtOnce = 32;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override double Sum(ReadOnlySpan<T> prediction, ReadOnlySpan<T> target, ReadOnlySpan<T> rowWeights, int outputs)
    {
        var total = 0.0;
        Span<T> logOfSums = stackalloc T[RowsAtOnce];
        var rows = prediction.Length / outputs;
        for (var first = 0; first < rows; first += RowsAtOnce)
        {
            var count = Math.Min(RowsAtOnce, rows - first);
            Softmax.LogSumExp(prediction.Slice(first * outputs, count * outputs), outputs, logOfSums[..count]);
            for (var row = first; row < first + count; row++)
                total += WeightOf(row, rowWeights)
                    * RowLoss(prediction.Slice(row * outputs, outputs), target.Slice(row * outputs, outputs), logOfSums[row - first]);
        }

        return total;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Gradient(
        ReadOnlySpan<T> prediction, ReadOnlySpan<T> target, ReadOnlySpan<T> rowWeights, int outputs, T scale, Span<T> gradient) =>
        SumAndGradient(prediction, target, rowWeights, outputs, scale, gradient);

    // One pass over the exponentials serves both.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override double SumAndGradient(
        ReadOnlySpan<T> prediction, ReadOnlySpan<T> target, ReadOnlySpan<T> rowWeights, int outputs, T scale, Span<T> gradient)
    {
        var total = 0.0;
        Span<T> logOfSums = stackalloc T[RowsAtOnce];
        var rows = prediction.Length / outputs;
        for (var first = 0; first < rows; first += RowsAtOnce)
        {
            var count = Math.Min(RowsAtOnce, rows - first);
            var (start, length) = (first * outputs, count * outputs);
            Softmax.RowsAndLogSumExp(prediction.Slice(start, length), outputs, gradient.Slice(start, length), logOfSums[..count]);
            for (var row = first; row < first + count; row++)
                total += WeightOf(row, rowWeights)
                    * RowLoss(prediction.Slice(row * outputs, outputs), target.Slice(row * outputs, outputs), logOfSums[row - first]);
        }

        if (rowWeights.IsEmpty)
            Elementwise.Map(gradient, target, gradient, new ScaledDifference(scale));
        for (var row = 0; row < rowWeights.Length; row++)
        {
            var share = gradient.Slice(row * outputs, outputs);
            Elementwise.Map(share, target.Slice(row * outputs, outputs), share, new ScaledDifference(scale * rowWeights[row]));
        }

        return total;
    }

    private static double WeightOf(int row, ReadOnlySpan<T> rowWeights) => rowWeights.IsEmpty ? 1.0 : double.CreateChecked(rowWeights[row]);

    // The wanted shares that are 0 are passed over a register at a time: of many classes one is wanted.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double RowLoss(ReadOnlySpan<T> logits, ReadOnlySpan<T> wanted, T logOfSum)
    {
        var sum = 0.0;
        var bytes = MemoryMarshal.AsBytes(wanted);
        for (int at = 0, next; (next = bytes[at..].IndexOfAnyExcept((byte)0)) >= 0;)
        {
            var k = (at + next) / Unsafe.SizeOf<T>();
            sum += double.CreateChecked(wanted[k]) * (double.CreateChecked(logOfSum) - double.CreateChecked(logits[k]));
            at = (k + 1) * Unsafe.SizeOf<T>();
        }

        return sum;
    }

    private readonly struct ScaledDifference(T factor) : IParametricBinaryFormula<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> Apply(Vector512<T> share, Vector512<T> wanted) => factor * (share - wanted);
    }
}

/// <summary>L = mean over rows of −Σₖ tₖ ln pₖ, from the probabilities themselves; ∂/∂pₖ = −tₖ / pₖ.</summary>
internal sealed class CrossEntropyOfShares<T> : Loss<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override double Sum(ReadOnlySpan<T> prediction, ReadOnlySpan<T> target, ReadOnlySpan<T> rowWeights, int outputs)
    {
        var total = 0.0;
        for (int row = 0, i = 0; i < prediction.Length; row++)
        {
            var sum = 0.0;
            for (var end = i + outputs; i < end; i++)
                sum -= double.CreateChecked(target[i]) * Transcendentals.Log(double.CreateChecked(Probability.Inside(prediction[i])));
            total += sum * (rowWeights.IsEmpty ? 1.0 : double.CreateChecked(rowWeights[row]));
        }

        return total;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Gradient(
        ReadOnlySpan<T> prediction, ReadOnlySpan<T> target, ReadOnlySpan<T> rowWeights, int outputs, T scale, Span<T> gradient)
    {
        for (int row = 0, i = 0; i < prediction.Length; row++)
        {
            var factor = rowWeights.IsEmpty ? scale : scale * rowWeights[row];
            for (var end = i + outputs; i < end; i++)
                gradient[i] = -(factor * target[i] / Probability.Inside(prediction[i]));
        }
    }
}
