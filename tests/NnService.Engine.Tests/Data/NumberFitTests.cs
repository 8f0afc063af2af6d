using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Encodings;

namespace NnService.Engine.Tests.Data;

public sealed class NumberFitTests
{
    private static readonly FeatureColumn s_unscaled = new() { Name = "a", Type = ColumnType.Number };

    // Each place once, so that every lane of a vector and what is left over behind the last is looked at.
    [Fact]
    public void A_number_that_is_too_large_is_found_wherever_it_stands()
    {
        for (int row = 0; row < 37; row++)
        {
            double[] numbers = [.. Enumerable.Range(0, 37).Select(i => i % 3 == 0 ? double.NaN : i)];
            numbers[row] = -1e39;

            string? found = TooLarge(numbers, Precision.Float32);

            Assert.StartsWith($"Row {row} (counted from 0), column \"a\": -1E+39 is too large", found, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Missing_cells_and_numbers_that_fit_are_not_too_large()
    {
        Assert.Null(TooLarge([.. Enumerable.Repeat(double.NaN, 20)], Precision.Float32));
        Assert.Null(TooLarge([1e38, double.NaN, -1e38], Precision.Float32));
        Assert.Null(TooLarge([1e39, double.NaN, -1e300], Precision.Float64));
    }

    [Fact]
    public void Numbers_far_from_zero_that_float32_rounds_together_are_told()
    {
        Column far = Column.OfNumbers("a", [.. Enumerable.Range(0, 20).Select(i => 1e9 + i)]);

        Assert.Equal(
            "float32 holds the numbers of \"a\" to 64 only, where their standard deviation is 5.77; standardize the column, or set precision to float64.",
            NumberFit.Of(far, s_unscaled)!.Rounded(Precision.Float32));
        Assert.Null(NumberFit.Of(far, s_unscaled with { Shift = 1e9, Scale = 6 })!.Rounded(Precision.Float32));
        Assert.Null(NumberFit.Of(far, s_unscaled)!.Rounded(Precision.Float64));
    }

    private static string? TooLarge(double[] numbers, Precision precision) => NumberFit.Of(Column.OfNumbers("a", numbers), s_unscaled)!.TooLarge(precision);
}
