using NnService.Engine.Tests.Reference;
using NnService.Engine.Training;
using NnService.Engine.Training.Intervals;

namespace NnService.Engine.Tests.Training;

public sealed class IntervalTests
{
    // Newcombe 1998, table I: method 3 (Wilson) and method 4 (with the correction for continuity), to four digits.
    [Theory]
    [InlineData(81, 263, 0.2553, 0.3662, 0.2535, 0.3682)]
    [InlineData(15, 148, 0.0624, 0.1605, 0.0598, 0.1644)]
    [InlineData(0, 20, 0, 0.1611, 0, 0.2005)]
    [InlineData(1, 29, 0.0061, 0.1718, 0.0018, 0.1963)]
    public void Shares_have_the_intervals_of_Newcombe(int hits, int rows, double low, double high, double correctedLow, double correctedHigh)
    {
        var wilson = ShareInterval.Wilson((double)hits / rows, rows);
        var corrected = ShareInterval.Corrected((double)hits / rows, rows);

        Assert.Equal(low, wilson.Low, 0.00005);
        Assert.Equal(high, wilson.High, 0.00005);
        Assert.Equal(correctedLow, corrected.Low, 0.00005);
        Assert.Equal(correctedHigh, corrected.High, 0.00005);
    }

    [Fact]
    public void Shares_have_the_mid_P_intervals_of_SciPy()
    {
        foreach (var row in Figures.Rows(Figures.Read("honesty.json").GetProperty("midP")))
        {
            var (low, high) = BinomialInterval.Of(row[0] / row[1], row[1]);

            Assert.Equal(row[2], low, 1e-9);
            Assert.Equal(row[3], high, 1e-9);
        }

        Assert.Equal((0, 1), BinomialInterval.Of(double.NaN, 0)); // nothing is known
    }

    [Fact]
    public void The_incomplete_beta_function_and_the_gamma_function_are_those_of_SciPy()
    {
        var reference = Figures.Read("honesty.json");

        foreach (var row in Figures.Rows(reference.GetProperty("incompleteBeta")))
            Assert.Equal(1, IncompleteBeta.Of(row[0], row[1], row[2]) / row[3], 1e-7); // logarithms of a million are exact to ten digits
        foreach (var row in Figures.Rows(reference.GetProperty("logGamma")))
            Assert.Equal(row[1], IncompleteBeta.LogGamma(row[0]), 1e-14 * Math.Max(1, row[1]));
        Assert.Equal((0, 1, 0), (IncompleteBeta.Of(0, 2, 3), IncompleteBeta.Of(1, 2, 3), IncompleteBeta.Of(0.5, 2, 0)));
    }

    [Fact]
    public void A_label_that_the_rows_lack_may_have_any_recall()
    {
        double[] probabilities = [.. Enumerable.Repeat(new[] { 0.9, 0.1 }, 50).SelectMany(row => row)];

        var intervals = ClassificationMetrics.IntervalsOf(probabilities, new int[50], ["no", "yes"], 1, seed: 3);

        Assert.Equal(1, intervals["balancedAccuracy"][1]);
        Assert.InRange(intervals["balancedAccuracy"][0], 0.45, 0.51);
        Assert.InRange(intervals["macroF1"][0], 0.45, 0.6);
    }

    [Theory]
    [InlineData(1, 12.7062)]
    [InlineData(4, 2.7764)]
    [InlineData(5, 2.5706)]
    [InlineData(10, 2.2281)]
    [InlineData(30, 2.0423)]
    [InlineData(100, 1.9840)]
    [InlineData(1e6, 1.9600)]
    public void Student_s_t_is_that_of_the_tables(double degrees, double t) => Assert.Equal(t, NormalTail.StudentT(degrees), 0.002);

    [Fact]
    public void An_area_of_one_has_an_interval_that_narrows_with_the_rows()
    {
        var few = RankInterval.Of(1, 2, 3);
        var many = RankInterval.Of(1, 200, 300);

        Assert.Equal(1, few.High);
        Assert.InRange(few.Low, 0.3, 0.7);
        Assert.InRange(many.Low, 0.98, 0.9999);
        Assert.Equal((0, 1 - few.Low), (RankInterval.Of(0, 2, 3).Low, RankInterval.Of(0, 2, 3).High), new NearPair());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(20)]
    public void Every_interval_of_perfect_answers_ends_at_the_figure_and_has_a_width(int rows)
    {
        var actual = Enumerable.Range(0, rows).Select(row => row % 2).ToArray();
        double[] probabilities = [.. actual.SelectMany(label => label == 0 ? new[] { 1.0, 0 } : [0.0, 1])];

        var intervals = ClassificationMetrics.IntervalsOf(probabilities, actual, ["no", "yes"], 1, seed: 3);

        foreach (var name in (string[])["accuracy", "balancedAccuracy", "macroF1"])
        {
            Assert.Equal(1, intervals[name][1]);
            Assert.True(intervals[name][0] < 1 - (0.5 / rows), $"{name} {intervals[name][0]}");
        }

        Assert.DoesNotContain("logLoss", intervals.Keys); // equal on every row
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void No_drawn_share_or_correlation_passes_one_by_rounding(int labels)
    {
        int[] actual = [.. Enumerable.Range(0, 3 * labels).Select(row => row % labels)];
        var matrix = ConfusionMatrix.Of(actual, actual, [.. Enumerable.Range(0, labels).Select(label => $"{label}")], []);

        var (macroF1, matthews) = new ConfusionDraws(matrix).Draw(1000, seed: 1);

        Assert.All(macroF1, share => Assert.InRange(share, 0, 1));
        Assert.All(matthews, correlation => Assert.InRange(correlation, -1, 1));
    }

    [Fact]
    public void Equal_errors_have_no_interval()
    {
        var intervals = RegressionMetrics.IntervalsOf([2.1, 3.1, 5.1], [2, 3, 5], ["y"], seed: 1);

        Assert.DoesNotContain("meanAbsoluteError", intervals.Keys);
        Assert.DoesNotContain("rootMeanSquaredError", intervals.Keys);
    }

    [Fact]
    public void Few_rows_make_an_interval_wider_than_the_plain_quantiles()
    {
        double[] errors = [0.5, 1.0, 1.1, 1.4, 1.9, 2.0, 3.5, 0.2];
        var interval = RegressionMetrics.IntervalsOf(errors, new double[8], ["y"], seed: 1)["meanAbsoluteError"];

        Assert.InRange(interval[0], 0.70, 0.84); // the plain ones: 0.86 to 2.13
        Assert.InRange(interval[1], 2.16, 2.45);
    }

    [Theory]
    [InlineData(5, 0, false)]
    [InlineData(6, 0, true)] // 2 · 2⁻⁶ is below 5 %
    [InlineData(8, 1, true)]
    [InlineData(8, 2, false)]
    [InlineData(0, 0, false)]
    public void Accuracies_differ_where_an_exact_test_of_the_rows_apart_says_so(int better, int worse, bool isProven)
    {
        const int Rows = 100;
        var actual = new int[Rows];
        var first = Enumerable.Range(0, Rows).Select(row => row < better ? 0 : row < better + worse ? 1 : row % 2).ToArray();
        var second = Enumerable.Range(0, Rows).Select(row => row < better ? 1 : row < better + worse ? 0 : row % 2).ToArray();

        var difference = PairedDifference.OfShares(actual, first, second, 2, perLabel: false);

        Assert.Equal(isProven, difference.Low > 0);
        Assert.InRange((better - worse) / (double)Rows, difference.Low, difference.High);
        Assert.Equal(isProven, PairedDifference.OfShares(actual, second, first, 2, perLabel: false).High < 0);
    }

    [Fact]
    public void Errors_that_are_a_little_smaller_on_every_row_differ_though_their_intervals_overlap()
    {
        var noise = Enumerable.Range(0, 200).Select(i => ((i * 37 % 101) - 50) / 20.0).ToArray();
        var more = noise.Select(error => 1.03 * error).ToArray();
        var zeros = new double[noise.Length];

        var difference = PairedDifference.OfErrors(noise, more, zeros, 1);
        var interval = RegressionMetrics.IntervalsOf(noise, zeros, ["y"], seed: 1)["rootMeanSquaredError"];

        Assert.True(difference.High < 0);
        Assert.InRange(RegressionMetrics.Of(more, zeros, ["y"]).RootMeanSquaredError, interval[0], interval[1]);
        var mixed = noise.Select((error, i) => i % 2 == 0 ? 1.2 * error : 0.75 * error).ToArray();
        Assert.InRange(0, PairedDifference.OfErrors(noise, mixed, zeros, 1).Low, PairedDifference.OfErrors(noise, mixed, zeros, 1).High);
    }

    [Theory]
    [InlineData(5, false)]
    [InlineData(20, false)]
    [InlineData(30, true)]
    public void Errors_that_are_all_alike_prove_something_from_thirty_rows_on(int rows, bool isProven)
    {
        double[] ones = [.. Enumerable.Repeat(1.0, rows)];
        double[] twos = [.. Enumerable.Repeat(2.0, rows)];

        Assert.Equal(isProven, PairedDifference.OfErrors(ones, twos, new double[rows], 1).High < 0);
    }

    [Theory]
    [InlineData(1e-300)]
    [InlineData(1)]
    [InlineData(1e300)]
    public void Differences_and_metrics_do_not_depend_on_the_unit(double unit)
    {
        double[] actual = [.. new[] { 1.0, 2, 4, 7, 11, 16, 22, 29 }.Select(value => value * unit)];
        double[] near = [.. new[] { 1.5, 2.25, 4, 6.5, 11.5, 16.25, 21.5, 29 }.Select(value => value * unit)];
        double[] far = [.. new[] { 4.0, 7, 1, 2, 17, 20, 12, 22 }.Select(value => value * unit)];

        var metrics = RegressionMetrics.Of(near, actual, ["y"]);
        var intervals = RegressionMetrics.IntervalsOf(near, actual, ["y"], seed: 2);

        Assert.True(PairedDifference.OfErrors(near, far, actual, 1).High < 0);
        Assert.Equal(0.375, metrics.RootMeanSquaredError / unit, 1e-12);
        Assert.Equal(0.9984243697478992, metrics.R2!.Value, 1e-12);
        Assert.Equal(0.3125, metrics.MeanAbsoluteError / unit, 1e-12);
        Assert.Equal(["rootMeanSquaredError", "meanAbsoluteError", "r2", "medianAbsoluteError", "meanAbsolutePercentageError"], intervals.Keys);
        Assert.InRange(intervals["rootMeanSquaredError"][0] / unit, 0.2, 0.35);
    }

    [Fact]
    public void Errors_as_large_as_two_numbers_can_be_apart_are_infinite_and_no_more()
    {
        var metrics = RegressionMetrics.Of([1.7e308, -1.7e308, 1.7e308], [-1.7e308, 1.7e308, 0], ["y"]);

        Assert.Equal(double.PositiveInfinity, metrics.RootMeanSquaredError);
        Assert.Equal(-3.5, metrics.R2!.Value, 1e-12); // 1 − (4 + 4 + 1) / 2
    }

    // Ten rows of label 0 that weigh 10, a hundred of label 1 that weigh 1: as many rows as there are of either, whatever the other weighs.
    [Fact]
    public void A_label_whose_rows_weigh_more_has_no_more_rows()
    {
        var actual = Enumerable.Range(0, 110).Select(row => row < 10 ? 0 : 1).ToArray();
        double[] weights = [.. actual.Select(label => label == 0 ? 10.0 : 1)];
        double[] probabilities = [.. actual.SelectMany((label, row) => row % 5 == 0 ? new[] { 0.5 - (label / 4.0), 0.5 + (label / 4.0) } : [0.8, 0.2])];

        var plain = ClassificationMetrics.IntervalsOf(probabilities, actual, ["a", "b"], 1, seed: 1);
        var weighted = ClassificationMetrics.IntervalsOf(probabilities, actual, ["a", "b"], 1, seed: 1, weights);
        var inAnotherUnit = ClassificationMetrics.IntervalsOf(probabilities, actual, ["a", "b"], 1, seed: 1, [.. weights.Select(weight => weight / 64)]);

        foreach (var name in (string[])["balancedAccuracy", "rocAuc"])
        {
            Assert.Equal(plain[name][0], weighted[name][0], 1e-9);
            Assert.Equal(plain[name][1], weighted[name][1], 1e-9);
        }

        Assert.Equal(weighted.SelectMany(interval => interval.Value), inAnotherUnit.SelectMany(interval => interval.Value));
    }

    // (1 + 1 + 4)² / (1 + 1 + 16) = 2 rows.
    [Fact]
    public void Rows_with_weights_tell_as_much_as_fewer_rows_of_equal_weight()
    {
        Assert.Equal(2, EffectiveRows.Of([1, 1, 4], 3));
        Assert.Equal(3, EffectiveRows.Of([7, 7, 7], 3));
        Assert.Equal(3, EffectiveRows.Of([], 3));
        Assert.Equal(2, EffectiveRows.Of([true, false, true], true, [5, 1, 5]));
        var (low, high) = BinomialInterval.Of(1, 2);

        var interval = ClassificationMetrics.IntervalsOf([.9, .1, .8, .2, .3, .7], [0, 0, 1], ["a", "b"], 1, seed: 1, [1, 1, 4])["accuracy"];

        Assert.Equal((low, high), (interval[0], interval[1]));
    }

    [Fact]
    public void Equal_weights_change_no_bit_of_an_interval()
    {
        double[] actual = [1, 2, 4, 7, 11, 16, 22, 29, 37, 46, 56, 67];
        double[] predicted = [1.5, 2.25, 4, 6.5, 11.5, 16.25, 21.5, 29, 36, 47, 57.5, 66];
        double[] ones = [.. actual.Select(_ => 1.0)];

        var plain = RegressionMetrics.IntervalsOf(predicted, actual, ["y"], seed: 1);
        var weighted = RegressionMetrics.IntervalsOf(predicted, actual, ["y"], seed: 1, ones);

        Assert.Equal(plain.SelectMany(interval => interval.Value), weighted.SelectMany(interval => interval.Value));
        Assert.Equal(PairedDifference.OfErrors(predicted, ones, actual, 1), PairedDifference.OfErrors(predicted, ones, actual, 1, ones));
        Assert.Equal(PairedDifference.OfMeans(predicted, actual), PairedDifference.OfMeans(predicted, actual, ones));
    }

    // One row weighs so much that the others hardly count: its own error says nothing of how far others may be.
    [Fact]
    public void One_row_that_weighs_nearly_everything_proves_nothing()
    {
        double[] ones = [.. Enumerable.Range(0, 40).Select(i => 1 + (i % 5 / 10.0))];
        double[] twos = [.. ones.Select(error => 2 * error)];
        double[] weights = [.. Enumerable.Range(0, 40).Select(i => i == 0 ? 1e6 : 1)];

        Assert.True(PairedDifference.OfErrors(ones, twos, new double[40], 1).High < 0);
        Assert.Equal(double.PositiveInfinity, PairedDifference.OfErrors(ones, twos, new double[40], 1, weights).High);
        Assert.Equal(double.PositiveInfinity, PairedDifference.OfMeans(ones, twos, weights).High);
    }

    [Fact]
    public void Areas_are_compared_pair_by_pair_and_prove_nothing_with_few_rows_of_a_label()
    {
        var actual = Enumerable.Range(0, 80).Select(row => row % 2).ToArray();
        double[] good = [.. actual.SelectMany((label, row) => Pair((row * 7 % 40 / 80.0) + (label * 0.4)))];
        double[] poor = [.. actual.SelectMany((label, row) => Pair((row * 11 % 40 / 80.0) + (label * 0.1)))];

        var difference = PairedDifference.OfAreas(good, poor, actual, 2, 1);
        var (one, other) = (ClassificationMetrics.Of(good, actual, ["a", "b"]), ClassificationMetrics.Of(poor, actual, ["a", "b"]));

        Assert.True(difference.Low > 0);
        Assert.Equal(one.RocAuc!.Value - other.RocAuc!.Value, (difference.Low + difference.High) / 2, 1e-12);
        Assert.Equal(difference, PairedDifference.OfAreas(good, poor, actual, 2, 1, [.. actual.Select(_ => 1.0)]));
        Assert.Equal(new PairedDifference(0, 0), PairedDifference.OfAreas(good, good, actual, 2, 1));
        var fiveOfEither = PairedDifference.OfAreas(good.AsSpan(0, 20), poor.AsSpan(0, 20), actual.AsSpan(0, 10), 2, 1);
        Assert.Equal(double.PositiveInfinity, fiveOfEither.High);

        static double[] Pair(double share) => [1 - share, share];
    }

    private sealed class NearPair : IEqualityComparer<(double, double)>
    {
        public bool Equals((double, double) x, (double, double) y) => Math.Abs(x.Item1 - y.Item1) < 1e-9 && Math.Abs(x.Item2 - y.Item2) < 1e-9;

        public int GetHashCode((double, double) pair) => 0;
    }
}
