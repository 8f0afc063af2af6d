using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.TrainingJobs.Planning;
using NnService.Engine.Specs;

namespace NnService.Api.Studies.Planning;

/// <summary>
/// The rows that a study is planned with, which may be gone when it is saved. Others may have their names by then, and its jobs would find those.
/// </summary>
internal sealed record StudySources
{
    private StudySources(IReadOnlyList<NamedRow> networks, IReadOnlyList<NamedRow> models) => (Networks, Models) = (networks, models);

    private IReadOnlyList<NamedRow> Networks { get; }

    private IReadOnlyList<NamedRow> Models { get; }

    /// <summary>The dataset's row.</summary>
    public long Dataset { get; init; }

    /// <summary>The row of the version that the job starts from; null: it starts from none.</summary>
    public long? InitialModel { get; init; }

    /// <summary>The networks and models under the names in a request; read before they are planned with, or another one could be planned with.</summary>
    public static StudySources Of(AppDbContext db, StudyRequest asked)
    {
        var job = asked.Job! with { Network = asked.Job.Network?.Spec is null ? asked.Job.Network : null, Ensemble = null }; // what is spelled out may be large
        var needs = StudyNeeds.Of(Guid.Empty, Text(job), Text(asked with { Job = job }));
        string[] networks = [.. needs.Networks], models = [.. needs.Models];
        return new StudySources(
            [.. db.Networks.Where(row => EF.Parameter(networks).Contains(row.Name)).Select(row => new NamedRow(row.Name, row.Number))],
            [.. db.Models.Where(row => EF.Parameter(models).Contains(row.Name)).Select(row => new NamedRow(row.Name, row.Number))]);
    }

    /// <summary>The refusal where one of them is gone; null: all are there.</summary>
    public ProblemResult? WhyGone(AppDbContext db, TrainingConfiguration job)
    {
        if (!db.Datasets.Any(row => row.Number == Dataset))
            return Gone("Dataset", job.Dataset, "#/job/dataset");
        foreach (var network in Networks)
            if (!db.Networks.Any(row => row.Number == network.Number))
                return Gone("Network", network.Name, job.Network?.Name == network.Name ? "#/job/network" : "#/search");
        foreach (var model in Models)
            if (!db.Models.Any(row => row.Number == model.Number))
                return Gone("Model", model.Name, job.InitialModel?.Name == model.Name ? "#/job/initialModel" : "#/search");
        return InitialModel is { } version && !db.ModelVersions.Any(row => row.Number == version)
            ? Gone("Model", job.InitialModel?.Name, "#/job/initialModel") : null;
    }

    private static ProblemResult Gone(string kind, string? name, string pointer) =>
        Refusal.Result(409, $"{kind} \"{name}\" was deleted while the study was being made.", pointer);

    private static string Text<T>(T value) => JsonSerializer.Serialize(value, SpecJson.Options);

    private sealed record NamedRow(string Name, long Number);
}
