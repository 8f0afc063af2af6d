using System.Globalization;

namespace NnService.Benchmarks.Scale;

/// <summary>Tables that grow: rows, columns, categories and classes.</summary>
internal static class TableAxes
{
    private const string Table = "table";
    private const int TimesBefore = 32;
    private const int FewRows = 2_000;
    private const int Few = 100; // columns, categories or classes

    private const string OneEpoch = "\"epochs\":1,\"earlyStopping\":{\"patience\":0},\"recipe\":\"fast\"";

    private const string ByHand =
        "Against what a user writes by hand: pandas reads the file, describes it and counts different values; torch trains the same network with the same "
        + "minibatches and AdamW; scikit-learn fits its Ridge or LogisticRegression, and four metrics of the test rows, or three of classes, get intervals by 1,000 resamples. "
        + "Nobody there plans a job or keeps it. The usual epochs are those that the service trains where the job asks for none.";

    private const string AsWithRows = "The peers are those of rows.";

    public static readonly Axis Rows = new(
        "rows", "Rows of 20 columns of numbers with five decimals; a job of one epoch in minibatches of 256 with a dense layer of 64 units.",
        [10_000, 100_000, 1_000_000], [10_000_000], (measured, rows) => Job(measured, writer => Numbers(writer, rows, 20), writer => Numbers(writer, FewRows, 20), 256, 64))
    {
        Peers = ByHand,
    };

    public static readonly Axis Columns = new(
        "columns", "Columns of numbers, 1,000 rows; a job of one epoch in minibatches of 32 with a dense layer of 16 units.",
        [10, 100, 1_000, 10_000], [16_000], (measured, columns) => Job(measured, writer => Numbers(writer, 1_000, columns), writer => Numbers(writer, 1_000, Math.Min(columns, Few)), 32, 16))
    {
        Peers = AsWithRows,
    };

    public static readonly Axis Categories = new(
        "categories", "Categories of one column beside ten of numbers, 200,000 rows (at 10⁶ one row each in a million); the job as with rows.",
        [10, 100, 1_000, 10_000, 100_000], [1_000_000],
        (measured, categories) => Job(
            measured, writer => OneOf(writer, Math.Max(200_000, categories), categories, "c", isTarget: false),
            writer => OneOf(writer, FewRows, Math.Min(categories, Few), "c", isTarget: false), 256, 64, "&types=c:category"))
    {
        Peers = AsWithRows + " torch has up to 100 categories as 0 and 1 each and embeds more of them in 50 numbers, with SparseAdam beyond 10,000; the service lets rare "
            + "ones share an input.",
    };

    public static readonly Axis Classes = new(
        "classes", "Classes of the target, ten columns of numbers, 20,000 rows; the job as with rows.",
        [2, 10, 100, 1_000], [10_000],
        (measured, classes) => Job(
            measured, writer => OneOf(writer, 20_000, classes, "y", isTarget: true),
            writer => OneOf(writer, FewRows, Math.Min(classes, Few), "y", isTarget: true), 256, 64, "&types=y:category"))
    {
        Peers = AsWithRows,
    };

    private static IEnumerable<Figure> Job(
        ServiceUnderMeasurement measured, Action<TextWriter> write, Action<TextWriter> writeFew, int batch, int units, string types = "")
    {
        using var table = new TemporaryTable(write);
        yield return new("first upload of a service", "s", Upload(measured, table, types));

        // As a service that has been at work, with small tables of the same kind: the runtime compiles well what has been called thirty times.
        using var few = new TemporaryTable(writeFew);
        for (var i = 0; i < TimesBefore; i++)
        {
            Upload(measured, few, types);
            measured.Train(JobOf(Table, batch, units));
        }

        yield return new("upload and profile", "s", ServiceUnderMeasurement.MedianOfQuick(() => Upload(measured, table, types)));
        measured.Service.ForgetPeak();
        var first = measured.Train(JobOf(Table, batch, units));
        yield return new("most memory", "MB", measured.Service.PeakBytes / 1e6);
        var times = new[] { first, measured.Train(JobOf(Table, batch, units)), measured.Train(JobOf(Table, batch, units)) };
        yield return new("POST of the job", "s", Median(times, job => job.Post));
        yield return new("claim to first step", "s", Median(times, job => job.Before));
        yield return new("an epoch", "s", Median(times, job => job.Training));
        yield return new("baselines and metrics", "s", Median(times, job => job.After));
        yield return new("their share of the job of one epoch", "%", 100 * Median(times, job => job.After / job.All));
        var usual = measured.Train(JobOf(Table, batch, units, ""));
        yield return new("their share of a job with the usual epochs", "%", 100 * usual.After / usual.All);
        foreach (var figure in new PeerScript("table_peer.py").Run(table.Path, batch, units))
            yield return figure;
    }

    // Seconds of it; a table of that name that was there before is deleted first.
    private static double Upload(ServiceUnderMeasurement measured, TemporaryTable table, string types)
    {
        measured.Service.Delete($"datasets/{Table}");
        return ServiceUnderMeasurement.Seconds(() => measured.Service.Upload($"{Table}{types}", table.Path));
    }

    private static double Median(JobTimes[] jobs, Func<JobTimes, double> figure) => jobs.Select(figure).Order().ElementAt(jobs.Length / 2);

    private static string JobOf(string dataset, int batch, int units, string epochs = OneEpoch + ",") => $$"""
        {"dataset":"{{dataset}}","target":"y",{{epochs}}"batchSize":{{batch}},
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
