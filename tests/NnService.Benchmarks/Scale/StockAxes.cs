using System.Diagnostics;
using System.Net;
using Microsoft.Data.Sqlite;
using NnService.Benchmarks.Accuracy;

namespace NnService.Benchmarks.Scale;

/// <summary>What a service collects: jobs, models and connections.</summary>
internal static class StockAxes
{
    private const string Job = """
        {"dataset":"small","target":"y","epochs":1,"recipe":"fast","batchSize":4,"network":{"layers":[{"type":"dense"}]},"model":"NAME"}
        """;

    private const string Row = """{"rows":[{"a":1,"b":0}]}""";

    public static readonly Axis Jobs = new(
        "jobs", "Jobs in the database, copies of one that was trained; the first page of the list, a page in the middle and a new job.",
        [100, 1_000, 10_000], [100_000], ListJobs);

    public static readonly Axis Models = new(
        "models", "Models of one weight for each input; single rows, each of the next model in turn. The cost of one stays the same where the exponent is 0.",
        [10, 100, 1_000], [10_000], PredictInTurn);

    public static readonly Axis Connections = new(
        "connections",
        "Callers that each ask for a single row as soon as they are answered, on a connection of their own; then with a new connection for each request; then over "
        + "TLS, as HTTP/1.1 and as HTTP/2, where all share one connection. The client shares the processor.",
        [1, 4, 16, 64, 256], [], Ask);

    private static IEnumerable<(string Curve, string Unit, double Figure)> ListJobs(ServiceUnderMeasurement measured, int jobs)
    {
        Begin(measured);
        measured.Restart(folder => Copy(folder, jobs));
        var service = measured.Service;
        for (var i = 0; i < 20; i++)
            service.Send(HttpMethod.Get, "training-jobs?limit=50");
        var next = (string?)service.Send(HttpMethod.Get, "training-jobs?limit=50")["nextCursor"];
        yield return ("first page of 50", "ms", 1e3 * ServiceUnderMeasurement.Median(() => service.Send(HttpMethod.Get, "training-jobs?limit=50"), 21));
        if (next is not null)
            yield return ("next page of 50", "ms", 1e3 * ServiceUnderMeasurement.Median(
                () => service.Send(HttpMethod.Get, $"training-jobs?limit=50&cursor={Uri.EscapeDataString(next)}"), 21));
        yield return ("first page of 50 by a loss", "ms", FirstPage("sort=validationLoss"));
        yield return ("first page of 50 by a metric", "ms", FirstPage("sort=-train.r2"));
        yield return ("the same of a dataset that all have", "ms", FirstPage("sort=-train.r2&dataset=small"));
        yield return ("POST of a job", "ms", 1e3 * ServiceUnderMeasurement.Median(
            () => service.Send(HttpMethod.Post, "training-jobs", ServiceUnderTest.Json(Job.Replace("NAME", "more", StringComparison.Ordinal))), 21));

        double FirstPage(string query) =>
            1e3 * ServiceUnderMeasurement.Median(() => service.Send(HttpMethod.Get, $"training-jobs?limit=50&{query}"), 21);
    }

    private static IEnumerable<(string Curve, string Unit, double Figure)> PredictInTurn(ServiceUnderMeasurement measured, int models)
    {
        Begin(measured);
        foreach (var some in Enumerable.Range(0, models).Chunk(500)) // as the queue has its end
        {
            var ids = some.Select(i => measured.Service.Send(
                HttpMethod.Post, "training-jobs", ServiceUnderTest.Json(Job.Replace("NAME", $"m{i}", StringComparison.Ordinal)))["id"]!.ToString()).ToList();
            foreach (var id in ids)
                while ((string)measured.Service.Send(HttpMethod.Get, $"training-jobs/{id}")["state"]! is "queued" or "running")
                    Thread.Sleep(10);
        }

        for (var round = 0; round < Math.Max(2, 1_000 / models); round++)
            All();
        yield return ("a row of the next model", "ms", 1e3 * ServiceUnderMeasurement.Median(All, 3) / models);

        void All()
        {
            for (var i = 0; i < models; i++)
                measured.Service.Send(HttpMethod.Post, $"models/m{i}/predict", ServiceUnderTest.Json(Row));
        }
    }

    private static IEnumerable<(string Curve, string Unit, double Figure)> Ask(ServiceUnderMeasurement measured, int callers)
    {
        Begin(measured);
        Answers(measured, callers, 2, Ways.Kept);
        yield return ("answers", "a second", Answers(measured, callers, 4, Ways.Kept));
        yield return ("answers, a new connection for each", "a second", Answers(measured, callers, 4, Ways.Closed));
        using var certificate = new OwnCertificate();
        using var secure = new ServiceUnderMeasurement(certificate.Settings);
        Begin(secure);
        Answers(secure, callers, 2, Ways.Kept);
        yield return ("answers over TLS", "a second", Answers(secure, callers, 4, Ways.Kept));
        yield return ("answers over TLS and HTTP/2", "a second", Answers(secure, callers, 4, Ways.Shared));
    }

    private enum Ways
    {
        Kept,
        Closed,
        Shared,
    }

    private static double Answers(ServiceUnderMeasurement measured, int callers, int seconds, Ways way)
    {
        var answers = 0L;
        using var shared = measured.Service.Connect();
        var begin = Stopwatch.GetTimestamp();
        Thread[] threads = [.. Enumerable.Range(0, callers).Select(_ => new Thread(() =>
        {
            using var alone = measured.Service.Connect();
            var client = way == Ways.Shared ? shared : alone;
            while (Stopwatch.GetElapsedTime(begin).TotalSeconds < seconds)
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, "models/one/predict") { Content = ServiceUnderTest.Json(Row) };
                request.Headers.ConnectionClose = way == Ways.Closed ? true : null;
                if (way == Ways.Shared)
                    (request.Version, request.VersionPolicy) = (HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact);
                client.SendAsync(request).Result.EnsureSuccessStatusCode().Dispose();
                Interlocked.Increment(ref answers);
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        return answers / Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    private static void Begin(ServiceUnderMeasurement measured)
    {
        measured.Upload("small", writer => writer.Write("a,b,y\n0,0,0.5\n0,1,1.5\n1,0,1.2\n1,1,0.1\n"));
        measured.Train(Job.Replace("NAME", "one", StringComparison.Ordinal));
    }

    // Rows of a folder on which no service is, each a second older than the one before.
    private static void Copy(string folder, int count)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(folder, "nnservice.db")};Pooling=False");
        connection.Open();
        using var transaction = connection.BeginTransaction();
        using var command = connection.CreateCommand();
        var values = ColumnsOf(connection).Where(name => name != "Number").ToDictionary(name => name, name => name switch
        {
            "Id" => "$id",
            "CreatedAt" => $"\"{name}\" - $number * {TimeSpan.TicksPerSecond}",
            "ValidationLoss" => "($number * 7919 % 10007) / 10000.0",
            _ => $"\"{name}\"",
        });
        command.CommandText = $"INSERT INTO \"TrainingJobs\" ({string.Join(", ", values.Keys.Select(name => $"\"{name}\""))}) "
            + $"SELECT {string.Join(", ", values.Values)} FROM \"TrainingJobs\" WHERE \"Number\" = (SELECT MIN(\"Number\") FROM \"TrainingJobs\")";
        var (id, number) = (command.Parameters.Add("$id", SqliteType.Text), command.Parameters.Add("$number", SqliteType.Integer));
        for (var i = 1; i < count; i++)
        {
            (id.Value, number.Value) = (Guid.NewGuid(), i);
            command.ExecuteNonQuery();
        }

        command.CommandText = """
            INSERT INTO "JobFigures" ("JobNumber", "Path", "Value")
            SELECT job."Number", figure."Path", (job."Number" * 7919 % 10007) / 10000.0
            FROM "TrainingJobs" AS job, "JobFigures" AS figure
            WHERE figure."JobNumber" = (SELECT MIN("JobNumber") FROM "JobFigures") AND job."Number" NOT IN (SELECT "JobNumber" FROM "JobFigures")
            """;
        command.ExecuteNonQuery();
        transaction.Commit();
    }

    private static List<string> ColumnsOf(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT name FROM pragma_table_info('TrainingJobs')";
        using var reader = command.ExecuteReader();
        List<string> names = [];
        while (reader.Read())
            names.Add(reader.GetString(0));
        return names;
    }
}
