using System.Diagnostics;
using System.Globalization;
using System.Net;
using NnService.Api.Tests.Databases;

namespace NnService.Api.Tests.Clusters;

/// <summary>What nodes cost and bring, all of them and their PostgreSQL server on one machine: the figures of docs/cluster.md.</summary>
internal sealed class ClusterFigures(string folder, Action<string> say) : IDisposable
{
    private const int Jobs = 120, PredictSeconds = 8, IdleSeconds = 20, SettleSeconds = 15, Callers = 16;
    private static readonly string[] s_workers = ["worker-1", "worker-2", "worker-3"];

    private readonly PostgreSqlServer _server = PostgreSqlServer.Start();
    private TestCluster? _cluster;

    public async Task RunAsync()
    {
        _server.Execute("CREATE DATABASE figures");
        _cluster = new TestCluster(folder, _server.ConnectionString("figures"));
        await _cluster.Start("front-1", "api");
        var front = _cluster["front-1"];
        await front.Upload("heights", "toy_heights.csv");
        say($"{Environment.ProcessorCount} processors, PostgreSQL without fsync");
        say($"idle, one node that answers: {await TransactionsASecond():0.0} transactions a second");
        for (var workers = 1; workers <= s_workers.Length; workers++)
        {
            await _cluster.Start(s_workers[workers - 1], "worker");
            await MeasureJobs(front, workers);
        }

        say($"idle, one node that answers and three workers: {await TransactionsASecond():0.0} transactions a second");
        await MeasureStart(front);
        foreach (var worker in s_workers)
            await _cluster.Stop(worker);
        await MeasurePredictions(["front-1"]);
        await _cluster.Start("front-2", "api");
        await MeasurePredictions(["front-1", "front-2"]);
    }

    public void Dispose()
    {
        _cluster?.Dispose();
        _server.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private async Task<double> TransactionsASecond()
    {
        await Task.Delay(TimeSpan.FromSeconds(SettleSeconds)); // backends report what they have done when they have been idle for a while
        var before = Transactions();
        await Task.Delay(TimeSpan.FromSeconds(IdleSeconds));
        return (Transactions() - before) / (double)IdleSeconds;
    }

    private long Transactions() => Convert.ToInt64(
        _server.Execute("SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = 'figures'"), CultureInfo.InvariantCulture);

    // The first ones compile the code of a new node, and are not counted.
    private async Task MeasureJobs(Wire front, int workers)
    {
        await Train(front, 20);
        var clock = Stopwatch.StartNew();
        await Train(front, Jobs);
        say(FormattableString.Invariant($"{workers} workers: {Jobs / clock.Elapsed.TotalMinutes:0} jobs a minute"));
    }

    private static async Task Train(Wire front, int count)
    {
        var ids = new List<string>();
        for (var i = 0; i < count; i++)
            ids.Add((string)(await front.Post("training-jobs", TestCluster.ShortJob($"small-{i}"))).Json["id"]!);
        foreach (var id in ids)
            await front.Until(id, "succeeded");
    }

    // One at a time, with all workers idle: from the row's creation to its claim, by one clock.
    private async Task MeasureStart(Wire front)
    {
        var seconds = new List<double>();
        for (var i = 0; i < 30; i++)
        {
            var id = (string)(await front.Post("training-jobs", TestCluster.ShortJob("single"))).Json["id"]!;
            var ended = await front.Until(id, "succeeded");
            seconds.Add(((DateTime)ended["startedAt"]! - (DateTime)ended["createdAt"]!).TotalSeconds);
        }

        seconds.Sort();
        say(FormattableString.Invariant($"from POST to the claim: {seconds[15] * 1000:0} ms (median of 30), at most {seconds[^1] * 1000:0} ms"));
    }

    private async Task MeasurePredictions(string[] nodes)
    {
        var (until, count) = (TimeSpan.FromSeconds(2), 0);
        await Round();
        (until, count) = (TimeSpan.FromSeconds(PredictSeconds), 0);
        await Round();
        say(FormattableString.Invariant($"{nodes.Length} nodes that answer: {count / (double)PredictSeconds:0} predictions a second ({Callers} callers on the same machine)"));

        Task Round()
        {
            var clock = Stopwatch.StartNew();
            return Task.WhenAll(Enumerable.Range(0, Callers).Select(async caller =>
            {
                var wire = _cluster![nodes[caller % nodes.Length]];
                while (clock.Elapsed < until)
                {
                    var answer = await wire.Post("models/single/predict", """{"rows":[{"weight_lb":150,"height_in":65}]}""");
                    Interlocked.Increment(ref count);
                    if (answer.Status != HttpStatusCode.OK)
                        throw new InvalidOperationException(answer.Text);
                }
            }));
        }
    }
}
