using System.Numerics;

namespace NnService.Engine.Losses;

/// <summary>Keeps probabilities inside (0, 1), so that neither ln p nor 1 / p is infinite.</summary>
internal static class Probability
{
    /// <summary>p, but at least δ and at most 1 − δ, with 1 − δ the number just below 1 (δ = 2⁻⁵³, in float32 2⁻²⁴); NaN stays NaN.</summary>
    public static T Inside<T>(T p)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var most = T.BitDecrement(T.One);
        return T.Clamp(p, T.One - most, most);
    }
}
