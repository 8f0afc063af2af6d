using System.Globalization;

namespace NnService.Benchmarks.Scale;

/// <summary>Tables that grow: rows, columns, categories and classes.</summary>
internal static class TableAxes
{
    private const string OneEpoch = "\"epochs\":1,\"earlyStopping\":{\"patience\":0},\"recipe\":\"fast\"";

    public static readonly Axis Rows = new(
        "rows", "Rows of 20 columns of numbers with five decimals; a job of one epoch in minibatches of 256 with a dense layer of 64 units.",
        [10_000, 100_000, 1_000_000], [10_000_000], (measured, rows) => Job(measured, writer => Numbers(writer, rows, 20), "\"batchSize\":256", 64));

    public static readonly Axis Columns = new(
        "columns", "Columns of numbers, 1,000 rows; a job of one epoch in minibatches of 32 with a dense layer of 16 units.",
        [10, 100, 1_000, 10_000], [], (measured, columns) => Job(measured, writer => Numbers(writer, 1_000, columns), "\"batchSize\":32", 16));

    public static readonly Axis Categories = new(
        "categories", "Categories of one column beside ten of numbers, 200,000 rows (at 10⁶ one row each in a million); the job as with rows.",
        [10, 100, 1_000, 10_000, 100_000], [1_000_000],
        (measured, categories) => Job(
            measured, writer => OneOf(writer, Math.Max(200_000, categories), categories, "c", isTarget: false), "\"batchSize\":256", 64, "&types=c:category"));

    public static readonly Axis Classes = new(
        "classes", "Classes of the target, ten columns of numbers, 20,000 rows; the job as with rows.",
        [2, 10, 100, 1_000], [10_000],
        (measured, classes) => Job(
            measured, writer => OneOf(writer, 20_000, classes, "y", isTarget: true), "\"batchSize\":256", 64, "&types=y:category"));

    private static IEnumerable<(string Curve, string Unit, double Figure)> Job(
        ServiceUnderMeasurement measured, Action<TextWriter> write, string settings, int units, string types = "")
    {
        // Everything compiled, and by a table of the same kind.
        measured.Upload("warm", writer => Numbers(writer, 2_000, 5));
        for (var i = 0; i < 3; i++)
            measured.Train(JobOf("warm", settings, units));
        measured.Service.ForgetPeak();
        var upload = 0.0;
        measured.Upload("table", write, types, seconds => upload = seconds);
        yield return ("upload and profile", "s", upload);
        var first = measured.Train(JobOf("table", settings, units));
        yield return ("most memory", "MB", measured.Service.PeakBytes / 1e6);
        var times = new[] { first, measured.Train(JobOf("table", settings, units)), measured.Train(JobOf("table", settings, units)) };
        yield return ("POST of the job", "s", Median(times, job => job.Post));
        yield return ("claim to first step", "s", Median(times, job => job.Before));
        yield return ("an epoch", "s", Median(times, job => job.Training));
        yield return ("baselines and metrics", "s", Median(times, job => job.After));
    }

    private static double Median(JobTimes[] jobs, Func<JobTimes, double> figure) => jobs.Select(figure).Order().ElementAt(jobs.Length / 2);

    private static string JobOf(string dataset, string settings, int units) => $$"""
        {"dataset":"{{dataset}}","target":"y",{{OneEpoch}},{{settings}},
         "network":{"layers":[{"type":"dense","units":{{units}},"activation":"relu"},{"type":"dense"}]} }
        """;

    /// <summary>Numbers in [-1, 1], and a target that is a sum of some.</summary>
    public static void Numbers(TextWriter writer, int rows, int columns)
    {
        var random = new Random(1);
        writer.Write(string.Join(',', Enumerable.Range(0, columns - 1).Select(i => $"x{i}").Append("y")) + "\n");
        for (var row = 0; row < rows; row++)
        {
            var sum = 0.0;
            for (var i = 0; i < columns - 1; i++)
            {
                var x = Math.Round((2 * random.NextDouble()) - 1, 5);
                sum += i < 10 ? x : 0;
                writer.Write(x.ToString(CultureInfo.InvariantCulture));
                writer.Write(',');
            }

            writer.Write(Math.Round(sum + random.NextDouble(), 5).ToString(CultureInfo.InvariantCulture));
            writer.Write('\n');
        }
    }

    private static void OneOf(TextWriter writer, int rows, int values, string name, bool isTarget)
    {
        var random = new Random(2);
        writer.Write(string.Join(',', Enumerable.Range(0, 10).Select(i => $"x{i}").Append(name)) + (isTarget ? "\n" : ",y\n"));
        for (var row = 0; row < rows; row++)
        {
            var sum = 0.0;
            for (var i = 0; i < 10; i++)
            {
                var x = Math.Round((2 * random.NextDouble()) - 1, 3);
                sum += x;
                writer.Write(x.ToString(CultureInfo.InvariantCulture) + ",");
            }

            writer.Write($"v{(row < values ? row : random.Next(values))}"); // each at least once
            writer.Write(isTarget ? "\n" : "," + Math.Round(sum, 3).ToString(CultureInfo.InvariantCulture) + "\n");
        }
    }
}
