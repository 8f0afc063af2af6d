using System.ComponentModel;
using System.Numerics;
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
    public override double Sum(ReadOnlySpan<T> prediction, ReadOnlySpan<T> target, ReadOnlySpan<T> rowWeights, int outputs)
    {
        var total = 0.0;
        Span<T> logOfSum = stackalloc T[1];
        for (int row = 0, start = 0; start < prediction.Length; row++, start += outputs)
        {
            var logits = prediction.Slice(start, outputs);
            Softmax.LogSumExp(logits, outputs, logOfSum);
            total += RowLoss(logits, target.Slice(start, outputs), logOfSum[0]) * (rowWeights.IsEmpty ? 1.0 : double.CreateChecked(rowWeights[row]));
        }

        return total;
    }

    public override void Gradient(
        ReadOnlySpan<T> prediction, ReadOnlySpan<T> target, ReadOnlySpan<T> rowWeights, int outputs, T scale, Span<T> gradient) =>
        SumAndGradient(prediction, target, rowWeights, outputs, scale, gradient);

    // One pass over the exponentials serves both.
    public override double SumAndGradient(
        ReadOnlySpan<T> prediction, ReadOnlySpan<T> target, ReadOnlySpan<T> rowWeights, int outputs, T scale, Span<T> gradient)
    {
        var total = 0.0;
        Span<T> logOfSum = stackalloc T[1];
        for (int row = 0, start = 0; start < prediction.Length; row++, start += outputs)
        {
            var logits = prediction.Slice(start, outputs);
            var wanted = target.Slice(start, outputs);
            var share = gradient.Slice(start, outputs);
            Softmax.RowsAndLogSumExp(logits, outputs, share, logOfSum);
            total += RowLoss(logits, wanted, logOfSum[0]) * (rowWeights.IsEmpty ? 1.0 : double.CreateChecked(rowWeights[row]));
            var factor = rowWeights.IsEmpty ? scale : scale * rowWeights[row];
            for (var k = 0; k < share.Length; k++)
                share[k] = factor * (share[k] - wanted[k]);
        }

        return total;
    }

    private static double RowLoss(ReadOnlySpan<T> logits, ReadOnlySpan<T> wanted, T logOfSum)
    {
        var sum = 0.0;
        for (var k = 0; k < logits.Length; k++)
            if (wanted[k] != T.Zero)
                sum += double.CreateChecked(wanted[k]) * (double.CreateChecked(logOfSum) - double.CreateChecked(logits[k]));
        return sum;
    }
}

/// <summary>L = mean over rows of −Σₖ tₖ ln pₖ, from the probabilities themselves; ∂/∂pₖ = −tₖ / pₖ.</summary>
internal sealed class CrossEntropyOfShares<T> : Loss<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
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
