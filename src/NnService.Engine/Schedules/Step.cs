using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace NnService.Engine.Schedules;

/// <summary>η(e) = η γ^⌊e / n⌋: the rate falls by the factor γ every n epochs.</summary>
[Description("The rate falls by the factor gamma every everyEpochs epochs.")]
public sealed record StepScheduleSpec : ScheduleSpec
{
    /// <inheritdoc />
    public override string Type => "step";

    /// <summary>Epochs between two falls.</summary>
    [Description("Epochs between two falls.")]
    [Range(1, int.MaxValue)]
    public int EveryEpochs { get; init; } = 10;

    /// <summary>The factor of a fall.</summary>
    [Description("The factor of a fall.")]
    [Range(0.0, 1.0, MinimumIsExclusive = true)]
    public double Gamma { get; init; } = 0.1;

    /// <inheritdoc />
    protected override Schedule BuildAfterWarmup(double learningRate, int epochs) => new Step(learningRate, Gamma, EveryEpochs);

    /// <inheritdoc />
    protected override string? ContradictionAfterWarmup(double learningRate, int epochs) =>
        Gamma == 1 ? "The learning rate never falls: schedule.gamma is 1. Lower it, or leave the schedule out."
        : EveryEpochs < epochs ? Vanishing(Gamma, EveryEpochs, epochs)
        : $"The learning rate never falls: schedule.everyEpochs is {EveryEpochs} and the training has {Left(epochs)}. Take fewer epochs between two "
            + "steps, or train for more.";

    private sealed class Step(double learningRate, double gamma, int everyEpochs) : Schedule
    {
        public override double LearningRate(int epoch) => learningRate * WholePower.Of(gamma, epoch / everyEpochs);
    }
}
