using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.Data;
using NnService.Api.Limits;
using NnService.Api.Models;
using NnService.Api.Studies;
using NnService.Api.Studies.Running;
using NnService.Api.Tests.Studies;
using NnService.Api.TrainingJobs;

namespace NnService.Api.Tests.Limits;

/// <summary>The last steps of studies, in a service that may take 256 MiB.</summary>
public sealed class StudyMemoryTests(LimitedService service) : IClassFixture<LimitedService>
{
    private readonly Wire _wire = service.Wire;

    [Fact]
    public async Task A_cross_validation_keeps_its_figures_where_all_answers_together_need_too_much()
    {
        var study = await CrossValidate("many", labels: 500);

        Assert.Equal(2, study["metrics"]!["accuracy"]!["folds"]!.AsArray().Count);
        Assert.Null(study["metrics"]!["outOfFold"]);
        const string Why = "They would need about 32,512,000 bytes of memory; Limits:MemoryBytes leaves 29,360,128 for requests and trainings.";
        Assert.Contains($"There are no out-of-fold metrics of all rows. {Why}", study["warnings"]!.AsArray().Select(warning => (string?)warning));
        var refused = await _wire.Get($"studies/{study["id"]}/predictions");
        Assert.Equal(
            (HttpStatusCode.Conflict, $"There are no out-of-fold predictions of all rows. {Why}"), (refused.Status, (string?)refused.Json["detail"]));
    }

    [Fact]
    public async Task The_end_of_a_cross_validation_waits_for_memory_that_others_have()
    {
        var id = (string)(await CrossValidate("few", labels: 250))["id"]!; // 16.5 MB
        var (memory, steps) = (service.Services.GetRequiredService<MemoryBudget>(), service.Services.GetRequiredService<StudySteps>());

        long number;
        using (memory.ReserveForTraining(memory.ForTrainings, () => false))
        {
            Assert.Equal(HttpStatusCode.TooManyRequests, (await _wire.Get($"studies/{id}/predictions")).Status);
            number = Begin(id);
            await steps.AdvanceAsync(number, CancellationToken.None);
            Assert.Equal("running", (string?)(await _wire.Get($"studies/{id}")).Json["state"]);
        }

        await steps.AdvanceAsync(number, CancellationToken.None);
        Assert.NotNull((await _wire.Ended(id))["metrics"]!["outOfFold"]);
        Assert.Equal(HttpStatusCode.OK, (await _wire.Get($"studies/{id}/predictions")).Status);
    }

    [Fact]
    public async Task An_ensemble_is_chosen_among_as_many_trials_as_there_is_memory_for()
    {
        await Upload("chosen", labels: 500);

        var study = await _wire.Run("""
            {"job":{"dataset":"chosen","target":"y","epochs":1,"network":{"layers":[{"type":"dense"}]},"batchSize":500,"split":{"train":0.25,"validation":0.5,"test":0.25} },
             "search":{"/optimizer/learningRate":{"logUniform":[0.001,0.1]} },"trials":4,"keep":"ensemble","model":"chosen"}
            """);

        Assert.Equal("chosen", (string?)study["model"]!["name"]);
        Assert.Contains(
            "The models of the best 3 trials were compared for the ensemble: Limits:MemoryBytes leaves 29,360,128 bytes, which are too few for more.",
            study["warnings"]!.AsArray().Select(warning => (string?)warning));
    }

    [Theory]
    [InlineData("best", """{"search":{"/optimizer/learningRate":{"logUniform":[0.001,0.1]}},"trials":2}""")]
    [InlineData("folded", """{"kind":"crossValidation","folds":2}""")]
    public async Task Models_are_loaded_for_an_ensemble_when_there_is_memory_for_them(string name, string asked)
    {
        await Upload(name, labels: 250);
        var id = (string)(await _wire.Run($$"""
            {{asked[..^1]}},"name":"{{name}}","keep":"ensemble","job":{"dataset":"{{name}}","target":"y","epochs":1,"network":{"layers":[{"type":"dense"}]},"batchSize":500} }
            """))["id"]!;
        var (memory, steps, models) = (service.Services.GetRequiredService<MemoryBudget>(), service.Services.GetRequiredService<StudySteps>(),
            service.Services.GetRequiredService<ModelStore>());

        long number;
        using (memory.ReserveForTraining(memory.ForTrainings, () => false))
        {
            number = Begin(id, hasFigures: true);
            await steps.AdvanceAsync(number, CancellationToken.None);
            Assert.Equal("running", (string?)(await _wire.Get($"studies/{id}")).Json["state"]);
            Assert.Null(models.Ready($"{name}.trials", "1"));
        }

        await steps.AdvanceAsync(number, CancellationToken.None);
        Assert.Equal("succeeded", (string?)(await _wire.Ended(id))["state"]);
    }

    // As before its last steps.
    private long Begin(string id, bool hasFigures = false) => service.Services.GetRequiredService<Database>().Write(db =>
    {
        var study = db.Studies.Where(row => row.Id == Guid.Parse(id));
        study.ExecuteUpdate(rows => rows
            .SetProperty(row => row.State, JobState.Running).SetProperty(row => row.EndedAt, (DateTime?)null)
            .SetProperty(row => row.StopReason, (StudyStopReason?)null)
            .SetProperty(row => row.Metrics, row => hasFigures ? row.Metrics : null));
        return study.Single().Number;
    });

    private async Task<System.Text.Json.Nodes.JsonNode> CrossValidate(string dataset, int labels)
    {
        await Upload(dataset, labels);
        return await _wire.Run($$"""
            {"kind":"crossValidation","folds":2,"keep":"none","job":{"dataset":"{{dataset}}","target":"y","epochs":1,"batchSize":500,"network":{"layers":[{"type":"dense"}]} } }
            """);
    }

    // 2,000 rows.
    private async Task Upload(string dataset, int labels)
    {
        var csv = $"x,y\n{string.Concat(Enumerable.Range(0, 2000).Select(i => $"{i % 7},v{i % labels}\n"))}";
        Assert.Equal(HttpStatusCode.Created, (await _wire.PostCsv($"datasets?name={dataset}&types=y:category", csv)).Status);
    }
}
