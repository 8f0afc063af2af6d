using System.Collections.Concurrent;
using System.Data.Common;
using System.Globalization;
using Microsoft.AspNetCore.TestHost;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.Limits;
using NnService.Api.TrainingJobs.Running;
using NnService.Api.TrainingJobs.Watching;

namespace NnService.Api.Tests.Limits;

/// <summary>
/// Threads of low priority only compute. What writes while others wait has the priority of requests, and so has what gives the thread pool work: a thread of
/// the pool begins with the priority of whoever had need of it.
/// </summary>
public sealed class PriorityTests
{
    private const int Lower = 1; // beside other tests, a job of the lowest priority would starve

    [LinuxFact]
    public async Task Of_a_job_only_what_computes_has_the_low_priority()
    {
        var (usual, commits, news) = (ThreadHere().Nice, new Commits(), new ConcurrentQueue<(string Name, int Nice)>());
        using var service = new TestService { Interceptor = commits };
        using var lowered = service.WithWebHostBuilder(builder => builder.ConfigureTestServices(
            services => services.AddSingleton(new TrainingThreads(Jobs: 1, PerJob: 2, Nice: usual + Lower))));
        var wire = new Wire(lowered.CreateClient());
        await wire.Upload("priority-iris", "iris.csv");
        lowered.Services.GetRequiredService<JobFeeds>().AnyChanged += () => news.Enqueue(ThreadHere());

        var id = (string)(await wire.Post("training-jobs", EndlessJob.OnIris("priority-iris", "priority"))).Json["id"]!;
        await wire.Until(id, job => (string?)job["state"] == "running" && (int)job["epoch"]! > 0);
        var low = Threads().Where(thread => thread.Nice > usual).Select(thread => thread.Name).ToHashSet();
        await wire.Post($"training-jobs/{id}/stop", "");
        await wire.Until(id, "succeeded");

        Assert.Superset(new HashSet<string> { "training", "Team worker 1" }, low);
        Assert.Subset(new HashSet<string> { "training", "Team worker 1", ".NET Tiered Com", ".NET BGC" }, low); // the last two are the runtime's own
        Assert.Superset(new HashSet<string> { "recording", "attempt" }, commits.Threads.Select(thread => thread.Name).ToHashSet());
        Assert.All(commits.Threads.Concat(news), thread => Assert.Equal((thread.Name, usual), thread));
        Assert.Contains(news, thread => thread.Name == "attempt");
    }

    [LinuxFact]
    public async Task Long_requests_have_that_of_other_requests()
    {
        var requests = new LongRequests(1, 0, TimeSpan.Zero, CancellationToken.None);

        Assert.Equal(("long requests", ThreadHere().Nice), await requests.RunAsync(ThreadHere, CancellationToken.None));
    }

    [Theory]
    [InlineData(null, 19)]
    [InlineData("true", 19)]
    [InlineData("false", 0)]
    public void Trainings_have_the_lowest_unless_the_settings_say_otherwise(string? setting, int nice)
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection([new("Training:LowPriority", setting)]).Build();

        Assert.Equal(nice, TrainingThreads.Of(settings, processors: 2).Nice);
    }

    [Fact]
    public void What_is_computed_fails_as_if_the_caller_had_computed_it()
    {
        var threads = new TrainingThreads(Jobs: 1, PerJob: 1, Nice: 0);

        Assert.Equal(42, threads.Compute(() => 42));

        var failure = Assert.Throws<OperationCanceledException>(() => threads.Compute<int>(() => throw new OperationCanceledException("seven")));
        Assert.Equal("seven", failure.Message);
    }

    [Fact]
    public void The_caller_does_something_else_until_it_is_computed()
    {
        var (threads, caller) = (new TrainingThreads(Jobs: 1, PerJob: 1, Nice: 0), Environment.CurrentManagedThreadId);
        using var isDone = new ManualResetEventSlim();

        Assert.True(threads.Compute(() => isDone.Wait(Wire.Patience), TimeSpan.FromMilliseconds(1), () =>
        {
            Assert.Equal(caller, Environment.CurrentManagedThreadId);
            isDone.Set();
        }));
    }

    private static IEnumerable<(string Name, int Nice)> Threads()
    {
        foreach (var task in Directory.GetDirectories("/proc/self/task"))
        {
            (string, int) thread;
            try
            {
                thread = ThreadIn(task);
            }
            catch (Exception ended) when (ended is IOException)
            {
                continue;
            }

            yield return thread;
        }
    }

    private static (string Name, int Nice) ThreadHere() => ThreadIn("/proc/thread-self");

    // proc_pid_stat(5): the name in parentheses is the second field, the nice value the nineteenth.
    private static (string Name, int Nice) ThreadIn(string folder)
    {
        var stat = File.ReadAllText(Path.Combine(folder, "stat"));
        var (begin, end) = (stat.IndexOf('(', StringComparison.Ordinal) + 1, stat.LastIndexOf(')'));
        return (stat[begin..end], int.Parse(stat[(end + 2)..].Split(' ')[16], CultureInfo.InvariantCulture));
    }

    private sealed class Commits : DbTransactionInterceptor
    {
        public ConcurrentQueue<(string Name, int Nice)> Threads { get; } = [];

        public override InterceptionResult TransactionCommitting(DbTransaction transaction, TransactionEventData eventData, InterceptionResult result)
        {
            Threads.Enqueue(ThreadHere());
            return result;
        }
    }
}
