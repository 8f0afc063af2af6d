using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
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

    /// <summary>Fails the first question that a type asks.</summary>
    private sealed class Failing(Type asks, Type failure) : DbCommandInterceptor
    {
        private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task HasFailed => _failed.Task.WaitAsync(Wire.Patience);

        public override InterceptionResult<DbDataReader> ReaderExecuting(DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result)
        {
            if (!_failed.Task.IsCompleted && Environment.StackTrace.Contains(asks.FullName!, StringComparison.Ordinal) && _failed.TrySetResult())
                throw (Exception)Activator.CreateInstance(failure, "There is nothing left.")!;
            return result;
        }
    }
}
