using System.Data.Common;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.Data;
using NnService.Api.TrainingJobs;

namespace NnService.Api.Tests;

/// <summary>Parts of a history that is longer than the rows it is kept in.</summary>
[Collection(SharedService.Name)]
public sealed class HistorySelectionTests(TestService service)
{
    private const int Epochs = 9000; // two rows of 4,096 points, and some more

    private readonly Wire _wire = service.Wire;

    [Fact]
    public async Task A_long_history_is_thinned_evenly_with_its_ends_and_its_smallest_loss()
    {
        await _wire.Upload("long-heights", "toy_heights.csv");
        var id = (string)(await _wire.Train($$"""
            {"dataset":"long-heights","target":"gender","features":["weight_lb","height_in"],"recipe":"fast","epochs":{{Epochs}},"model":"long-history",
             "network":{"layers":[{"type":"dense","units":2,"activation":"tanh"},{"type":"dense"}]},"split":{"validation":0,"test":0},
             "optimizer":{"type":"adam","learningRate":0.8},"batchSize":1,"schedule":{"type":"constant"},"earlyStopping":{"patience":0} }
            """))["id"]!;
        var all = await Points(id, "");
        Assert.Equal(Enumerable.Range(0, Epochs + 1), all.Select(point => point.Epoch));

        foreach (var (from, most) in new[] { (0, 3), (0, 100), (0, 8999), (0, 9001), (5000, 100), (8190, 50), (8950, 100), (20_000, 10) })
        {
            var some = await Points(id, $"?from={from}&maxPoints={most}");

            var wanted = all.Where(point => point.Epoch >= from).ToList();
            if (wanted.Count <= most)
            {
                Assert.Equal(wanted, some);
                continue;
            }

            Assert.Equal(most, some.Count);
            Assert.Subset(wanted.ToHashSet(), some.ToHashSet());
            Assert.Equal((wanted[0], wanted[^1]), (some[0], some[^1]));
            Assert.Contains(wanted.MinBy(point => point.Loss), some);
            var widest = some.Zip(some.Skip(1), (left, right) => right.Epoch - left.Epoch).Max();
            Assert.InRange(widest, 1, ((wanted.Count - 1) / (most - 2.0)) + 1);
        }

        var told = await _wire.Get($"training-jobs/{id}/events");
        Assert.Equal(Epochs + 1, told.Text.Split("\"trainLoss\":").Length - 1);
    }

    [Fact]
    public async Task The_end_of_a_long_history_is_read_without_what_is_before_it()
    {
        const int Blocks = 12, Pauses = 20, AllTransitions = (2 * Pauses) + 2, Between = 1000;
        var reads = new BlockReads();
        using var alone = new TestService { Interceptor = reads };
        var (wire, database) = (alone.Wire, alone.Services.GetRequiredService<Database>());
        var id = await Cancelled(wire, Pauses);
        database.Write(db =>
        {
            JobHistory.Append(db, db.TrainingJobs.Single(job => job.Id == Guid.Parse(id)).Number,
                [.. Enumerable.Range(0, Blocks * 4096).Select(epoch => new HistoryPoint(epoch, epoch, 1.0 / (epoch + 1), null, 0.1, null, null, epoch))]);
            var transitions = db.TrainingJobs.Where(job => job.Id == Guid.Parse(id)).SelectMany(job => job.Transitions).OrderBy(row => row.Number).ToList();
            Assert.Equal(AllTransitions, transitions.Count);
            foreach (var (i, transition) in transitions.Index())
                db.JobTransitions.Where(row => row.Number == transition.Number).ExecuteUpdate(rows => rows.SetProperty(row => row.AfterPoint, i * Between));
            return db.SaveChanges();
        });
        const int Last = (Blocks * 4096) - 1, Late = Last - 150;

        await Reads(9, async () => Assert.Equal(151, (await wire.Get($"training-jobs/{id}/history?from={Late}")).Json["points"]!.AsArray().Count));
        await Reads(9, async () => Assert.Equal(
            (100, Late, Last), Ends((await wire.Get($"training-jobs/{id}/history?from={Late}&maxPoints=100")).Json["points"]!.AsArray())));
        await Reads(9, async () => Assert.Equal(
            (150, Late + 1, Last), Ends(PointsIn(await Events($"{AllTransitions}{Late + 1:0000000000}"))))); // transitions · 10¹⁰ + epochs
        await Reads((2 * AllTransitions) + Blocks + 9, async () =>
        {
            var all = await Events("0");
            Assert.Equal(Enumerable.Range(0, Last + 1), PointsIn(all).Select(point => (int)point!["epoch"]!));
            var before = all.Index().Where(one => one.Item.Name == "state").Select(one => Told(all.Take(one.Index)));
            Assert.Equal(Enumerable.Range(0, AllTransitions).Select(i => (i * Between) + 1), before);
        });

        async Task Reads(int most, Func<Task> ask)
        {
            reads.Count = 0;
            await ask();
            Assert.InRange(reads.Count, 1, most);
        }

        async Task<List<(string Name, JsonNode Data)>> Events(string after) =>
            [.. (await wire.Get($"training-jobs/{id}/events?lastEventId={after}")).Text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
                .Select(one => one.Split('\n')).Select(lines => (lines[0]["event: ".Length..], JsonNode.Parse(lines[2]["data: ".Length..])!))];

        static List<JsonNode?> PointsIn(IEnumerable<(string Name, JsonNode Data)> events) =>
            [.. events.Where(one => one.Name == "history").SelectMany(one => one.Data.AsArray())];

        static int Told(IEnumerable<(string Name, JsonNode Data)> events) => PointsIn(events).Count;

        static (int Count, int First, int Last) Ends(IList<JsonNode?> points) => (points.Count, (int)points[0]!["epoch"]!, (int)points[^1]!["epoch"]!);
    }

    // A job of many epochs that was paused and resumed so often before it began, and has ended.
    private static async Task<string> Cancelled(Wire wire, int pauses)
    {
        await wire.Upload("long-heights", "toy_heights.csv");
        var blocker = (await wire.Post("training-jobs", EndlessJob.OnHeights("long-heights", "long-blocker"))).Json["id"];
        var id = (string)(await wire.Post("training-jobs", """{"dataset":"long-heights","target":"gender","epochs":100000,"model":"long-paused"}""")).Json["id"]!;
        for (var i = 0; i < pauses; i++)
        {
            await wire.Post($"training-jobs/{id}/pause", "");
            await wire.Post($"training-jobs/{id}/resume", "");
        }

        await wire.Post($"training-jobs/{id}/cancel", "");
        await wire.Post($"training-jobs/{blocker}/cancel", "");
        return id;
    }

    /// <summary>Counts the reads of blocks of histories.</summary>
    private sealed class BlockReads : DbCommandInterceptor
    {
        private int _count;

        public int Count
        {
            get => Volatile.Read(ref _count);
            set => Volatile.Write(ref _count, value);
        }

        public override InterceptionResult<DbDataReader> ReaderExecuting(DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result)
        {
            if (command.CommandText.Contains("\"Points\"", StringComparison.Ordinal))
                Interlocked.Increment(ref _count);
            return result;
        }
    }

    private async Task<List<(int Epoch, double Loss)>> Points(string id, string query) =>
        [.. (await _wire.Get($"training-jobs/{id}/history{query}")).Json["points"]!.AsArray()
            .Select(point => ((int)point!["epoch"]!, (double)point["trainLoss"]!))];
}
