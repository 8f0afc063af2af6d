using NnService.Api.Data.Nodes;
using NnService.Api.TrainingJobs.Running;

namespace NnService.Api.TrainingJobs.Planning;

/// <summary>
/// The plans that runs begin with. Planning reads every column: the plan that a job was made with is kept for its run where that begins at once, which is
/// where this process trains alone and is not busy. Of any other job it is made again from its row, and is the same.
/// </summary>
internal sealed class RunPlans(StoredPlans stored, Node node, RunningJobs running, TrainingThreads threads)
{
    private Made? _latest; // one at most, so that nothing piles up: the next job or run drops it

    /// <summary>Keeps the plan of a job that is about to be saved, for its run.</summary>
    public void Keep(TrainingJob job, NewPlan made)
    {
        if (node.IsAlone && running.Ids.Count < threads.Jobs)
            Interlocked.Exchange(ref _latest, new Made(job.Id, new StoredPlan(made.Plan, made.Table, made.Dataset, made.InitialModel)));
    }

    /// <summary>The plan of a job whose run begins; null where its dataset or initial model was deleted since.</summary>
    public StoredPlan? Of(TrainingJob job) => Interlocked.Exchange(ref _latest, null) is { } made && made.Job == job.Id ? made.Plan : stored.Of(job);

    private sealed record Made(Guid Job, StoredPlan Plan);
}
