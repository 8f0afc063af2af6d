using Microsoft.EntityFrameworkCore;
using NnService.Api.Data;
using NnService.Api.Studies.Planning;
using NnService.Api.Studies.Watching;
using NnService.Api.TrainingJobs;
using NnService.Api.TrainingJobs.Running;

namespace NnService.Api.Studies.Running;

/// <summary>
/// Decides at each rung which trials go on, once all that take part in it have come there: by what they had reached at its epoch, of equals by their numbers.
/// So it does not matter when a job got there (decision 67).
/// </summary>
internal sealed class StudyHalving(Database database, JobControl jobs, TimeProvider clock)
{
    // Of these the losses of the history depend on the setting, as of the model to start from, whose scale the target has: they cannot be compared between
    // trials; accuracy and R² can.
    private static readonly string[] s_changeLoss = ["loss", "labelSmoothing", "classWeights", "preprocessing", "rowWeights", "initialModel"];

    /// <summary>Decides the lowest rung that can be decided; false where none can.</summary>
    public bool Decide(StudyView view)
    {
        for (var rung = 0; ; rung++)
        {
            var here = view.Trials.Where(trial => trial.Rung == rung && !trial.IsOut).ToList();
            if (here.Any(trial => !trial.HasEnded && view.JobOf(trial) is not { State: JobState.Paused, IsAtHold: true }))
                return false; // some are still on their way, or come from the rung below
            if (here.Any(trial => !trial.HasEnded))
            {
                Decide(view, rung, here);
                return true;
            }

            if (!view.Trials.Any(trial => trial.Rung > rung))
                return false;
        }
    }

    private void Decide(StudyView view, int rung, List<StudyTrial> here)
    {
        var (eta, now) = (view.Request.Eta!.Value, clock.GetUtcNow().UtcDateTime);
        var epoch = view.Request.MinEpochs!.Value * Math.Pow(eta, rung);
        var next = (int)Math.Min(epoch * eta, int.MaxValue);
        var best = Ranked(view, here, epoch).Take(HalvingRungs.Survivors(here.Count, eta)).ToHashSet();
        var moved = database.Write<List<TrainingJob>>(db =>
        {
            var study = db.Studies.First(row => row.Number == view.Study.Number);
            if (study.IsStopping || study.State != JobState.Running)
                return [];
            long[] numbers = [.. here.Where(trial => !trial.HasEnded).Select(trial => trial.Number)];
            var trials = db.StudyTrials.Where(trial => EF.Parameter(numbers).Contains(trial.Number) && trial.Rung == rung && !trial.IsOut) // others are decided since
                .OrderBy(trial => trial.Trial).ToList();
            Guid[] ids = [.. trials.Select(trial => trial.JobId!.Value)];
            var held = db.TrainingJobs.Include(job => job.Transitions).Where(job => EF.Parameter(ids).Contains(job.Id)).ToDictionary(job => job.Id);
            foreach (var trial in trials)
            {
                var job = held.GetValueOrDefault(trial.JobId!.Value);
                if (best.Contains(trial.Trial))
                {
                    trial.Promote();
                    job?.Promote(now, next);
                }
                else
                {
                    trial.TakeOut();
                    job?.Stop(now); // its model is made of what it has learned, so that it has a value of its own
                }

                if (job is null)
                    continue;
                trial.Follow(job.State, job.Epoch);
                StudyLog.Trial(db, study, trial);
            }

            return [.. held.Values];
        });
        jobs.Follow(moved);
    }

    private IEnumerable<int> Ranked(StudyView view, List<StudyTrial> here, double epoch)
    {
        var isByScore = view.Metric.Name is "accuracy" or "r2"
            || view.Request.Search!.Keys.Any(pointer => s_changeLoss.Contains(JobPointer.Of(pointer)!.Member));
        using var db = database.Read();
        return [.. here.Select(trial => (trial.Trial, Cost: CostOf(db, trial, epoch, isByScore))).OrderBy(trial => trial.Cost).ThenBy(trial => trial.Trial)
            .Select(trial => trial.Trial)];
    }

    // The best up to the epoch of the rung, since the model is that of the best epoch; the smaller the better.
    private static double CostOf(AppDbContext db, StudyTrial trial, double epoch, bool isByScore)
    {
        var number = db.TrainingJobs.Where(job => job.Id == trial.JobId).Select(job => (long?)job.Number).FirstOrDefault();
        if (number is null || trial.State is JobState.Failed or JobState.Cancelled)
            return double.PositiveInfinity;
        var costs = JobHistory.Points(db, number.Value).Where(point => point.Epoch <= epoch)
            .Select(point => (isByScore ? -point.ValidationScore : point.ValidationLoss) ?? double.PositiveInfinity);
        return costs.DefaultIfEmpty(double.PositiveInfinity).Min();
    }
}
