using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace NnService.Engine.Schedules;

/// <summary>
/// η(e) = η_min + ½ (η − η_min) (1 + cos(π e / E)) over the E epochs after the warm-up.
/// Source: Loshchilov and Hutter 2017, equation 5, without restarts.
/// </summary>
[Description("The rate falls along half a cosine over all epochs, to minLearningRate.")]
public sealed record CosineScheduleSpec : ScheduleSpec
{
    /// <inheritdoc />
    public override string Type => "cosine";

    /// <summary>The rate that the last epochs come near to.</summary>
    [Description("The rate that the last epochs come near to.")]
    [Range(0, double.MaxValue)]
    public double MinLearningRate { get; init; }

    /// <inheritdoc />
    protected override Schedule BuildAfterWarmup(double learningRate, int epochs) => new Cosine(learningRate, MinLearningRate, epochs);

    /// <inheritdoc />
    protected override string? ContradictionAfterWarmup(double learningRate, int epochs) => MinLearningRate <= learningRate ? null
        : string.Create(
            CultureInfo.InvariantCulture,
            $"The learning rate rises from {learningRate} to {MinLearningRate}: schedule.minLearningRate is above the optimizer's learningRate. Lower "
                + $"the one or raise the other.");

    private sealed class Cosine(double learningRate, double minLearningRate, int epochs) : Schedule
    {
        public override double LearningRate(int epoch) => Between(learningRate, minLearningRate, epoch, epochs);
    }

    /// <summary>From <paramref name="start"/> at 0 along half a cosine to <paramref name="end"/> at <paramref name="length"/>.</summary>
    internal static double Between(double start, double end, double position, double length) =>
        end + (0.5 * (start - end) * (1 + CosineFunction.OfPiTimes(length > 0 ? Math.Min(position / length, 1) : 0)));
}
