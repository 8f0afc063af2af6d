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

    // Version 1 answers the mean and has a loss of about 1, of a standardized target; version 2 is all but right and has one of about 3, in the target's own units.
    [Fact]
    public async Task Trials_that_start_from_models_of_other_scales_are_ranked_by_what_they_explain()
    {
        var wire = _service.Wire;
        await wire.PostCsv("datasets?name=scales", "x,y\n" + string.Concat(Enumerable.Range(0, 60).Select(i => $"{i % 10},{i % 10 * 100}\n")));
        foreach (var (weight, target) in new[] { (0, "standardize"), (99.5, "none") })
            await wire.Train(FormattableString.Invariant($$"""
                {"dataset":"scales","target":"y","task":"regression","model":"scaled","epochs":1,"batchSize":1000,"optimizer":{"type":"sgd","learningRate":1e-12},
                 "preprocessing":{"target":"{{target}}","columns":{"x":{"shift":0,"scale":1} } },"network":{"layers":[{"type":"dense","weights":[[{{weight}}]],"bias":[0]}] } }
                """));

        var study = await wire.Run("""
            {"job":{"dataset":"scales","target":"y","epochs":4,"batchSize":1000,"optimizer":{"type":"sgd","learningRate":1e-12},"initialModel":{"name":"scaled"} },
             "search":{"/initialModel/version":{"choice":[1,2]} },"method":"successiveHalving","eta":2,"minEpochs":1,"trials":6,"keep":"none"}
            """);

        var last = Assert.Single(study["trials"]!.AsArray(), trial => (int)trial!["epochs"]! == 4);
        Assert.Equal(2, (int)last!["parameters"]!["/initialModel/version"]!);
        Assert.Contains(study["trials"]!.AsArray(), trial => (int)trial!["parameters"]!["/initialModel/version"]! == 1);
    }
}
