namespace NnService.Engine.Data;

/// <summary>Count, range, mean and standard deviation (divided by n) of the numbers of a column, missing ones left out.</summary>
// Two passes with a correction of the mean; values are brought to about 1 by an exact power of two first, so that squares neither overflow nor vanish.
internal readonly record struct Moments(int Count, double Min, double Max, double Mean, double StandardDeviation)
{
    /// <summary>Over the given rows; all zero where every one of them is missing.</summary>
    internal static Moments Of(ReadOnlySpan<double> numbers, ReadOnlySpan<int> rows)
    {
        var present = new double[rows.Length];
        int count = 0;
        foreach (int row in rows)
        {
            if (!double.IsNaN(numbers[row]))
                present[count++] = numbers[row];
        }

        return Of(present.AsSpan(0, count));
    }

    /// <summary>Over all values but NaN.</summary>
    internal static Moments Of(ReadOnlySpan<double> values)
    {
        int count = 0;
        double min = double.PositiveInfinity;
        double max = double.NegativeInfinity;
        foreach (double value in values)
        {
            if (double.IsNaN(value))
                continue;
            count++;
            min = Math.Min(min, value);
            max = Math.Max(max, value);
        }

        if (count == 0)
            return default;
        if (min == max)
            return new Moments(count, min, max, min, 0); // exactly, whatever the sum of equal values rounds to

        double scale = Math.ScaleB(1, -Math.Clamp(Math.ILogB(Math.Max(Math.Abs(min), Math.Abs(max))), -1000, 1000));
        double sum = 0;
        foreach (double value in values)
            sum += double.IsNaN(value) ? 0 : value * scale;
        double mean = sum / count;
        double deviations = 0;
        double squares = 0;
        foreach (double value in values)
        {
            double deviation = double.IsNaN(value) ? 0 : value * scale - mean;
            deviations += deviation;
            squares += deviation * deviation;
        }

        double correction = deviations / count;
        double variance = squares / count - correction * correction;
        return new Moments(count, min, max, (mean + correction) / scale, Math.Sqrt(Math.Max(0, variance)) / scale);
    }
}
