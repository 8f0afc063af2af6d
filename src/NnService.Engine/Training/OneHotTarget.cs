using System.Numerics;
using System.Runtime.CompilerServices;

namespace NnService.Engine.Training;

/// <summary>
/// How the target of a row that is one label of many is kept as one number, the label's index, and becomes the numbers that a loss compares an answer with
/// only when the row is asked for.
/// </summary>
/// <remarks>A thousand labels would fill the memory with zeros otherwise, a thousand of them for each row.</remarks>
/// <param name="Width">Numbers of a target: one for each label.</param>
/// <param name="Off">What labels that are not the row's get: 0, or their share of the label smoothing.</param>
/// <param name="On">What the row's label gets.</param>
public sealed record OneHotTarget<T>(int Width, T Off, T On)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Fewest labels that are kept so: targets of fewer are hardly larger than their index and need not be made anew.</summary>
    public const int FewestLabels = 17;

    /// <summary>Writes the targets of some rows.</summary>
    /// <param name="labels">[rows] indexes of their labels.</param>
    /// <param name="targets">[rows, Width], overwritten.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Spread(ReadOnlySpan<T> labels, Span<T> targets)
    {
        targets[..(labels.Length * Width)].Fill(Off);
        for (var i = 0; i < labels.Length; i++)
            targets[(i * Width) + int.CreateTruncating(labels[i])] = On;
    }
}
