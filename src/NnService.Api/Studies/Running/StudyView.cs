using System.Text.Json;
using NnService.Api.Data;
using NnService.Api.Studies.Planning;
using NnService.Api.TrainingJobs;
using NnService.Api.TrainingJobs.Planning;
using NnService.Engine.Specs;

namespace NnService.Api.Studies.Running;

/// <summary>A study under way with its trials and those of their jobs that the trials do not know to have ended.</summary>
/// <param name="Study">The study.</param>
/// <param name="Request">What was asked for.</param>
/// <param name="Trials">By their numbers.</param>
/// <param name="Jobs">By their ids.</param>
/// <param name="Refit">The job that trains once more on all rows; null: there is none.</param>
internal sealed record StudyView(
    Study Study, StudyRequest Request, IReadOnlyList<StudyTrial> Trials, IReadOnlyDictionary<Guid, TrainingJob> Jobs, TrainingJob? Refit)
{
    public static StudyView? Read(Database database, long number)
    {
        using var db = database.Read();
        if (db.Studies.FirstOrDefault(study => study.Number == number) is not { } study)
            return null;
        var trials = db.TrialsOf(study).ToList();
        Guid[] ids = [.. trials.Where(trial => !trial.HasEnded).Select(trial => trial.JobId).OfType<Guid>()];
        return new StudyView(
            study, RequestOf(study), trials,
            db.JobSummaries().Where(job => job.StudyId == study.Id && ids.Contains(job.Id)).ToDictionary(job => job.Id),
            study.RefitJobId is { } refit ? db.JobSummaries().FirstOrDefault(job => job.Id == refit) : null);
    }

    public static StudyRequest RequestOf(Study study)
    {
        var request = JsonSerializer.Deserialize<StudyRequest>(study.Request, SpecJson.Options)!;
        return request with { Job = StoredConfiguration.WithRulesOfThen(request.Job!) };
    }

    public bool IsSearch => Study.Kind == StudyKind.Search;

    public StudyMetric Metric => StudyMetric.Of(Request.Metric!)!;

    public TrainingJob? JobOf(StudyTrial trial) => trial.JobId is { } id ? Jobs.GetValueOrDefault(id) : null;

    /// <summary>Jobs that wait for a worker or have one.</summary>
    public int Active => Jobs.Values.Count(job => job.State is JobState.Queued or JobState.Running);

    /// <summary>Whether every trial has ended that is to be made.</summary>
    public bool IsOver => Trials.All(trial => trial.HasEnded || (Study.IsStopping && trial.JobId is null));

    /// <summary>Trials with a value, the best first; of equals the first.</summary>
    public IEnumerable<StudyTrial> Ranked => Best(Trials, Request);

    public static IEnumerable<StudyTrial> Best(IEnumerable<StudyTrial> trials, StudyRequest request)
    {
        var sign = request.Direction == SearchDirection.Maximize ? -1 : 1;
        return trials.Where(trial => trial.Value is not null).OrderBy(trial => sign * trial.Value!.Value).ThenBy(trial => trial.Trial);
    }
}
