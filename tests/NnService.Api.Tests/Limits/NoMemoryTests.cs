using System.Data.Common;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.Errors;
using NnService.Api.Tests.Webhooks;
using NnService.Api.TrainingJobs.Running;
using NnService.Api.Webhooks;

namespace NnService.Api.Tests.Limits;

/// <summary>What goes on beside requests has no memory left for a moment, or fails as nobody has foreseen.</summary>
public sealed class NoMemoryTests
{
    private const string Job = """{"dataset":"heights","target":"gender","features":["weight_lb","height_in"],"epochs":3,"model":"heights"}""";

    [Theory]
    [InlineData(typeof(OutOfMemoryException))]
    [InlineData(typeof(InvalidOperationException))]
    public async Task A_job_is_claimed_after_a_look_at_the_queue_has_failed(Type failure)
    {
        var failing = new Failing(typeof(TrainingWorker), failure);
        using var service = new TestService { Interceptor = failing };
        await service.Wire.Upload("heights", "toy_heights.csv");

        var job = await service.Wire.Train(Job);

        await failing.HasFailed;
        Assert.Equal("succeeded", (string?)job["state"]);
    }

    [Theory]
    [InlineData(typeof(TrainingRun))]
    [InlineData(typeof(RunRecorder<>))]
    [InlineData(typeof(ModelVerification))]
    public async Task A_job_goes_on_after_its_run_has_failed(Type asks)
    {
        var failing = new Failing(asks, typeof(OutOfMemoryException));
        using var service = new TestService { Interceptor = failing };
        await service.Wire.Upload("heights", "toy_heights.csv");

        var job = await service.Wire.Train(Job);

        await failing.HasFailed;
        Assert.Equal(("succeeded", 2), ((string?)job["state"], (int)job["attempt"]!));
        Assert.Equal("no memory was left", (string?)job["transitions"]![2]!["reason"]);
    }

    [Fact]
    public async Task A_job_whose_run_fails_again_and_again_fails_too_after_longer_and_longer_pauses()
    {
        var clock = new WatchedClock();
        using var service = new TestService { Interceptor = new Failing(typeof(TrainingRun), typeof(OutOfMemoryException), times: 5) };
        using var clocked = WithClock(service, clock);
        var wire = new Wire(clocked.CreateClient());
        await wire.Upload("heights", "toy_heights.csv");

        var job = await wire.Until((string)(await wire.Post("training-jobs", Job)).Json["id"]!, IsFailedASecondLater);

        var times = job["transitions"]!.AsArray().Select(transition => (DateTime)transition!["at"]!).ToList(); // queued, running, queued, … failed
        foreach (var (death, seconds) in ((int[])[1, 2, 4, 8, 16]).Index())
            Assert.InRange((times[2 * death + 2] - times[2 * death + 1]).TotalSeconds, seconds, double.PositiveInfinity);
        Assert.Equal(5, (int)job["attempt"]!);
        Assert.StartsWith(
            "The process died, or had no memory left, 5 times in a row while it trained this job, without getting as far as a new checkpoint.",
            (string?)job["error"]!["detail"], StringComparison.Ordinal);

        bool IsFailedASecondLater(JsonNode job)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            return (string?)job["state"] == "failed";
        }
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_the_pause_after_a_run_that_has_failed()
    {
        using var deadline = new CancellationTokenSource(Wire.Patience);
        var clock = new WatchedClock();
        using var service = new TestService { Interceptor = new Failing(typeof(TrainingRun), typeof(OutOfMemoryException)) };
        var clocked = WithClock(service, clock);
        var wire = new Wire(clocked.CreateClient());
        await wire.Upload("heights", "toy_heights.csv");
        await wire.Post("training-jobs", Job);
        await clock.TimerOf(TimeSpan.FromSeconds(1), deadline.Token);

        await clocked.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20)); // the clock stands still
    }

    private static WebApplicationFactory<Program> WithClock(TestService service, WatchedClock clock) =>
        service.WithWebHostBuilder(builder => builder.ConfigureTestServices(services => services.AddSingleton<TimeProvider>(clock)));

    [Theory]
    [InlineData(typeof(OutOfMemoryException))]
    [InlineData(typeof(InvalidOperationException))]
    public async Task The_end_of_a_job_is_told_after_a_look_at_what_is_due_has_failed(Type failure)
    {
        var failing = new Failing(typeof(WebhookDispatcher), failure);
        await using var receiver = await Receiver.Start();
        using var service = new TestService { Interceptor = failing };
        var wire = service.Wire;
        await wire.Upload("heights", "toy_heights.csv");
        await wire.Post("webhooks", $$"""{"name":"ends","url":"{{receiver.Url}}"}""");
        await failing.HasFailed;

        await wire.Train(Job);

        Assert.Contains("training-job.succeeded", (await receiver.Next()).Body, StringComparison.Ordinal);
    }

    [Fact]
    public void It_is_found_however_deep_it_is()
    {
        Assert.True(NoMemory.Caused(new DbUpdateException("outer", new InsufficientMemoryException())));
        Assert.False(NoMemory.Caused(new DbUpdateException("outer", new IOException())));
    }

    /// <summary>Fails the first questions that a type asks.</summary>
    private sealed class Failing(Type asks, Type failure, int times = 1) : DbCommandInterceptor
    {
        private int _left = times;
        private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task HasFailed => _failed.Task.WaitAsync(Wire.Patience);

        public override InterceptionResult<DbDataReader> ReaderExecuting(DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result)
        {
            if (_failed.Task.IsCompleted || !Environment.StackTrace.Contains(asks.FullName!, StringComparison.Ordinal) || Interlocked.Decrement(ref _left) is var left && left < 0)
                return result;
            if (left == 0)
                _failed.TrySetResult();
            throw (Exception)Activator.CreateInstance(failure, "There is nothing left.")!;
        }
    }
}
