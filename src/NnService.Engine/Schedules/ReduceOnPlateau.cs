using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace NnService.Engine.Schedules;

/// <summary>
/// The rate falls by a factor when the loss has not improved for more than a number of epochs; an improvement is a loss below
/// (1 − 10⁻⁴) of the best, as in PyTorch.
/// The loss is that over the validation part, or without one over the training part.
/// </summary>
[Description("The rate falls by factor when the validation loss (without one, the training loss) has not improved for more than patience epochs.")]
public sealed record ReduceOnPlateauScheduleSpec : ScheduleSpec
{
    private const double Threshold = 1e-4; // PyTorch's default

    /// <inheritdoc />
    public override string Type => "reduceOnPlateau";

    /// <summary>Epochs without improvement that are borne.</summary>
    [Description("Epochs without improvement that are borne.")]
    [Range(0, int.MaxValue)]
    public int Patience { get; init; } = 10;

    /// <summary>The factor of a fall.</summary>
    [Description("The factor of a fall.")]
    [Range(0.0, 1.0, MinimumIsExclusive = true, MaximumIsExclusive = true)]
    public double Factor { get; init; } = 0.1;

    /// <inheritdoc />
    protected override Schedule BuildAfterWarmup(double learningRate, int epochs) => new ReduceOnPlateau(learningRate, Patience, Factor);

    /// <inheritdoc />
    // The first epoch is the best so far, patience + 1 more do not improve on it, and one is left to go at the lower rate.
    protected override string? ContradictionAfterWarmup(double learningRate, int epochs) =>
        Patience + 2L >= epochs
            ? $"The learning rate can never fall: schedule.patience is {Patience} and the training has {Left(epochs)}. Bear fewer epochs without "
                + "improvement, or train for more."
        : Factor <= Negligible
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"The first fall of the learning rate ends the training: schedule.factor is {Factor}, and at that share of the rate hardly anything "
                    + $"changes. Raise factor, or let earlyStopping end the training.")
        : null;

    private sealed class ReduceOnPlateau(double learningRate, int patience, double factor) : Schedule
    {
        private readonly double[] _scalars = [1, double.PositiveInfinity, 0];

        public override bool Reacts => true;

        public override double[] Scalars => _scalars;

        private ref double Share => ref _scalars[0];

        private ref double Best => ref _scalars[1];

        private ref double EpochsSinceBest => ref _scalars[2];

        public override double LearningRate(int epoch) => learningRate * Share;

        public override void Observe(int epoch, double loss)
        {
            if (loss < Best - (Threshold * Math.Abs(Best)) || Best == double.PositiveInfinity)
                (Best, EpochsSinceBest) = (loss, 0);
            else
                EpochsSinceBest++;
            if (EpochsSinceBest > patience)
                (Share, EpochsSinceBest) = (Share * factor, 0);
        }
    }
}
