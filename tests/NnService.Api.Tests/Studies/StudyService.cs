using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Mvc.Testing;

namespace NnService.Api.Tests.Studies;

/// <summary>Studies as a caller makes them and waits for them.</summary>
internal static class StudyService
{
    /// <summary>The service with so many jobs at once.</summary>
    public static WebApplicationFactory<Program> With(this TestService service, int jobs) =>
        service.WithWebHostBuilder(builder => builder.UseSetting("Training:MaxConcurrentJobs", $"{jobs}"));

    /// <summary>Starts a study; its id.</summary>
    public static async Task<string> Start(this Wire wire, string study)
    {
        var answer = await wire.Post("studies", study);
        Assert.True(answer.Status == HttpStatusCode.Accepted, answer.Text);
        Assert.Equal($"/api/v1/studies/{answer.Json["id"]}", answer.Headers.Location!.ToString());
        return (string)answer.Json["id"]!;
    }

    /// <summary>Looks at a study until it has ended, as it is to.</summary>
    public static async Task<JsonNode> Ended(this Wire wire, string id, string state = "succeeded")
    {
        var study = await wire.UntilAt($"studies/{id}", study => study["endedAt"] is not null);
        Assert.True((string?)study["state"] == state, study.ToJsonString());
        return study;
    }

    public static async Task<JsonNode> Run(this Wire wire, string study) => await wire.Ended(await wire.Start(study));

    /// <summary>What two runs of a study must have in common: all but ids and times.</summary>
    public static string Outcome(JsonNode study)
    {
        var trials = study["trials"]!.DeepClone().AsArray();
        foreach (var trial in trials)
            trial!.AsObject().Remove("jobId");
        return $"{trials.ToJsonString()} best {study["best"]?["number"]}";
    }
}
