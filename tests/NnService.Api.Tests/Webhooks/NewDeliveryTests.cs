using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.Data;
using NnService.Api.TrainingJobs;
using NnService.Api.Webhooks;

namespace NnService.Api.Tests.Webhooks;

/// <summary>What many jobs have left to be told.</summary>
public sealed class NewDeliveryTests
{
    private const int Ends = 600;
    private const int MostAtOnce = 500;
    private static readonly DateTime s_now = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    [Fact]
    public async Task Messages_of_many_jobs_are_made_in_parts_each_once()
    {
        var saves = new Saves();
        using var service = new TestService { Interceptor = saves };
        using var off = service.WithWebHostBuilder(builder => builder.UseSetting("Webhooks:AllowedHosts", ""));
        var (wire, database) = (new Wire(off.CreateClient()), off.Services.GetRequiredService<Database>());
        await wire.PostCsv("datasets?name=told", "x,y\n1,2\n2,3\n3,5\n");
        var id = (string)(await wire.Train("""{"dataset":"told","target":"y","task":"regression","epochs":1,"recipe":"fast","model":"told"}"""))["id"]!;
        database.Write(db =>
        {
            var job = db.TrainingJobs.Single();
            db.JobTransitions.AddRange(Enumerable.Range(1, Ends - 1).Select(i =>
                new JobTransition { JobNumber = job.Number, State = i % 2 == 0 ? JobState.Failed : JobState.Cancelled, At = s_now, Reason = "again", AfterPoint = 0 }));
            db.Webhooks.AddRange(Hook("one"), Hook("other"));
            return true;
        });
        saves.Begin();

        NewDeliveries.Make(database, s_now);
        NewDeliveries.Make(database, s_now);

        using var read = database.Read();
        var last = read.JobTransitions.Max(transition => transition.Number);
        Assert.All(read.Webhooks.ToList(), webhook => Assert.Equal(last, webhook.LastTransition));
        foreach (var webhook in read.Webhooks.Select(webhook => webhook.Number).ToList())
        {
            var deliveries = read.WebhookDeliveries.Where(delivery => delivery.WebhookNumber == webhook).OrderBy(delivery => delivery.Number).ToList();
            Assert.Equal(
                ["training-job.succeeded", .. Enumerable.Range(1, Ends - 1).Select(i => i % 2 == 0 ? "training-job.failed" : "training-job.cancelled")],
                deliveries.Select(delivery => delivery.Event));
            Assert.All(deliveries, delivery => Assert.Contains(id, delivery.Payload, StringComparison.Ordinal));
        }

        Assert.InRange(saves.Most, 1, MostAtOnce);
        Assert.DoesNotContain(saves.Asked, question => question.Contains("\"Configuration\"", StringComparison.Ordinal));
        static Webhook Hook(string name) => new() { Name = name, Url = "http://127.0.0.1/", Secret = "whsec_", CreatedAt = s_now, LastTransition = 0 };
    }

    /// <summary>The most messages of one save, and what was asked of jobs in between, by the thread of the test.</summary>
    private sealed class Saves : DbCommandInterceptor, ISaveChangesInterceptor
    {
        private readonly List<string> _asked = [];
        private Thread? _thread; // of the test

        public int Most { get; private set; }

        public IReadOnlyList<string> Asked => _asked;

        public void Begin() => _thread = Thread.CurrentThread;

        public InterceptionResult<int> SavingChanges(DbContextEventData eventData, InterceptionResult<int> result)
        {
            if (Thread.CurrentThread == _thread)
                Most = Math.Max(Most, eventData.Context!.ChangeTracker.Entries<WebhookDelivery>().Count(entry => entry.State == EntityState.Added));
            return result;
        }

        public override InterceptionResult<DbDataReader> ReaderExecuting(
            DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result)
        {
            if (Thread.CurrentThread == _thread && command.CommandText.Contains("\"TrainingJobs\"", StringComparison.Ordinal))
                _asked.Add(command.CommandText);
            return result;
        }
    }
}
