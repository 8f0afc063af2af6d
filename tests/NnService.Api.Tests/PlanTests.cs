using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.TrainingJobs;
using NnService.Api.TrainingJobs.Planning;
using NnService.Engine.Specs;

namespace NnService.Api.Tests;

/// <summary>A job's run begins with the plan that the job was made with, or with one that is made again from its row: they are the same.</summary>
public sealed class PlanTests(TestService service) : IClassFixture<TestService>
{
    [Theory]
    [InlineData("""{"target":"y"}""")]
    [InlineData("""{"target":"y","recipe":"best","seed":3}""")]
    [InlineData("""{"target":"kind","seed":18446744073709551615,"classWeights":"balanced","labelSmoothing":0.1}""")]
    [InlineData("""{"target":"kind","split":{"groupBy":"town"},"rowWeights":"w","precision":"float64"}""")]
    [InlineData("""{"target":"kind","split":{"folds":3,"fold":1,"repeat":2},"preprocessing":{"maxCategories":2,"numeric":"robust"}}""")]
    [InlineData("""{"target":["y","amount"],"ignore":["town"],"preprocessing":{"fitOn":"all","target":"none"},"clampOutput":true}""")]
    [InlineData("""{"target":"y","preprocessing":{"columns":{"amount":{"transform":"none"},"town":{"maxCategories":1}}},"split":{"testEvery":4}}""")]
    [InlineData("""{"target":"y","network":{"layers":[{"type":"dense","units":3,"activation":"tanh"},{"type":"dense"}]},"optimizer":{"type":"sgd","learningRate":0.012345678901234567}}""")]
    [InlineData("""{"target":"y","initialModel":{"name":"plans-start"},"epochs":2}""")]
    [InlineData("""{"target":"y","features":["w","amount"],"ensemble":[{"layers":[{"type":"dense"}]}],"maxSeconds":0.1}""")]
    public async Task A_plan_made_again_from_the_row_is_the_plan(string asked)
    {
        await service.Wire.PostCsv("datasets?name=plans", Rows());
        if (asked.Contains("initialModel", StringComparison.Ordinal))
            await service.Wire.Train("""{"dataset":"plans","target":"y","recipe":"fast","epochs":1,"model":"plans-start"}""");
        var configuration = JsonSerializer.Deserialize<TrainingConfiguration>(asked.Insert(1, "\"dataset\":\"plans\","), SpecJson.Options)!;
        var plans = service.Services.GetRequiredService<NewPlans>();

        Assert.False(plans.Of(configuration).IsRefused(out var refusal, out var made), refusal?.ToString());
        var stored = service.Services.GetRequiredService<StoredPlans>().Of(JobOf(made.Plan))!;

        Assert.Equal(TextOf(made.Plan), TextOf(stored.Plan));
        Assert.Equal(made.Dataset.Number, stored.Dataset.Number);
        Assert.Equal(made.InitialModel?.Number, stored.InitialModel?.Number);
        var otherSeed = made.Plan with { Configuration = made.Plan.Configuration with { Seed = made.Plan.Configuration.Seed! ^ 1 } };
        Assert.NotEqual(TextOf(made.Plan), TextOf(otherSeed));
    }

    // As CreateTrainingJob saves it.
    private static TrainingJob JobOf(TrainingPlan plan) => new()
    {
        Id = Guid.CreateVersion7(),
        Priority = 0,
        DatasetName = plan.Configuration.Dataset!,
        NetworkName = null,
        InitialModelName = plan.Configuration.InitialModel?.Name,
        ModelName = plan.Configuration.Model!,
        Configuration = JsonSerializer.Serialize(plan.Configuration, SpecJson.Options),
        NetworkSpec = JsonSerializer.Serialize(plan.Network, SpecJson.Options),
        Warnings = "[]",
        CreatedAt = DateTime.UnixEpoch,
        Epochs = 1,
    };

    private static string TextOf(TrainingPlan plan) => string.Join('\n',
    [
        .. new object[] { plan.Configuration, plan.Network, plan.Others, plan.Features, plan.Target, plan.Outputs, plan.ParameterCount, plan.UnusedColumns }
            .Select(part => JsonSerializer.Serialize(part, SpecJson.Options)),
        .. new[] { plan.Split.Train, plan.Split.Validation, plan.Split.Test }.Select(rows => string.Join(' ', rows.ToArray())),
    ]);

    private static string Rows()
    {
        var random = new Random(5);
        return "town,kind,amount,w,flag,y\n" + string.Concat(Enumerable.Range(0, 120).Select(row => string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"t{random.Next(9)},{"abb"[row % 3]},{(row % 11 == 0 ? "" : Math.Exp(8 * random.NextDouble()))},{random.NextDouble()},{(row % 5 > 1 ? "yes" : "no")},{random.NextDouble() - 0.3}\n")));
    }
}
