using System.Numerics;
using System.Text;
using System.Text.Json;
using NnService.Api.Http;
using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Specs;

namespace NnService.Api.TrainingJobs;

/// <summary>
/// Trains a few small networks in the background once the service is up, so that the runtime has compiled and optimised the way of a job before the first one
/// comes: cold, the first thousands of tiny steps take some hundred times as long. Once a process.
/// </summary>
internal sealed class WarmUp(IHostApplicationLifetime lifetime, ILogger<WarmUp> log) : IHostedService
{
    // The runtime optimises a method after 30 calls and a pause of 100 ms without new ones; a few rounds see all of it.
    private const int Rounds = 6;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(120);

    private static readonly string[] Jobs =
    [
        """{"dataset":"warm-up","target":"gender","features":["weight","height"],"epochs":60,"batchSize":1,"precision":"float64","loss":"meanSquaredError","optimizer":"sgd"}""",
        """{"dataset":"warm-up","target":"gender","features":["weight","height"],"epochs":60,"split":{"train":0.5,"validation":0.5,"test":0}}""",
        """{"dataset":"warm-up","target":"name","features":["weight","height"],"epochs":60,"optimizer":"adam"}""",
        """{"dataset":"warm-up","target":"weight","task":"regression","features":["height"],"epochs":60}""",
    ];

    private static int _hasRun;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _hasRun, 1) == 0)
            lifetime.ApplicationStarted.Register(() => new Thread(Run) { IsBackground = true, Name = "warm-up", Priority = ThreadPriority.Lowest }.Start());
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Run()
    {
        try
        {
            using var csv = new MemoryStream(Encoding.UTF8.GetBytes(Examples.Csv));
            var table = CsvTable.Read(csv);
            for (var round = 0; round < Rounds && !lifetime.ApplicationStopping.IsCancellationRequested; round++)
            {
                foreach (var job in Jobs)
                    Train(JsonSerializer.Deserialize<TrainingConfiguration>(job, SpecJson.Options)!, table);
                lifetime.ApplicationStopping.WaitHandle.WaitOne(Pause);
            }
        }
        catch (Exception failure)
        {
            log.LogWarning(failure, "The warm-up failed; the first jobs will be slower");
        }
    }

    private static void Train(TrainingConfiguration asked, Table table)
    {
        var plan = TrainingPlanner.Make(asked, null, table, [])!;
        if (plan.Configuration.Precision == Precision.Float32)
            Train<float>(plan, table);
        else
            Train<double>(plan, table);
    }

    private static void Train<T>(TrainingPlan plan, Table table)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var samples = TrainingSamples.Of<T>(plan, table);
        var trainer = PlannedTraining.TrainerOf(plan, samples, null, null);
        trainer.Run();
        PlannedTraining.MetricsOf(PlannedTraining.ModelOf(plan, trainer, PlannedTraining.BaselinesOf(plan, table, samples, null)), plan, table);
    }
}
