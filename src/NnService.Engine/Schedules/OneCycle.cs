using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace NnService.Engine.Schedules;

/// <summary>
/// Up along half a cosine from η_max / 25 to η_max, then down along half a cosine to η_max / 25 / 10⁴. Source: Smith and Topin 2019, in the form and with
/// the figures of PyTorch's OneCycleLR, with whole epochs for its steps: the peak is at position max(0, f E − 1) of 0 … E − 1, f being the share of the rise.
/// </summary>
/// <remarks>The optimizer's momentum is left alone, unlike PyTorch's default.</remarks>
[Description("The rate rises to maxLearningRate and falls far below its start, once over all epochs.")]
public sealed record OneCycleScheduleSpec : ScheduleSpec
{
    private const double StartDivisor = 25; // PyTorch's div_factor
    private const double EndDivisor = 1e4; // and final_div_factor, from the start down

    /// <inheritdoc />
    public override string Type => "oneCycle";

    /// <summary>The rate at the peak; null: the optimizer's own.</summary>
    [Description("The rate at the peak; left out: the optimizer's learningRate.")]
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double? MaxLearningRate { get; init; }

    /// <summary>Share of the epochs in which the rate rises.</summary>
    [Description("Share of the epochs in which the rate rises.")]
    [Range(0.0, 1.0)]
    public double WarmupFraction { get; init; } = 0.3;

    /// <inheritdoc />
    protected override Schedule BuildAfterWarmup(double learningRate, int epochs) =>
        new OneCycle(MaxLearningRate ?? learningRate, PeakOf(epochs), epochs);

    /// <inheritdoc />
    protected override string? ContradictionAfterWarmup(double learningRate, int epochs)
    {
        if (MaxLearningRate is { } max && max < learningRate)
            return string.Create(
                CultureInfo.InvariantCulture,
                $"The learning rate of oneCycle peaks at {max} (schedule.maxLearningRate), below the optimizer's learningRate, {learningRate}, which it "
                    + $"does not use. Leave maxLearningRate out, or raise it.");
        return PeakOf(epochs) < epochs - 1 ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"The learning rate of oneCycle never comes down: schedule.warmupFraction is {WarmupFraction} and the training has {Left(epochs)}. "
                    + $"Lower warmupFraction, or train for more.");
    }

    // The epoch of the highest rate; the fraction of an epoch counts.
    private double PeakOf(int epochs) => Math.Max(0, (WarmupFraction * epochs) - 1);

    private sealed class OneCycle(double max, double peak, int epochs) : Schedule
    {
        public override double LearningRate(int epoch) => epoch < peak
            ? CosineScheduleSpec.Between(max / StartDivisor, max, epoch, peak)
            : CosineScheduleSpec.Between(max, max / StartDivisor / EndDivisor, epoch - peak, epochs - 1 - peak);
    }
}
