namespace NnService.Engine.Data.Encodings;

/// <summary>Shift and scale of a column, in float64, for numbers of any size.</summary>
internal static class Scaling
{
    internal const double ClipFrom = 1e9;
    internal const double ClipLimit = 3;

    /// <summary>
    /// The scale of what does not vary in the training rows: its weights have no gradient and stay as they were drawn, so another value must not count. What
    /// is left of it is below what a sum of float64 can hold, and the scale is a number in float32 too, which exports have.
    /// </summary>
    internal const double OfOneValue = 1e30;

    /// <summary>(value − shift) / scale, also where the difference is too large for a number and the quotient is not.</summary>
    internal static double Apply(double value, double shift, double scale)
    {
        double difference = value - shift;
        return double.IsInfinity(difference) && double.IsFinite(value) ? (value / scale) - (shift / scale) : difference / scale;
    }

    /// <summary>z / √(1 + (z/3)²): about z near 0, and never beyond ±3.</summary>
    // Holzmüller, Grinsztajn, Steinwart 2024 (RealMLP). From 10⁹ on the quotient is 3 in float64; before its square overflows, it is made so.
    internal static double Clip(double z)
    {
        double near = Math.Clamp(z, -ClipFrom, ClipFrom);
        double third = near / ClipLimit;
        return near / Math.Sqrt(1 + third * third);
    }

    /// <summary>output · scale + shift, also where the product is too large for a number and the sum is not.</summary>
    internal static double Undo(double output, double shift, double scale)
    {
        double value = output * scale + shift;
        return double.IsInfinity(value) ? 4 * (output * (scale / 4) + shift / 4) : value;
    }
}
