using NnService.Api.Data;
using NnService.Api.Models;
using NnService.Api.Studies.Folds;
using NnService.Api.Studies.Watching;
using NnService.Api.TrainingJobs;
using NnService.Api.TrainingJobs.Planning;
using NnService.Engine.Specs;

namespace NnService.Api.Studies.Running;

/// <summary>What comes of a study when its jobs have ended.</summary>
internal sealed class StudyEnd(Database database, FoldMetrics folds, StudyEnsembles ensembles, StudyClock clock)
{
    private StudyMoment Now => clock.Now;

    /// <summary>A search: the best trial's model becomes a version, or an ensemble of several does.</summary>
    public bool OfSearch(StudyView view)
    {
        string? warning = null;
        var ensemble = view.Request.Keep == StudyKeep.Ensemble ? ensembles.Of(view, out warning) : null;
        return End(view, (db, study) =>
        {
            EndUnmade(db, study);
            study.Warn(warning);
            if (ensemble is not { } made)
            {
                KeepBest(view, db, study);
                return;
            }

            study.BestTrial = view.Ranked.First().Trial;
            study.Succeed(Now, ModelStore.Add(db, study.ModelName, made.Model, made.Metrics, made.Lineage, Now.Utc).Version);
        });
    }

    private void KeepBest(StudyView view, AppDbContext db, Study study)
    {
        if (view.Request.Keep == StudyKeep.None && view.Ranked.Any())
        {
            study.Succeed(Now, null);
            return;
        }

        foreach (var trial in view.Ranked)
            if (ModelStore.Versions(db, study.TrialModelName, trial.ModelVersion).FirstOrDefault() is { } version && ModelLineage.IsOf(version, trial.JobId!.Value))
            {
                study.BestTrial = trial.Trial;
                study.Succeed(Now, ModelStore.Copy(db, version, study.ModelName, Now.Utc).Version);
                return;
            }

        if (view.Study.IsStopping)
            EndEmpty(study, $"No trial has a model with the metric {view.Metric}: {WhatEnded(study)} before one was made.");
        else
            study.Fail(Now, view.Trials.Select(trial => trial.Error).FirstOrDefault(error => error is not null) is { } why
                ? $"No trial has come to a model with the metric {view.Metric}. The first that failed: {why}"
                : $"No trial has a model with the metric {view.Metric}.");
    }

    // Nothing is there to keep: of a study that was stopped the same as of a job that had not begun.
    private void EndEmpty(Study study, string why)
    {
        study.Warn(why);
        if (study.StopReason == StudyStopReason.Stopped)
            study.EndStopped(Now);
        else
            study.Succeed(Now, null);
    }

    private static string WhatEnded(Study study) => study.StopReason == StudyStopReason.TimeLimit ? "the time of the study was up (maxSeconds)" : "the study was stopped";

    /// <summary>A cross-validation whose folds have ended: its figures.</summary>
    public bool OfFolds(StudyView view)
    {
        var (figures, warning) = folds.Of(view.Study, view.Request, view.Trials);
        var metrics = figures.ToJsonString(SpecJson.Options);
        return database.Write(db =>
        {
            var study = db.Studies.First(row => row.Number == view.Study.Number);
            if (study.HasEnded)
                return true;
            study.Metrics = metrics;
            study.Warn(warning);
            EndUnmade(db, study);
            var (models, all) = (view.Trials.Count(trial => trial.State == JobState.Succeeded), view.Trials.Count);
            if (study.IsStopping && models > 0 && models < all)
                study.Warn($"{models:N0} of {all:N0} folds have a model: {WhatEnded(study)} before the others were made. "
                    + "The metrics are those of these folds alone, and there are no out-of-fold ones.");
            if (!study.IsStopping && view.Trials.FirstOrDefault(trial => trial.State != JobState.Succeeded) is { } fold)
            {
                study.Fail(Now, $"Fold {fold.Trial} has no model: {fold.Error ?? "it was cancelled."}");
                StudyLog.State(db, study, Now.Utc);
            }

            return true;
        });
    }

    /// <summary>A cross-validation that has its figures, and the job on all rows where there is one.</summary>
    public bool OfCrossValidation(StudyView view)
    {
        if (view.Study.RefitJobId is { } id && !view.Study.IsStopping && view.Refit?.State != JobState.Succeeded)
            return Fail(view, $"The job {id}, which trains once more on all rows, has made no model.");
        return End(view, (_, study) =>
        {
            if (study.IsStopping && view.Trials.All(trial => trial.State != JobState.Succeeded))
            {
                EndEmpty(study, $"No fold has a model, and there are no metrics: {WhatEnded(study)} before one was made.");
                return;
            }

            if (study.IsStopping && view.Request.Keep != StudyKeep.None && view.Refit?.ModelVersion is null)
                study.Warn($"There is no model, though keep is {EnumNames<StudyKeep>.Of(view.Request.Keep!.Value)}: {WhatEnded(study)} before it was made.");
            study.Succeed(Now, view.Refit?.ModelVersion);
        });
    }

    /// <summary>A cross-validation that has its figures, and whose models become one.</summary>
    public bool OfFoldsTogether(StudyView view)
    {
        if (ensembles.OfFolds(view, out var why) is not { } made)
            return Fail(view, why);
        return End(view, (db, study) =>
            study.Succeed(Now, ModelStore.Add(db, study.ModelName, made.Model, made.Metrics, made.Lineage, Now.Utc).Version));
    }

    /// <summary>Something that cannot be mended.</summary>
    public bool Fail(StudyView view, string why) => End(view, (db, study) =>
    {
        EndUnmade(db, study);
        study.Fail(Now, why);
    });

    /// <summary>
    /// The median of the epochs that the folds' models are of, a half rounded up; null where no such model is there, or where they are of several networks,
    /// which have each one of their own.
    /// </summary>
    public int? EpochsOfFolds(StudyView view)
    {
        using var db = database.Read();
        List<int?> epochs =
        [
            .. view.Trials.Select(trial => LineageOf(db, view.Study, trial)).OfType<ModelLineage>() // one at a time: they can be large
                .Select(lineage => lineage.Configuration?["ensemble"] is null ? lineage.Epoch : null).Order(), // null comes first
        ];
        if (epochs.Count == 0 || epochs[0] is null)
            return null;
        var (lower, upper) = (epochs[(epochs.Count - 1) / 2]!.Value, epochs[epochs.Count / 2]!.Value);
        return Math.Max(1, (lower + upper + 1) / 2);
    }

    /// <summary>How the first fold was trained, in full; null where its job was deleted.</summary>
    public TrainingConfiguration? ConfigurationOfFolds(StudyView view)
    {
        using var db = database.Read();
        var first = view.Trials[0].JobId;
        return db.TrainingJobs.Where(job => job.Id == first).Select(job => job.Configuration).FirstOrDefault() is { } saved
            ? StoredConfiguration.ConfigurationOf(saved) : null;
    }

    private static ModelLineage? LineageOf(AppDbContext db, Study study, StudyTrial trial) =>
        trial is { ModelVersion: { } version, JobId: { } job }
        && ModelStore.Brief(ModelStore.Versions(db, study.TrialModelName, version)).FirstOrDefault() is { } row
        && ModelLineage.Stored(row) is var lineage && lineage.JobId == job ? lineage : null;

    private bool End(StudyView view, Action<AppDbContext, Study> end) => database.Write(db =>
    {
        var study = db.Studies.First(row => row.Number == view.Study.Number);
        if (study.HasEnded)
            return true;
        end(db, study);
        StudyLog.State(db, study, Now.Utc);
        return true;
    });

    // Of a study that was stopped: what it was never to come to.
    private static void EndUnmade(AppDbContext db, Study study)
    {
        foreach (var trial in db.TrialsOf(study).ToList().Where(trial => !trial.HasEnded))
        {
            trial.End(JobState.Cancelled, 0, null, null, null);
            StudyLog.Trial(db, study, trial);
        }
    }
}
