using System.Buffers;
using System.Runtime.CompilerServices;

namespace NnService.Engine.Data.Columns;

/// <summary>Count, range, mean and standard deviation (divided by n) of the numbers of a column, missing ones left out.</summary>
// Two passes with a correction of the mean; values are brought to about 1 by an exact power of two first, so that squares neither overflow nor vanish.
internal readonly record struct Moments(int Count, double Min, double Max, double Mean, double StandardDeviation)
{
    /// <summary>Over the given rows; all zero where every one of them is missing.</summary>
    internal static Moments Of(ReadOnlySpan<double> numbers, ReadOnlySpan<int> rows)
    {
        double[] present = ArrayPool<double>.Shared.Rent(rows.Length);
        var moments = Of(present.AsSpan(0, NumberValues.Present(numbers, rows, present)));
        ArrayPool<double>.Shared.Return(present);
        return moments;
    }

    /// <summary>Over all values but NaN.</summary>
    internal static Moments Of(ReadOnlySpan<double> values)
    {
        var range = new Range();
        range.Look(values);
        if (range.IsSettled(out Moments settled))
            return settled;
        var sum = new Sum(range);
        sum.Look(values);
        var deviations = new Deviations(sum);
        deviations.Look(values);
        return deviations.Moments;
    }

    /// <summary>Over all numbers of a column but NaN, block by block: the same bits as over all of them at once.</summary>
    internal static Moments Of(Column column)
    {
        var range = new Range();
        column.Scan(values => range.Look(values));
        if (range.IsSettled(out Moments settled))
            return settled;
        var sum = new Sum(range);
        column.Scan(values => sum.Look(values));
        var deviations = new Deviations(sum);
        column.Scan(values => deviations.Look(values));
        return deviations.Moments;
    }

    private struct Range()
    {
        internal int Count;
        internal double Min = double.PositiveInfinity;
        internal double Max = double.NegativeInfinity;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        internal void Look(ReadOnlySpan<double> values)
        {
            (Min, Max) = NumberValues.Extremes(values, Min, Max);
            Count += values.Length - NumberValues.CountMissing(values);
        }

        /// <summary>Nothing, or equal values: exactly these, whatever their sum rounds to.</summary>
        internal readonly bool IsSettled(out Moments moments)
        {
            moments = Count == 0 ? default : new Moments(Count, Min, Max, Min, 0);
            return Count == 0 || Min == Max;
        }
    }

    private struct Sum(Range range)
    {
        internal readonly Range Range = range;
        internal readonly double Scale = Math.ScaleB(1, -Math.Clamp(Math.ILogB(Math.Max(Math.Abs(range.Min), Math.Abs(range.Max))), -1000, 1000));
        private double _sum;

        internal readonly double Mean => _sum / Range.Count;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        internal void Look(ReadOnlySpan<double> values)
        {
            double sum = _sum;
            foreach (double value in values)
                sum += double.IsNaN(value) ? 0 : value * Scale;
            _sum = sum;
        }
    }

    private struct Deviations(Sum sum)
    {
        private readonly double _mean = sum.Mean;
        private double _deviations;
        private double _squares;

        internal readonly Moments Moments
        {
            get
            {
                Range range = sum.Range;
                double correction = _deviations / range.Count;
                double variance = _squares / range.Count - correction * correction;
                return new Moments(range.Count, range.Min, range.Max, (_mean + correction) / sum.Scale, Math.Sqrt(Math.Max(0, variance)) / sum.Scale);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        internal void Look(ReadOnlySpan<double> values)
        {
            (double mean, double scale, double deviations, double squares) = (_mean, sum.Scale, _deviations, _squares);
            foreach (double value in values)
            {
                double deviation = double.IsNaN(value) ? 0 : value * scale - mean;
                deviations += deviation;
                squares += deviation * deviation;
            }

            (_deviations, _squares) = (deviations, squares);
        }
    }
}
