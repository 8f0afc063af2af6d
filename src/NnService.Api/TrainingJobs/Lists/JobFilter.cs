using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Http.Describing;
using NnService.Engine.Specs;

namespace NnService.Api.TrainingJobs.Lists;

/// <summary>Which jobs a request speaks of, by its query.</summary>
/// <param name="State">Only jobs in this state; null: in any. So for the others.</param>
/// <param name="Dataset">Only jobs on this dataset.</param>
/// <param name="Network">Only jobs with this network.</param>
/// <param name="Model">Only jobs that train this model.</param>
/// <param name="CreatedBefore">Only jobs made before this time.</param>
internal sealed record JobFilter(JobState? State, string? Dataset, string? Network, string? Model, DateTime? CreatedBefore)
{
    /// <summary>The query parameters it is read from.</summary>
    public static readonly QueryParameter[] Parameters =
    [
        new("state", "Only jobs in this state.", null) { Form = ValueForm.Of<JobState>() },
        new("dataset", "Only jobs on this dataset.", null),
        new("network", "Only jobs with this network.", null),
        new("model", "Only jobs that train this model.", null),
        CreatedBeforeQuery.Parameter,
    ];

    /// <summary>Whether it lets every job through.</summary>
    public bool IsEmpty => this is { State: null, Dataset: null, Network: null, Model: null, CreatedBefore: null };

    /// <summary>The filter of a request. Errors: <see cref="ProblemException"/>.</summary>
    public static JobFilter Of(HttpRequest request) =>
        new(StateOf(request), Text(request, "dataset"), Text(request, "network"), Text(request, "model"), CreatedBeforeQuery.Of(request));

    /// <summary>The jobs that it lets through.</summary>
    public IQueryable<TrainingJob> Apply(IQueryable<TrainingJob> jobs)
    {
        if (State is { } state)
            jobs = jobs.Where(job => job.State == state);
        if (Dataset is { } dataset)
            jobs = jobs.Where(job => job.DatasetName == dataset);
        if (Network is { } network)
            jobs = jobs.Where(job => job.NetworkName == network);
        if (Model is { } model)
            jobs = jobs.Where(job => job.ModelName == model);
        if (CreatedBefore is { } before)
            jobs = jobs.Where(job => job.CreatedAt < before);
        return jobs;
    }

    private static string? Text(HttpRequest request, string name) => request.Query[name].ToString() is { Length: > 0 } value ? value : null;

    private static JobState? StateOf(HttpRequest request)
    {
        if (Text(request, "state") is not { } name)
            return null;
        return EnumNames<JobState>.TryParse(name, out var state)
            ? state
            : throw Refusal.Exception(400, $"\"{Echo.Cut(name)}\" is no state. Known: {string.Join(", ", EnumNames<JobState>.All)}.");
    }
}
