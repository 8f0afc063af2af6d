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
    public static StudyResponse Of(AppDbContext db, Study study, StudyClock clock)
    {
        var found = StudyProgress.Of(db, [study]);
        return SummaryOf(study, found, clock) with
        {
            Configuration = JsonNode.Parse(study.Request),
            Trials = [.. db.TrialsOf(study).AsEnumerable().Select(trial => Live(trial, found.Jobs[study.Id]))],
        };
    }

    /// <summary>The same without configurations and trials, for lists.</summary>
    public static IReadOnlyList<StudyResponse> SummariesOf(AppDbContext db, IReadOnlyList<Study> studies, StudyClock clock)
    {
        var found = StudyProgress.Of(db, studies);
        return [.. studies.Select(study => SummaryOf(study, found, clock))];
    }

    /// <summary>Trials with what their jobs have come to.</summary>
    public static List<TrialResponse> TrialsOf(AppDbContext db, Study study, IEnumerable<StudyTrial> trials)
    {
        var jobs = StudyProgress.JobsOf(db, [study])[study.Id].ToList();
        return [.. trials.Select(trial => Live(trial, jobs))];
    }

    private static StudyResponse SummaryOf(Study study, StudyProgress found, StudyClock clock)
    {
        var progress = ProgressOf(study, found);
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
            Configuration = null,
            Trials = null,
            Best = found.Best.GetValueOrDefault(study.Number) is { } best ? TrialResponse.Of(best) : null,
            Metrics = study.Metrics is null ? null : JsonNode.Parse(study.Metrics),
            Model = study.ModelVersion is { } version ? new JobModel(study.ModelName, version) : null,
            Error = study.Error,
            Warnings = JsonSerializer.Deserialize<IReadOnlyList<string>>(study.Warnings, SpecJson.Options)!,
        };
    }

    private static TrialResponse Live(StudyTrial trial, IEnumerable<StudyJob> jobs) =>
        !trial.HasEnded && jobs.FirstOrDefault(job => job.Trial == trial.Trial) is { } job
            ? TrialResponse.Of(trial) with { State = job.State, Epochs = job.Epoch }
            : TrialResponse.Of(trial);

    private static double ProgressOf(Study study, StudyProgress found)
    {
        if (study.State == JobState.Succeeded)
            return 1;
        var (jobs, ended) = (found.Jobs[study.Id].ToList(), found.EndedTrials.GetValueOrDefault(study.Number));
        if (study.RefitJobId is not null && jobs.All(job => job.Trial is not null))
            ended++;
        return Math.Min(1, (ended + jobs.Sum(job => job.ShareDone)) / (study.Trials + (HasRefit(study) ? 1 : 0)));
    }

    // Whether a job on all rows is among its jobs, or is to be.
    private static bool HasRefit(Study study) => study.RefitJobId is not null
        || (study is { Kind: StudyKind.CrossValidation, IsStopping: false }
            && JsonNode.Parse(study.Request)!["keep"].Deserialize<StudyKeep?>(SpecJson.Options) == StudyKeep.Refit);

    private static double? EtaOf(Study study, double progress, StudyClock clock) =>
        study.State != JobState.Running || progress == 0 ? null : study.Seconds(clock.Now) * (1 - progress) / progress;
}
