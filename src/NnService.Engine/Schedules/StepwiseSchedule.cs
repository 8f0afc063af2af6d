namespace NnService.Engine.Schedules;

/// <summary>A schedule whose rate changes from step to step.</summary>
/// <param name="epochs">Epochs over which it runs, at least one.</param>
internal abstract class StepwiseSchedule(int epochs) : Schedule
{
    public override bool IsStepwise => true;

    public override double LearningRate(int epoch) => LearningRate(epoch, 0);

    public override double LearningRate(int epoch, double done) => LearningRate((epoch + done) / Math.Max(1, epochs));

    /// <summary>The rate where a share of all steps is done, from 0 to 1.</summary>
    protected abstract double LearningRate(double share);
}
