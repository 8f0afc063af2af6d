using System.ComponentModel;
using NnService.Engine.Kernels;

namespace NnService.Engine.Schedules;

/// <summary>
/// η(t) = η ½ (1 − cos(2π log₂(1 + 15 t))), t being the share of all steps that are done: four cosine waves from 0 to η and back, each twice as long as the one
/// before. Source: Holzmüller, Grinsztajn and Steinwart 2024 (RealMLP), section 3.
/// </summary>
[Description("The rate rises and falls along four cosine waves, each twice as long as the one before, step by step.")]
public sealed record CosLog4ScheduleSpec : ScheduleSpec
{
    private const double LogOf2 = 0.69314718055994530942;

    /// <inheritdoc />
    public override string Type => "coslog4";

    /// <inheritdoc />
    protected override Schedule BuildAfterWarmup(double learningRate, int epochs) => new CosLog4(learningRate, epochs);

    /// <inheritdoc />
    protected override string? ContradictionAfterWarmup(double learningRate, int epochs) => WarmupEpochs == 0 ? null
        : "coslog4 starts at a learning rate of 0 and rises by itself: during the warm-up (schedule.warmupEpochs) it stays there. Leave warmupEpochs out.";

    private sealed class CosLog4(double learningRate, int epochs) : StepwiseSchedule(epochs)
    {
        protected override double LearningRate(double share) =>
            learningRate * (0.5 * (1 - CosineFunction.OfTwoPiTimes(Transcendentals.Log(1 + (15 * share)) / LogOf2)));
    }
}
