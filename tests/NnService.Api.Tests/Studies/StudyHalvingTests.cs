using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using NnService.Api.Data;
using NnService.Api.Studies.Running;

namespace NnService.Api.Tests.Studies;

/// <summary>Each rung is decided once, whoever decides it.</summary>
public sealed class StudyHalvingTests : IDisposable
{
    private readonly TestService _service = new();

    public void Dispose() => _service.Dispose();

    [Fact]
    public async Task Who_has_stood_still_since_it_looked_decides_nothing_that_is_decided()
    {
        var wire = _service.Wire;
        await wire.Upload("iris", "iris.csv");
        await wire.Upload("heights", "toy_heights.csv");
        var before = (string)(await wire.Post("training-jobs", EndlessJob.OnHeights("heights", "before"))).Json["id"]!; // so that the trials wait
        await wire.Until(before, "running");
        var id = await wire.Start("""
            {"job":{"dataset":"iris","target":"species","epochs":30,"recipe":"fast"},"search":{"/optimizer/learningRate":{"logUniform":[1e-4,1e-1]} },
             "method":"successiveHalving","eta":2,"minEpochs":1,"trials":2,"keep":"none"}
            """);
        await wire.UntilAt($"studies/{id}", study => study["trials"]!.AsArray().All(trial => trial!["jobId"] is not null));
        var services = _service.Services;
        await services.GetServices<IHostedService>().OfType<StudyRunner>().Single().StopAsync(CancellationToken.None);
        await wire.Post($"training-jobs/{before}/cancel", "");
        await wire.UntilAt($"studies/{id}", study => study["trials"]!.AsArray().All(trial => (string?)trial!["state"] == "paused"));
        var (database, halving) = (services.GetRequiredService<Database>(), services.GetRequiredService<StudyHalving>());
        var view = StudyView.Read(database, 1)!;

        halving.Decide(view);
        halving.Decide(view);

        using var db = database.Read();
        Assert.Equal([(0, true), (1, false)], db.StudyTrials.AsEnumerable().Select(trial => (trial.Rung, trial.IsOut)).Order());
    }
}
