using System.Numerics;
using System.Runtime.CompilerServices;

namespace NnService.Engine.Losses;

/// <summary>A loss over a minibatch: its value and its gradient with respect to the network's output.</summary>
public abstract class Loss<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Whether the loss is a sum over rows, in value and gradient; otherwise rows are averaged by their weights.</summary>
    public virtual bool IsSum => false;

    /// <summary>Adds up the rows' losses, each times its weight, in float64 in the order of the rows.</summary>
    /// <param name="prediction">[rows, outputs]</param>
    /// <param name="target">[rows, outputs]</param>
    /// <param name="rowWeights">[rows]; empty: every row weighs 1.</param>
    /// <param name="outputs">Numbers in a row.</param>
    public abstract double Sum(ReadOnlySpan<T> prediction, ReadOnlySpan<T> target, ReadOnlySpan<T> rowWeights, int outputs);

    /// <summary>gradient = scale · weight of the row · ∂(row's loss)/∂prediction.</summary>
    /// <param name="prediction">[rows, outputs]</param>
    /// <param name="target">[rows, outputs]</param>
    /// <param name="rowWeights">[rows]; empty: every row weighs 1.</param>
    /// <param name="outputs">Numbers in a row.</param>
    /// <param name="scale">1 / Σ weights for the gradient of the mean, 1 for that of the sum.</param>
    /// <param name="gradient">[rows, outputs], overwritten; not the same memory as prediction.</param>
    public abstract void Gradient(
        ReadOnlySpan<T> prediction, ReadOnlySpan<T> target, ReadOnlySpan<T> rowWeights, int outputs, T scale, Span<T> gradient);

    /// <summary><see cref="Sum"/> and <see cref="Gradient"/> in one; the gradient must not be the same memory as the prediction.</summary>
    public virtual double SumAndGradient(
        ReadOnlySpan<T> prediction, ReadOnlySpan<T> target, ReadOnlySpan<T> rowWeights, int outputs, T scale, Span<T> gradient)
    {
        Gradient(prediction, target, rowWeights, outputs, scale, gradient);
        return Sum(prediction, target, rowWeights, outputs);
    }

    /// <summary>The reported loss of the rows: the sum, or the mean weighted by the rows' weights.</summary>
    public double Value(ReadOnlySpan<T> prediction, ReadOnlySpan<T> target, ReadOnlySpan<T> rowWeights, int outputs)
    {
        var sum = Sum(prediction, target, rowWeights, outputs);
        return IsSum ? sum : sum / TotalWeight(rowWeights, prediction.Length / outputs);
    }

    /// <summary>Σ weights; the number of rows where there are none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double TotalWeight(ReadOnlySpan<T> rowWeights, int rows)
    {
        if (rowWeights.IsEmpty)
            return rows;
        var total = 0.0;
        foreach (var weight in rowWeights)
            total += double.CreateChecked(weight);
        return total;
    }
}

/// <summary>The loss of one number and its derivative.</summary>
internal interface IElementLoss<T>
{
    /// <summary>ℓ(p, t)</summary>
    double Value(double prediction, double target);

    /// <summary>∂ℓ/∂p</summary>
    T Derivative(T prediction, T target);
}

/// <summary>A loss that treats each number by itself: a row's loss is the mean (or the sum) over its outputs.</summary>
internal sealed class ElementwiseLoss<T, TElement>(TElement element, bool isSum = false) : Loss<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TElement : struct, IElementLoss<T>
{
    private const int FewNumbers = 32;

    public override bool IsSum => isSum;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override double Sum(ReadOnlySpan<T> prediction, ReadOnlySpan<T> target, ReadOnlySpan<T> rowWeights, int outputs)
    {
        var share = isSum ? 1.0 : 1.0 / outputs;
        var total = 0.0;
        for (int row = 0, i = 0; i < prediction.Length; row++)
        {
            var sum = 0.0;
            for (var end = i + outputs; i < end; i++)
                sum += element.Value(double.CreateChecked(prediction[i]), double.CreateChecked(target[i]));
            total += sum * share * (rowWeights.IsEmpty ? 1.0 : double.CreateChecked(rowWeights[row]));
        }

        return total;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Gradient(
        ReadOnlySpan<T> prediction, ReadOnlySpan<T> target, ReadOnlySpan<T> rowWeights, int outputs, T scale, Span<T> gradient)
    {
        var share = isSum ? scale : scale / T.CreateChecked(outputs);
        for (int row = 0, i = 0; i < prediction.Length; row++)
        {
            var factor = rowWeights.IsEmpty ? share : share * rowWeights[row];
            for (var end = i + outputs; i < end; i++)
                gradient[i] = factor * element.Derivative(prediction[i], target[i]);
        }
    }

    // One loop for both: in the step of a tiny network each loop costs as much as the loss. It stays where the runtime may take it into the step; what is longer
    // is compiled well at once.
    public override double SumAndGradient(
        ReadOnlySpan<T> prediction, ReadOnlySpan<T> target, ReadOnlySpan<T> rowWeights, int outputs, T scale, Span<T> gradient)
    {
        if (prediction.Length > FewNumbers)
            return base.SumAndGradient(prediction, target, rowWeights, outputs, scale, gradient);
        target = target[..prediction.Length];
        gradient = gradient[..prediction.Length];
        var (shareOfSum, share) = isSum ? (1.0, scale) : (1.0 / outputs, scale / T.CreateChecked(outputs));
        var total = 0.0;
        for (int row = 0, i = 0; i < prediction.Length; row++)
        {
            var factor = rowWeights.IsEmpty ? share : share * rowWeights[row];
            var sum = 0.0;
            for (var end = Math.Min(i + outputs, prediction.Length); i < end; i++)
            {
                var (p, t) = (prediction[i], target[i]);
                gradient[i] = factor * element.Derivative(p, t);
                sum += element.Value(double.CreateChecked(p), double.CreateChecked(t));
            }

            total += sum * shareOfSum * (rowWeights.IsEmpty ? 1.0 : double.CreateChecked(rowWeights[row]));
        }

        return total;
    }
}
