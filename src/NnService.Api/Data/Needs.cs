using System.Linq.Expressions;
using NnService.Api.Studies.Planning;
using NnService.Api.TrainingJobs;

namespace NnService.Api.Data;

/// <summary>
/// Who has not ended and looks a dataset, a network or a model up by its name, so that it must stay: a training job, or a study, which makes jobs to its end.
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

    /// <summary>The datasets that studies need.</summary>
    public string[] DatasetsOfStudies => [.. _studies.Value.Select(study => study.Dataset).OfType<string>()];

    /// <summary>The models whose versions studies need: those that their jobs start from, and those of their trials.</summary>
    public string[] ModelsOfStudies =>
    [
        .. _studies.Value.SelectMany(study => study.Models),
        .. db.Studies.Where(study => study.EndedAt == null).Select(study => study.TrialModelName),
    ];

    /// <summary>Who needs the dataset, as the beginning of a sentence; null: nobody.</summary>
    public string? WhoNeedsDataset(string name) => Who(study => study.Dataset == name, job => job.DatasetName == name);

    /// <summary>The same of a network.</summary>
    public string? WhoNeedsNetwork(string name) => Who(study => study.Networks.Contains(name), job => job.NetworkName == name);

    /// <summary>The same of a model: who starts from it.</summary>
    public string? WhoStartsFrom(string name) => Who(study => study.Models.Contains(name), job => job.InitialModelName == name);

    // The study before its job: whoever cancelled the job would meet the study next.
    private string? Who(Func<StudyNeeds, bool> isStudy, Expression<Func<TrainingJob, bool>> isJob) =>
        _studies.Value.FirstOrDefault(isStudy) is { } study ? $"Study {study.Study}"
        : db.TrainingJobs.Where(job => job.State == JobState.Queued || job.State == JobState.Running || job.State == JobState.Paused)
            .Where(isJob).Select(job => (Guid?)job.Id).FirstOrDefault() is { } id ? $"Training job {id}"
        : null;
}
