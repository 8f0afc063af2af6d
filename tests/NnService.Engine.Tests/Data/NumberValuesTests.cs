using NnService.Engine.Data.Columns;

namespace NnService.Engine.Tests.Data;

public sealed class NumberValuesTests
{
    [Fact]
    public void Extremes_and_missing_numbers_are_those_of_one_after_the_other()
    {
        (double, double)[] pairs = [(0.0, -0.0), (-0.0, 0.0), (double.NaN, 1.5), (-3.0, double.NaN)];
        for (int i = 0; i < 40 * pairs.Length; i++)
        {
            (int length, (double even, double odd)) = (i / pairs.Length, pairs[i % pairs.Length]);
            double[] numbers = [.. Enumerable.Range(0, length).Select(at => at % 2 == 0 ? even : odd)];
            if (length > 20)
                (numbers[11], numbers[^1]) = (double.NaN, 7);
            (double min, double max) = (double.PositiveInfinity, double.NegativeInfinity);
            foreach (double number in numbers.Where(number => !double.IsNaN(number)))
                (min, max) = (Math.Min(min, number), Math.Max(max, number));

            (double least, double most) = NumberValues.Extremes(numbers, double.PositiveInfinity, double.NegativeInfinity);
            Assert.Equal((Bits(min), Bits(max)), (Bits(least), Bits(most))); // −0 is less than 0
            Assert.Equal(numbers.Count(double.IsNaN), NumberValues.CountMissing(numbers));
        }
    }

    [Fact]
    public void Numbers_that_are_there_are_gathered_in_the_order_of_the_rows()
    {
        var present = new double[4];

        Assert.Equal(2, NumberValues.Present([1, double.NaN, 3, double.NaN, 5], [1, 2, 3, 4], present));
        Assert.Equal([3, 5], present[..2]);
    }

    private static long Bits(double number) => BitConverter.DoubleToInt64Bits(number);
}
