using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace NnService.Engine.Schedules;

/// <summary>η(e) = η γ^e.</summary>
[Description("The rate falls by the factor gamma every epoch.")]
public sealed record ExponentialScheduleSpec : ScheduleSpec
{
    /// <inheritdoc />
    public override string Type => "exponential";

    /// <summary>The factor of an epoch.</summary>
    [Description("The factor of an epoch.")]
    [Range(0.0, 1.0, MinimumIsExclusive = true)]
    public double Gamma { get; init; } = 0.95;

    /// <inheritdoc />
    protected override Schedule BuildAfterWarmup(double learningRate, int epochs) => new Exponential(learningRate, Gamma);

    /// <inheritdoc />
    protected override string? ContradictionAfterWarmup(double learningRate, int epochs) =>
        Gamma == 1 ? "The learning rate never falls: schedule.gamma is 1. Lower it, or leave the schedule out."
        : Vanishing(Gamma, everyEpochs: 1, epochs);

    private sealed class Exponential(double learningRate, double gamma) : Schedule
    {
        public override double LearningRate(int epoch) => learningRate * WholePower.Of(gamma, epoch);
    }
}
