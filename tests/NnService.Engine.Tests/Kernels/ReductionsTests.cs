using System.Numerics;
using NnService.Engine.Kernels;

namespace NnService.Engine.Tests.Kernels;

public sealed class ReductionsTests
{
    [Fact]
    public void Row_and_column_reductions_follow_the_stated_order_to_the_bit()
    {
        Check<float>();
        Check<double>();
    }

    [Fact]
    public void Dot_and_sum_of_squares_are_taken_in_double()
    {
        for (var n = 0; n <= 70; n++)
        {
            var x = Numbers<float>(n, 1);
            var y = Numbers<float>(n, 2);
            Assert.Equal(SixteenLanes<double>(n, (i, lane) => double.FusedMultiplyAdd(x[i], y[i], lane)), Reductions.Dot<float>(x, y));
            var z = Numbers<double>(n, 3);
            Assert.Equal(SixteenLanes<double>(n, (i, lane) => double.FusedMultiplyAdd(z[i], z[i], lane)), Reductions.SumOfSquares<double>(z));
        }

        // A thousand squares of 10⁻²⁵ vanish in float.
        Assert.Equal(1e-47, Reductions.SumOfSquares<float>(Enumerable.Repeat(1e-25f, 1000).ToArray()), 1e-53);
    }

    [Fact]
    public void Maxima_are_found_wherever_they_stand_and_NaN_is_passed_over()
    {
        for (var n = 1; n <= 70; n++)
        {
            for (var at = 0; at < n; at++)
            {
                var x = Enumerable.Repeat(-5.0, n).ToArray();
                x[at] = -1;
                Assert.Equal(-1, Fold.Maximum(ref x[0], n));
                x[at] = double.NaN;
                Assert.Equal(n == 1 ? double.NegativeInfinity : -5, Fold.Maximum(ref x[0], n));
            }
        }
    }

    [Fact]
    public void A_row_is_added_to_every_row_and_to_nothing_else()
    {
        for (var columns = 1; columns <= 70; columns++)
        {
            var row = Numbers<float>(columns, 1);
            var matrix = Numbers<float>((3 * columns) + 20, 2);
            var expected = matrix.ToArray();
            for (var i = 0; i < 3 * columns; i++)
                expected[i] += row[i % columns];
            Elementwise.AddRow<float>(row, matrix.AsSpan(0, 3 * columns));
            Assert.Equal(expected, matrix);
        }
    }

    [Fact]
    public void Lengths_that_are_no_rows_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Reductions.RowDots(new float[7], new float[7], 3, new float[2]));
        Assert.Throws<ArgumentException>(() => Reductions.ColumnSums(new float[7], new float[3]));
        Assert.Throws<ArgumentException>(() => Elementwise.AddRow(new float[3], new float[7]));
        Assert.Throws<ArgumentException>(() => Reductions.Dot(new float[3], new float[4]));
    }

    private static void Check<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const int rows = 5;
        for (var columns = 1; columns <= 140; columns++)
        {
            var x = Numbers<T>(rows * columns, 1);
            var y = Numbers<T>(rows * columns, 2);
            var rowDots = new T[rows];
            Reductions.RowDots<T>(x, y, columns, rowDots);
            for (var r = 0; r < rows; r++)
                Assert.Equal(SixteenLanes<T>(columns, (j, lane) => T.FusedMultiplyAdd(x[(r * columns) + j], y[(r * columns) + j], lane)), rowDots[r]);

            foreach (var accumulate in new[] { false, true })
            {
                // Five canaries behind the sums.
                var sums = Numbers<T>(columns + 5, 3);
                var expected = sums.ToArray();
                for (var j = 0; j < columns; j++)
                {
                    expected[j] = accumulate ? sums[j] : T.Zero;
                    for (var r = 0; r < rows; r++)
                        expected[j] += x[(r * columns) + j];
                }

                Reductions.ColumnSums<T>(x, sums.AsSpan(0, columns), accumulate);
                Assert.Equal(expected, sums);
            }
        }
    }

    [Fact]
    public void One_number_that_is_not_finite_is_found_wherever_it_stands()
    {
        for (var count = 0; count <= 70; count++)
        {
            var numbers = Numbers<float>(count, seed: count);
            Assert.True(Reductions.AllFinite<float>(numbers));
            for (var i = 0; i < count; i++)
            {
                var (was, wrong) = (numbers[i], (i % 3) switch { 0 => float.NaN, 1 => float.PositiveInfinity, _ => float.NegativeInfinity });
                numbers[i] = wrong;
                Assert.False(Reductions.AllFinite<float>(numbers));
                Assert.False(Reductions.AllFinite<double>(Array.ConvertAll(numbers, x => (double)x)));
                numbers[i] = was;
            }
        }
    }

    /// <summary>The order of the documentation, element by element.</summary>
    internal static T SixteenLanes<T>(int count, Func<int, T, T> add)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var lanes = new T[16];
        for (var i = 0; i < count; i++)
            lanes[i % 16] = add(i, lanes[i % 16]);
        for (var half = 8; half > 0; half /= 2)
        {
            for (var l = 0; l < half; l++)
                lanes[l] += lanes[l + half];
        }

        return lanes[0];
    }

    private static T[] Numbers<T>(int count, int seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new System.Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => T.CreateTruncating((2 * random.NextDouble()) - 1))];
    }
}
