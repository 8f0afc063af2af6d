using System.Numerics;
using System.Text.Json;
using NnService.Engine.Kernels;

namespace NnService.Engine.Tests.Kernels;

public sealed class SoftmaxTests
{
    [Fact]
    public void Reference_figures_hold()
    {
        using var file = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Reference", "activations.json")));
        foreach (var testCase in file.RootElement.GetProperty("softmax").EnumerateArray())
        {
            double[] logits = [.. testCase.GetProperty("logits").EnumerateArray().Select(element => element.GetDouble())];
            double[] expected = [.. testCase.GetProperty("value").EnumerateArray().Select(element => element.GetDouble())];
            var actual = new double[logits.Length];
            Softmax.Rows(logits, logits.Length, actual);
            for (var i = 0; i < actual.Length; i++)
                Assert.Equal(expected[i], actual[i], 1e-15);
        }
    }

    [Fact]
    public void Rows_of_every_length_follow_the_formula_to_the_bit()
    {
        Check<float>();
        Check<double>();
    }

    [Fact]
    public void Large_logits_do_not_overflow()
    {
        float[] logits = [1e38f, 1e38f, -1e38f];
        var logSumExp = new float[1];
        Softmax.RowsAndLogSumExp<float>(logits, 3, logits, logSumExp);
        Assert.Equal([0.5f, 0.5f, 0], logits);
        Assert.Equal([1e38f], logSumExp);
        Assert.Throws<ArgumentException>(() => Softmax.Rows<float>(logits, 2, logits));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(40)]
    public void NaN_in_a_row_makes_the_row_NaN_and_no_other(int columns)
    {
        for (var at = 0; at < columns; at++)
        {
            var logits = new double[2 * columns];
            logits[at] = double.NaN;
            var (p, logSumExp) = (new double[2 * columns], new double[2]);
            Softmax.RowsAndLogSumExp<double>(logits, columns, p, logSumExp);
            Assert.All(p[..columns], value => Assert.Equal(double.NaN, value));
            Assert.All(p[columns..], value => Assert.Equal(1.0 / columns, value));
            Assert.Equal([double.NaN, Transcendentals.Log((double)columns)], logSumExp);
        }
    }

    private static void Check<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const int rows = 3;
        var random = new System.Random(5);
        for (var columns = 1; columns <= 70; columns++)
        {
            T[] z = [.. Enumerable.Range(0, rows * columns).Select(_ => T.CreateTruncating((20 * random.NextDouble()) - 10))];
            var expected = new T[rows * columns];
            var expectedLogs = new T[rows];
            for (var r = 0; r < rows; r++)
            {
                var row = z.AsSpan(r * columns, columns);
                var maximum = row[0];
                foreach (var logit in row)
                    maximum = T.Max(maximum, logit);
                for (var j = 0; j < columns; j++)
                    expected[(r * columns) + j] = Transcendentals.Exp(row[j] - maximum);
                var first = r * columns;
                var sum = ReductionsTests.SixteenLanes<T>(columns, (j, lane) => lane + expected[first + j]);
                for (var j = 0; j < columns; j++)
                    expected[first + j] /= sum;
                expectedLogs[r] = maximum + Transcendentals.Log(sum);
            }

            var canary = T.CreateTruncating(-3);
            var p = new T[(rows * columns) + 9];
            p.AsSpan().Fill(canary);
            var logs = new T[rows];
            Softmax.RowsAndLogSumExp(z, columns, p.AsSpan(0, rows * columns), logs);
            Assert.Equal(expected, p[..(rows * columns)]);
            Assert.All(p[(rows * columns)..], value => Assert.Equal(canary, value));
            Assert.Equal(expectedLogs, logs);

            logs.AsSpan().Clear();
            Softmax.LogSumExp<T>(z, columns, logs);
            Assert.Equal(expectedLogs, logs);
            Softmax.Rows(z, columns, z);
            Assert.Equal(expected, z);
        }
    }
}
