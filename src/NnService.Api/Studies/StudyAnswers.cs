using System.Text.Json;
using System.Text.Json.Nodes;
using NnService.Api.Data;
using NnService.Api.TrainingJobs;
using NnService.Engine.Specs;

namespace NnService.Api.Studies;

/// <summary>Makes answers of studies and trials, as their jobs stand now.</summary>
internal static class StudyAnswers
{
    /// <summary>A study with its trials.</summary>
    public static StudyResponse Of(AppDbContext db, Study study, StudyClock clock) => Of(db, study, clock, isWhole: true);

    /// <summary>The same without configuration and trials, for lists.</summary>
    public static StudyResponse SummaryOf(AppDbContext db, Study study, StudyClock clock) => Of(db, study, clock, isWhole: false);

    /// <summary>Trials with what their jobs have come to.</summary>
    public static List<TrialResponse> TrialsOf(AppDbContext db, Study study, IEnumerable<StudyTrial> trials)
    {
        var jobs = JobsOf(db, study);
        return [.. trials.Select(trial => Live(trial, jobs))];
    }

    private static StudyResponse Of(AppDbContext db, Study study, StudyClock clock, bool isWhole)
    {
        var jobs = JobsOf(db, study);
        var progress = ProgressOf(db, study, jobs);
        return new StudyResponse
        {
            Id = study.Id,
            Name = study.Name,
            Kind = study.Kind,
            State = study.State,
            StopReason = study.StopReason,
            Progress = progress,
            EtaSeconds = EtaOf(study, progress, clock),
            CreatedAt = study.CreatedAt,
            StartedAt = study.StartedAt,
            EndedAt = study.EndedAt,
            Configuration = isWhole ? JsonNode.Parse(study.Request) : null,
            Trials = isWhole ? [.. db.TrialsOf(study).AsEnumerable().Select(trial => Live(trial, jobs))] : null,
            Best = study.BestTrial is { } best ? TrialResponse.Of(db.TrialsOf(study).First(trial => trial.Trial == best)) : null,
            Metrics = study.Metrics is null ? null : JsonNode.Parse(study.Metrics),
            Model = study.ModelVersion is { } version ? new JobModel(study.ModelName, version) : null,
            Error = study.Error,
            Warnings = JsonSerializer.Deserialize<IReadOnlyList<string>>(study.Warnings, SpecJson.Options)!,
        };
    }

    // Those that have not ended: what the others have come to stands with their trials.
    private static ILookup<int?, TrainingJob> JobsOf(AppDbContext db, Study study) =>
        (study.HasEnded ? [] : db.JobSummaries().Where(job => job.StudyId == study.Id && job.EndedAt == null).ToList()).ToLookup(job => job.Trial);

    private static TrialResponse Live(StudyTrial trial, ILookup<int?, TrainingJob> jobs) =>
        !trial.HasEnded && jobs[trial.Trial].FirstOrDefault() is { } job
            ? TrialResponse.Of(trial) with { State = job.State, Epochs = job.Epoch }
            : TrialResponse.Of(trial);

    private static double ProgressOf(AppDbContext db, Study study, ILookup<int?, TrainingJob> jobs)
    {
        if (study.State == JobState.Succeeded)
            return 1;
        // A trial ends a moment after its job.
        var ended = db.TrialsOf(study).Count(trial => trial.State == JobState.Succeeded || trial.State == JobState.Failed || trial.State == JobState.Cancelled
            || db.TrainingJobs.Any(job => job.Id == trial.JobId && job.EndedAt != null));
        if (study.RefitJobId is not null && !jobs[null].Any())
            ended++;
        return Math.Min(1, (ended + jobs.Sum(trial => trial.Sum(job => job.ShareDone))) / (study.Trials + (HasRefit(study) ? 1 : 0)));
    }

    // Whether a job on all rows is among its jobs, or is to be.
    private static bool HasRefit(Study study) => study.RefitJobId is not null
        || (study is { Kind: StudyKind.CrossValidation, IsStopping: false }
            && JsonNode.Parse(study.Request)!["keep"].Deserialize<StudyKeep?>(SpecJson.Options) == StudyKeep.Refit);

    private static double? EtaOf(Study study, double progress, StudyClock clock) =>
        study.State != JobState.Running || progress == 0 ? null : study.Seconds(clock.Now) * (1 - progress) / progress;
}
