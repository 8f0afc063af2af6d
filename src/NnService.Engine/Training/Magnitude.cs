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

    /// <summary>The mean Σ w x / Σ w; without weights, w is 1.</summary>
    internal static double Mean(ReadOnlySpan<double> numbers, ReadOnlySpan<double> weights = default)
    {
        int exponent = Exponent(numbers);
        double sum = 0;
        for (int i = 0; i < numbers.Length; i++)
        {
            double scaled = Math.ScaleB(numbers[i], -exponent);
            sum += weights.IsEmpty ? scaled : weights[i] * scaled;
        }

        return Math.ScaleB(sum / Total(weights, numbers.Length), exponent);
    }

    /// <summary>Σ w; without weights, the number of rows.</summary>
    internal static double Total(ReadOnlySpan<double> weights, int rows)
    {
        double sum = weights.IsEmpty ? rows : 0;
        foreach (double weight in weights)
            sum += weight;
        return sum;
    }

    /// <summary>Σ w x² in units of 4^exponent; without weights, w is 1.</summary>
    internal static (double Sum, int Exponent) Squares(ReadOnlySpan<double> numbers, ReadOnlySpan<double> weights = default)
    {
        int exponent = Exponent(numbers);
        double sum = 0;
        for (int i = 0; i < numbers.Length; i++)
        {
            double scaled = Math.ScaleB(numbers[i], -exponent);
            sum += weights.IsEmpty ? scaled * scaled : weights[i] * scaled * scaled;
        }

        return (sum, exponent);
    }

    /// <summary>The mean of two numbers.</summary>
    internal static double Middle(double a, double b) => double.IsFinite(a + b) ? (a + b) / 2 : a / 2 + b / 2;
}
