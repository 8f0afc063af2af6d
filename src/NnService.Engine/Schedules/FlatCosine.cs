using System.ComponentModel;

namespace NnService.Engine.Schedules;

/// <summary>
/// η(t) = η for t ≤ ½, then η ½ (1 + cos(π (2t − 1))), t being the share of all steps that are done. Source: Holzmüller, Grinsztajn and Steinwart 2024
/// (RealMLP), appendix A, there for dropout and weight decay.
/// </summary>
[Description("The rate stays for half of all steps, then falls to 0 along half a cosine, step by step.")]
public sealed record FlatCosineScheduleSpec : ScheduleSpec
{
    /// <inheritdoc />
    public override string Type => "flatCosine";

    /// <inheritdoc />
    protected override Schedule BuildAfterWarmup(double learningRate, int epochs) => new FlatCosine(learningRate, epochs);

    private sealed class FlatCosine(double learningRate, int epochs) : StepwiseSchedule(epochs)
    {
        protected override double LearningRate(double share) =>
            share <= 0.5 ? learningRate : learningRate * (0.5 * (1 + CosineFunction.OfPiTimes((2 * share) - 1)));
    }
}
