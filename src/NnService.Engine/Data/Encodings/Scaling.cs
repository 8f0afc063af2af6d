namespace NnService.Engine.Data.Encodings;

/// <summary>Shift and scale of a column, in float64, for numbers of any size.</summary>
internal static class Scaling
{
    /// <summary>(value − shift) / scale, also where the difference is too large for a number and the quotient is not.</summary>
    internal static double Apply(double value, double shift, double scale)
    {
        double difference = value - shift;
        return double.IsInfinity(difference) && double.IsFinite(value) ? (value / scale) - (shift / scale) : difference / scale;
    }

    /// <summary>output · scale + shift, also where the product is too large for a number and the sum is not.</summary>
    internal static double Undo(double output, double shift, double scale)
    {
        double value = output * scale + shift;
        return double.IsInfinity(value) ? 4 * (output * (scale / 4) + shift / 4) : value;
    }
}
