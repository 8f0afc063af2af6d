using System.ComponentModel;

namespace NnService.Engine.Schedules;

/// <summary>η(e) = η.</summary>
[Description("The same rate all the time.")]
public sealed record ConstantScheduleSpec : ScheduleSpec
{
    /// <inheritdoc />
    public override string Type => "constant";

    /// <inheritdoc />
    public override Schedule Build(double learningRate, int epochs) => new Constant(learningRate, WarmupEpochs);

    private sealed class Constant(double learningRate, int warmupEpochs) : Schedule
    {
        public override double LearningRate(int epoch) => Warmup.Factor(epoch, warmupEpochs) * learningRate;
    }
}

/// <summary>(e + 1) / (w + 1) during the w warm-up epochs, then 1.</summary>
internal static class Warmup
{
    public static double Factor(int epoch, int warmupEpochs) => epoch < warmupEpochs ? (epoch + 1.0) / (warmupEpochs + 1) : 1;
}
