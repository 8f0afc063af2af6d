using System.Text.Json;
using NnService.Engine.Data;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Random;
using NnService.Engine.Specs;
using NnService.Engine.Tests.Data;
using NnService.Engine.Training;

namespace NnService.Engine.Tests.Training;

/// <summary>Intervals and sets of labels from validation rows (split conformal prediction).</summary>
public class ConformalTests
{
    [Theory]
    [InlineData(0.9, 9)] // ⌈10 · 0.9⌉
    [InlineData(0.5, 5)]
    [InlineData(0.55, 6)] // 10 · 0.55 is 5.500000000000001
    [InlineData(0.1, 1)]
    [InlineData(0.001, 1)]
    public void The_threshold_is_the_score_of_that_rank(double level, int rank)
    {
        ConformalScores scores = ConformalScores.Of([[7, 1, 9, 3, 2, 8, 4, 6, 5]], []);

        Assert.Equal([rank], scores.Thresholds(level)!.Scores);
        Assert.Equal((0.9, 9.0), (scores.HighestLevel, scores.Rows));
        Assert.Null(scores.Thresholds(0.91));
    }

    [Fact]
    public void A_row_of_whole_weight_is_as_many_rows()
    {
        ConformalScores weighed = ConformalScores.Of([[5, 1, 3]], [1, 2, 1]);
        ConformalScores repeated = ConformalScores.Of([[5, 1, 1, 3]], []);

        Assert.Equal(repeated.Scores[0], weighed.Scores[0]);
        Assert.Equal(repeated.Rows, weighed.Rows);
    }

    [Fact]
    public void Of_many_rows_some_ranks_are_kept_and_the_next_higher_one_is_taken()
    {
        ConformalScores scores = ConformalScores.Of([[.. Enumerable.Range(1, 100_000).Select(rank => (double)rank)]], []);

        Assert.Equal(500, scores.Ranks.Count);
        Assert.InRange(scores.Thresholds(0.9)!.Scores[0], 90_001, 90_001 + (100_000 / 400));
        Assert.Equal([99_991], scores.Thresholds(0.9999)!.Scores);
    }

    [Theory]
    [InlineData(40, 0.9)]
    [InlineData(200, 0.5)]
    [InlineData(1000, 0.95)]
    public void Intervals_hold_the_truth_as_often_as_they_say(int rows, double level)
    {
        const int trials = 400;
        double held = 0;
        for (int trial = 0; trial < trials; trial++)
        {
            // Errors of the heavy-tailed kind, and a prediction that has nothing to do with them.
            double[] errors = Draw(2 * rows, (uint)trial);
            double threshold = ConformalScores.Of([[.. errors.Take(rows)]], []).Thresholds(level)!.Scores[0];
            held += errors.Skip(rows).Count(error => error <= threshold) / (double)rows / trials;
        }

        // Exactly ⌈(n + 1) level⌉ / (n + 1), or a little more where ranks are left out; 5 standard errors.
        double expected = Math.Ceiling((rows + 1) * level) / (rows + 1);
        double error = 5 * Math.Sqrt(2 * level * (1 - level) / rows / trials);
        Assert.InRange(held, expected - error, expected + error + (rows > 500 ? 1 / 400.0 : 0));
    }

    [Fact]
    public void A_truth_gives_scores_by_target_and_counts_what_they_hold()
    {
        Table table = Tables.Csv("y,z\n1,10\n2,10\n3,10\n4,10\n");
        var truth = new Truth(TargetEncoding.Fit(table, ["y", "z"], TaskKind.Regression, null, TargetScaling.None, Tables.AllRows(table)), table, [0, 1, 2, 3]);
        double[] answers = [1.5, 10, 1, 12, 3, 10, 0, 13];

        ConformalScores scores = truth.ConformalScores(answers)!;

        Assert.Equal([0, 0.5, 1, 4], scores.Scores[0]);
        Assert.Equal([0, 0, 2, 3], scores.Scores[1]);
        Assert.Equal(0.625, truth.Coverage(answers, new([0.5, 2], OfLogs: false, Level: 0.9)));
        Assert.Null(truth.ConformalScores([1e308 * 10, 1, 1, 1, 1, 1, 1, 1]));
    }

    [Fact]
    public void Of_a_target_whose_logarithm_was_learnt_intervals_are_as_wide_as_the_answer_is_great()
    {
        Table table = Tables.Csv("y\n0\n10\n100\n1000\n");
        var truth = new Truth(TargetEncoding.Fit(table, ["y"], TaskKind.Regression, null, TargetScaling.Log1p, Tables.AllRows(table)), table, [0, 1, 2, 3]);
        double[] answers = [0, 21, 100, 499.5]; // 1 + y off by a factor of 1, 2, 1 and 2

        ConformalScores scores = truth.ConformalScores(answers)!;

        Assert.True(scores.OfLogs);
        Assert.Equal([0, 0, Math.Log(2), Math.Log(2)], scores.Scores[0].Select(score => Math.Round(score, 15)), (a, b) => Math.Abs(a - b) < 1e-14);
        ConformalThresholds thresholds = scores.Thresholds(0.8)!;
        double threshold = thresholds.Scores[0];
        Assert.Equal(1, truth.Coverage(answers, thresholds));
        var (low, high) = thresholds.Around(0, 99);
        Assert.Equal((49, 199), (Math.Round(low, 9), Math.Round(high, 9)));
        Assert.InRange(thresholds.Around(0, -0.5).Low, -1, -0.5);
        Assert.InRange(truth.ConformalScores([-1, 21, 100, 499.5])!.Scores[0][3], 30, 40); // -1 has no logarithm, and is the worst
        (low, high) = new ConformalThresholds([1], OfLogs: true, Level: 0.9).Around(0, -1);
        Assert.Equal((-1, 0), (low, Math.Round(high + 1, 9)));
        string json = JsonSerializer.Serialize(scores, SpecJson.Options);
        Assert.Contains("\"ofLogs\":true", json, StringComparison.Ordinal);
        Assert.True(JsonSerializer.Deserialize<ConformalScores>(json, SpecJson.Options)!.OfLogs);
    }

    [Theory]
    [InlineData("""{"rows":2,"ranks":[1,2],"scores":[[2,1]]}""")]
    [InlineData("""{"rows":2,"ranks":[2,1],"scores":[[1,2]]}""")]
    [InlineData("""{"rows":2,"ranks":[1,3],"scores":[[1,2]]}""")]
    [InlineData("""{"rows":2,"ranks":[1,2],"scores":[[1]]}""")]
    [InlineData("""{"rows":2,"ranks":[1,2],"scores":[[-1,2]]}""")]
    [InlineData("""{"rows":2,"ranks":[],"scores":[[]]}""")]
    [InlineData("""{"rows":2,"ranks":[1,2],"scores":[]}""")]
    public void What_a_document_says_must_fit(string json) =>
        Assert.Throws<ArgumentException>(() => JsonSerializer.Deserialize<ConformalScores>(json, SpecJson.Options));

    private static double[] Draw(int count, uint trial)
    {
        var stream = new RandomStream(11, RandomPurpose.Bootstrap, trial);
        return [.. Enumerable.Range(0, count).Select(i => Math.Abs(stream.Normal((ulong)i) / (0.1 + stream.Uniform((ulong)(i + count)))))];
    }
}
