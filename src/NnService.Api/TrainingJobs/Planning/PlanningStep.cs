namespace NnService.Api.TrainingJobs.Planning;

/// <summary>A step of planning: what it has made, and everything found so far.</summary>
/// <param name="made">What it has made; null: it could not.</param>
/// <param name="findings">What was found up to here.</param>
internal sealed class PlanningStep<T>(T? made, Findings findings)
    where T : class
{
    /// <summary>What the step has made; null where there are problems.</summary>
    public T? Made { get; } = findings.Problems.Count == 0 ? made : null; // the one place that asks

    /// <summary>The next step, which is made of this one; not tried where there are problems.</summary>
    public PlanningStep<TNext> Then<TNext>(Func<T, Findings, TNext?> next)
        where TNext : class => new(Made is null ? null : next(Made, findings), findings);
}
