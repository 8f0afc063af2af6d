using System.Numerics;
using System.Runtime.CompilerServices;

namespace NnService.Engine.Data.Encodings;

/// <summary>Which label a row's probabilities speak for: the one rule of predictions, metrics, histories and exports.</summary>
public static class LabelRule
{
    /// <summary>The threshold where nobody has asked for another.</summary>
    public const double EvenThreshold = 0.5;

    /// <summary>
    /// Index of a row's label: of two labels the positive one where its probability reaches the threshold, else the other; otherwise the most probable one, the
    /// first of equals.
    /// </summary>
    /// <param name="probabilities">[labels], or [1] the positive label's; in the precision in which they are written.</param>
    /// <param name="positive">Index of the positive label; −1: there is none.</param>
    /// <param name="threshold">Of the positive label, in the same precision.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Of<T>(ReadOnlySpan<T> probabilities, int positive, T threshold)
        where T : IBinaryFloatingPointIeee754<T>
    {
        if (positive >= 0)
            return probabilities[probabilities.Length == 1 ? 0 : positive] >= threshold ? positive : 1 - positive;
        int best = 0;
        T most = probabilities[0];
        for (int k = 1; k < probabilities.Length; k++)
            if (probabilities[k] > most)
                (best, most) = (k, probabilities[k]);
        return best;
    }
}
