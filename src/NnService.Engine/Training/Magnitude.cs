namespace NnService.Engine.Training;

/// <summary>
/// Means of numbers of any size. They are brought to about 1 by an exact power of two before they are squared or added up, so that nothing overflows or
/// vanishes on the way; for numbers of usual size the bits are those of the plain sums.
/// </summary>
internal static class Magnitude
{
    /// <summary>The power of two below the largest |number|; 0 where all are 0.</summary>
    internal static int Exponent(ReadOnlySpan<double> numbers)
    {
        double most = 0;
        foreach (double number in numbers)
            most = Math.Max(most, Math.Abs(number));
        return most == 0 || !double.IsFinite(most) ? 0 : Math.ILogB(most);
    }

    /// <summary>The numbers times 2^−exponent.</summary>
    internal static double[] Scaled(ReadOnlySpan<double> numbers, int exponent)
    {
        var scaled = new double[numbers.Length];
        for (int i = 0; i < scaled.Length; i++)
            scaled[i] = Math.ScaleB(numbers[i], -exponent);
        return scaled;
    }

    /// <summary>first − second, in units of 2^exponent: 0, or 1 where a difference would be too large for a number.</summary>
    internal static (double[] Differences, int Exponent) Differences(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        var differences = new double[first.Length];
        bool fit = true;
        for (int i = 0; i < differences.Length; i++)
        {
            differences[i] = first[i] - second[i];
            fit &= double.IsFinite(differences[i]);
        }

        for (int i = 0; !fit && i < differences.Length; i++)
            differences[i] = first[i] / 2 - second[i] / 2;
        return (differences, fit ? 0 : 1);
    }

    /// <summary>numbers − one, likewise.</summary>
    internal static (double[] Differences, int Exponent) Differences(ReadOnlySpan<double> numbers, double one)
    {
        var ones = new double[numbers.Length];
        ones.AsSpan().Fill(one);
        return Differences(numbers, ones);
    }

    /// <summary>The mean.</summary>
    internal static double Mean(ReadOnlySpan<double> numbers)
    {
        int exponent = Exponent(numbers);
        double sum = 0;
        foreach (double number in numbers)
            sum += Math.ScaleB(number, -exponent);
        return Math.ScaleB(sum / numbers.Length, exponent);
    }

    /// <summary>Σ x² in units of 4^exponent.</summary>
    internal static (double Sum, int Exponent) Squares(ReadOnlySpan<double> numbers)
    {
        int exponent = Exponent(numbers);
        double sum = 0;
        foreach (double number in numbers)
        {
            double scaled = Math.ScaleB(number, -exponent);
            sum += scaled * scaled;
        }

        return (sum, exponent);
    }

    /// <summary>The mean of two numbers.</summary>
    internal static double Middle(double a, double b) => double.IsFinite(a + b) ? (a + b) / 2 : a / 2 + b / 2;
}
