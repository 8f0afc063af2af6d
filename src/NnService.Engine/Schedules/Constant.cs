using System.ComponentModel;

namespace NnService.Engine.Schedules;

/// <summary>η(e) = η.</summary>
[Description("The same rate all the time.")]
public sealed record ConstantScheduleSpec : ScheduleSpec
{
    /// <inheritdoc />
    public override string Type => "constant";

    /// <inheritdoc />
    protected override Schedule BuildAfterWarmup(double learningRate, int epochs) => new Constant(learningRate);

    private sealed class Constant(double learningRate) : Schedule
    {
        public override double LearningRate(int epoch) => learningRate;
    }
}
