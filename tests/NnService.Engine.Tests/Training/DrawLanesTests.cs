using NnService.Engine.Training.Intervals;

namespace NnService.Engine.Tests.Training;

/// <summary>Draws that are made side by side: they are those made one after the other, to the last bit.</summary>
public sealed class DrawLanesTests
{
    private const ulong Seed = 7;

    [Theory]
    [InlineData(10)]
    [InlineData(31)]
    [InlineData(1000)]
    public void Counts_are_those_of_single_draws(int rows)
    {
        var (lanes, counts, words) = (new DrawLanes(rows), new ushort[rows], new uint[rows]);
        Assert.All(Enumerable.Range(0, rows), row => Assert.Equal(1, lanes[row][3]));
        lanes.Draw(Seed, 16);
        for (var lane = 0; lane < DrawLanes.Count; lane++)
        {
            Bootstrap.Count(Seed, 16 + lane, words, counts);
            for (var row = 0; row < rows; row++)
                Assert.Equal((counts[row], (double)counts[row]), (lanes.Of(row)[lane], lanes[row][lane]));
        }
    }

    [Theory]
    [InlineData(10, false)]
    [InlineData(11, false)]
    [InlineData(500, false)]
    [InlineData(11, true)]
    [InlineData(500, true)]
    public void Medians_are_those_of_single_draws(int rows, bool areWeighted)
    {
        var random = new System.Random(rows);
        double[] answers = [.. Enumerable.Range(0, rows).Select(_ => Math.Round(random.NextDouble(), 2))]; // with ties
        double[] targets = [.. Enumerable.Range(0, rows).Select(_ => random.NextDouble() < 0.3 ? 0.5 : random.NextDouble())];
        double[] weights = [.. Enumerable.Range(0, rows).Select(_ => areWeighted ? random.NextDouble() + 0.1 : 1)];
        var single = new ResampledRegression(answers, targets, 1, [.. Enumerable.Range(0, rows)], weights);
        var (median, lanes) = (new DrawnMedian(answers, targets, weights), new DrawLanes(rows));
        var (counts, words, figures) = (new ushort[rows], new uint[rows], new double[ResampledRegression.Figures.Length]);
        for (var draw = 0; draw < 200; draw += DrawLanes.Count)
        {
            var medians = new double[DrawLanes.Count];
            lanes.Draw(Seed, draw);
            median.AddTo(medians, lanes);
            for (var lane = 0; lane < DrawLanes.Count; lane++)
            {
                Bootstrap.Count(Seed, draw + lane, words, counts);
                single.Compute(counts, figures);
                Assert.Equal(figures[3], medians[lane]);
            }
        }
    }
}
