using Microsoft.AspNetCore.TestHost;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.Data;
using NnService.Api.Limits;

namespace NnService.Api.Tests.Limits;

/// <summary>A trace of a job that has no checkpoint yet waits for it, and others are answered meanwhile.</summary>
public sealed class WaitingTraceTests
{
    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(20);

    [Fact]
    public async Task A_trace_that_waits_for_a_checkpoint_takes_no_worker()
    {
        var clock = new WatchedClock();
        using var limited = new LimitedService();
        using var clocked = limited.WithWebHostBuilder(builder => builder.ConfigureTestServices(services => services.AddSingleton<TimeProvider>(clock)));
        var (wire, database) = (new Wire(clocked.CreateClient()), clocked.Services.GetRequiredService<Database>());
        using var deadline = new CancellationTokenSource(Wire.Patience);
        await wire.PostCsv("datasets?name=waits", "x,y\n1,2\n2,3\n3,5\n");
        var id = (string)(await wire.Train("""{"dataset":"waits","target":"y","task":"regression","epochs":1,"recipe":"fast","model":"waits"}"""))["id"]!;
        Put("\"State\" = 'Running', \"EndedAt\" = NULL"); // as another process runs it

        var trace = wire.Post($"training-jobs/{id}/trace", """{"row":[1],"target":2}""");
        await clock.TimerOf(s_firstPause, deadline.Token);
        await clocked.Services.GetRequiredService<LongRequests>().RunAsync(() => true, deadline.Token); // the only worker is free

        Assert.False(trace.IsCompleted);
        Put("\"State\" = 'Succeeded', \"EndedAt\" = \"CreatedAt\"");
        clock.Advance(s_firstPause);
        Assert.Equal(1, (int)(await trace).Json["version"]!);

        void Put(string values)
        {
            var sql = $"UPDATE \"TrainingJobs\" SET {values}";
            database.Write(db => db.Database.ExecuteSqlRaw(sql));
        }
    }
}
