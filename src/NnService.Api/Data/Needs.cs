using NnService.Api.Studies.Planning;
using NnService.Api.TrainingJobs;

namespace NnService.Api.Data;

/// <summary>
/// Who has not ended and looks a dataset, a network or a model up by its name, so that it must stay: a training job, or a study, which makes jobs to its end.
/// A job has its network in its own row.
/// </summary>
/// <param name="db">The rows, as one read or write sees them.</param>
internal sealed class Needs(AppDbContext db)
{
    // Few have not ended, and their names stand in what was asked for: read once, however many names are looked up.
    private readonly Lazy<IReadOnlyList<StudyNeeds>> _studies = new(() =>
    [
        .. db.Studies.Where(study => study.EndedAt == null).Select(study => new { study.Id, study.Base, study.Request }).AsEnumerable()
            .Select(study => StudyNeeds.Of(study.Id, study.Base, study.Request)),
    ]);

    private readonly Lazy<IReadOnlyList<JobNeeds>> _jobs = new(() =>
    [
        .. db.TrainingJobs.Where(job => job.State == JobState.Queued || job.State == JobState.Running || job.State == JobState.Paused)
            .OrderBy(job => job.Number).Select(job => new JobNeeds(job.Id, job.DatasetName, job.InitialModelName)),
    ]);

    private Dictionary<string, string>? _ofDatasets, _ofNetworks, _ofModels;

    /// <summary>The datasets that studies need.</summary>
    public string[] DatasetsOfStudies => [.. _studies.Value.Select(study => study.Dataset).OfType<string>()];

    /// <summary>The models whose versions studies need: those that their jobs start from, and those of their trials.</summary>
    public string[] ModelsOfStudies =>
    [
        .. _studies.Value.SelectMany(study => study.Models),
        .. db.Studies.Where(study => study.EndedAt == null).Select(study => study.TrialModelName),
    ];

    /// <summary>The models that jobs start from.</summary>
    public string[] ModelsOfJobs => [.. _jobs.Value.Select(job => job.InitialModel).OfType<string>().Distinct()];

    /// <summary>Who needs the dataset, as the beginning of a sentence; null: nobody.</summary>
    public string? WhoNeedsDataset(string name) => (_ofDatasets ??= Who(study => [study.Dataset], job => job.Dataset)).GetValueOrDefault(name);

    /// <summary>The same of a network.</summary>
    public string? WhoNeedsNetwork(string name) => (_ofNetworks ??= Who(study => study.Networks, _ => null)).GetValueOrDefault(name);

    /// <summary>The same of a model: who starts from it.</summary>
    public string? WhoStartsFrom(string name) => (_ofModels ??= Who(study => study.Models, job => job.InitialModel)).GetValueOrDefault(name);

    // The study before its job: whoever cancelled the job would meet the study next.
    private Dictionary<string, string> Who(Func<StudyNeeds, IEnumerable<string?>> ofStudy, Func<JobNeeds, string?> ofJob)
    {
        var who = new Dictionary<string, string>();
        foreach (var study in _studies.Value)
            foreach (var name in ofStudy(study).OfType<string>())
                who.TryAdd(name, $"Study {study.Study}");
        foreach (var job in _jobs.Value)
            if (ofJob(job) is { } name)
                who.TryAdd(name, $"Training job {job.Id}");
        return who;
    }

    private sealed record JobNeeds(Guid Id, string Dataset, string? InitialModel);
}
