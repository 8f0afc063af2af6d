using NnService.Engine.Training;
using NnService.Engine.Training.Intervals;

namespace NnService.Engine.Tests.Training;

public sealed class RankingTests
{
    // With as many ties as a label of several thousand has, whose scores are mostly 0; among 2,000 rows up to 499 are few.
    [Theory]
    [InlineData(1, 1_000_000)]
    [InlineData(2, 3)]
    [InlineData(8, 1_000_000)]
    [InlineData(21, 5)]
    [InlineData(64, 1_000_000)]
    [InlineData(65, 1_000_000)]
    [InlineData(124, 20)]
    [InlineData(124, 1_000_000)]
    [InlineData(499, 30)]
    [InlineData(499, 1_000_000)]
    public void A_label_of_few_rows_is_ranked_as_by_a_sort_of_all_rows(int positives, int scoresApart)
    {
        const int Rows = 2000;
        var random = new System.Random(positives);
        double[] scores = [.. Enumerable.Range(0, Rows).Select(_ => random.Next(scoresApart) / (double)scoresApart)];
        bool[] isPositive = [.. Enumerable.Range(0, Rows).Select(row => row < positives)];
        double[] weights = [.. Enumerable.Range(0, Rows).Select(_ => 0.25 + random.NextDouble())];
        random.Shuffle(isPositive);

        Assert.True(RareRows.AreFew(positives, Rows));
        Assert.Equal(Ranking.OfSorted(scores, isPositive), new RareRows(scores, isPositive, []).Figures);
        var (all, some) = (RankInterval.Shares(scores, isPositive, []), new RareRows(scores, isPositive, []).Shares());
        Assert.Equal((all.Positives, all.Negatives), (some.Positives, some.Negatives));
        Assert.Equal(all.Shares, some.Shares);

        var (area, precision) = Ranking.OfSorted(scores, isPositive, weights);
        var figures = new RareRows(scores, isPositive, weights).Figures;
        Assert.Equal(area!.Value, figures.RocAuc!.Value, 1e-13); // sums in another order
        Assert.Equal(precision!.Value, figures.AveragePrecision!.Value, 1e-13);
        (all, some) = (RankInterval.Shares(scores, isPositive, weights), new RareRows(scores, isPositive, weights).Shares());
        for (var row = 0; row < Rows; row++)
            Assert.Equal(all.Shares[row], some.Shares[row], 1e-13);
    }

    [Fact]
    public void Labels_come_one_after_the_other_with_their_rows()
    {
        const int Rows = 40, Labels = 30;
        double[] probabilities = [.. Enumerable.Range(0, Rows * Labels).Select(i => i / 10_000.0)];
        int[] actual = [.. Enumerable.Range(0, Rows).Select(row => row * 7 % 25)];
        var columns = new LabelColumns(probabilities, actual, Labels, -1);

        for (var label = 0; label < 25; label++)
        {
            Assert.True(columns.MoveNext());
            Assert.Equal(label, columns.Label);
            Assert.Equal(Enumerable.Range(0, Rows).Select(row => probabilities[(row * Labels) + label]), columns.Scores);
            Assert.Equal(actual.Select(own => own == label), columns.IsOwn);
        }

        Assert.False(columns.MoveNext());
    }
}
