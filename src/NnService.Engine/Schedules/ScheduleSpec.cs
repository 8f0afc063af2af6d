using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json.Serialization;
using NnService.Engine.Specs;

namespace NnService.Engine.Schedules;

/// <summary>How the learning rate changes over the epochs, or the steps, as asked for.</summary>
[JsonConverter(typeof(SpecConverter<ScheduleSpec>))]
public abstract record ScheduleSpec : Spec, ISpecFamily<ScheduleSpec>
{
    /// <inheritdoc />
    public static SpecList<ScheduleSpec> Known { get; } = new(
        "schedule",
        new ConstantScheduleSpec(),
        new StepScheduleSpec(),
        new ExponentialScheduleSpec(),
        new CosineScheduleSpec(),
        new OneCycleScheduleSpec(),
        new ReduceOnPlateauScheduleSpec(),
        new CosLog4ScheduleSpec(),
        new FlatCosineScheduleSpec());

    /// <summary>A share of a usual rate that hardly moves a weight of float32.</summary>
    private protected const double Negligible = 1e-6;

    /// <summary>Epochs over which the rate rises to its start.</summary>
    [Description("Epochs over which the rate rises in equal steps to where the schedule starts.")]
    [Range(0, int.MaxValue)]
    public int WarmupEpochs { get; init; }

    /// <summary>The schedule that computes, behind its warm-up where there is one.</summary>
    /// <param name="learningRate">The optimizer's own rate.</param>
    /// <param name="epochs">Epochs of the whole run.</param>
    public Schedule Build(double learningRate, int epochs)
    {
        var warmup = Math.Min(WarmupEpochs, epochs);
        var schedule = BuildAfterWarmup(learningRate, epochs - warmup);
        return warmup == 0 ? schedule : new Warmup(schedule, warmup);
    }

    /// <summary>
    /// Epochs of a whole run whose rates add up to those of the first epochs of a longer one, at least as many as these: it learns as much, and comes to where
    /// the schedule ends. Of a schedule that reacts to the losses, as many as these.
    /// </summary>
    /// <param name="learningRate">The optimizer's own rate.</param>
    /// <param name="epochs">Epochs of the longer run.</param>
    /// <param name="first">The first of them, at most all.</param>
    public int EpochsOfEqualRates(double learningRate, int epochs, int first)
    {
        if (Build(learningRate, epochs).Reacts)
            return first;
        var wanted = SumOfRates(learningRate, epochs, first);
        var (least, most) = (first, Math.Max(first, epochs)); // those of all its epochs are not less than those of some
        while (least < most)
        {
            var middle = least + ((most - least) / 2);
            if (SumOfRates(learningRate, middle, middle) >= wanted)
                most = middle;
            else
                least = middle + 1;
        }

        return least;
    }

    private double SumOfRates(double learningRate, int epochs, int first)
    {
        var (schedule, sum) = (Build(learningRate, epochs), 0.0);
        for (var epoch = 0; epoch < first; epoch++)
            sum += schedule.LearningRate(epoch, 0.5);
        return sum;
    }

    /// <summary>What of the schedule never comes, or goes the other way: a sentence; null where nothing does.</summary>
    /// <param name="learningRate">The optimizer's own rate.</param>
    /// <param name="epochs">Epochs of the whole run.</param>
    public string? Contradiction(double learningRate, int epochs) => WarmupEpochs >= epochs
        ? string.Create(CultureInfo.InvariantCulture, $"The warm-up takes {Text(WarmupEpochs)} (schedule.warmupEpochs) and the training has {epochs}: "
            + $"the learning rate never comes to {BuildAfterWarmup(learningRate, 0).LearningRate(0)}. Warm up for fewer epochs, or train for more.")
        : ContradictionAfterWarmup(learningRate, epochs - WarmupEpochs);

    /// <summary>The same of one's own settings.</summary>
    /// <param name="learningRate">The optimizer's own rate.</param>
    /// <param name="epochs">Epochs that are left after the warm-up, at least one.</param>
    protected virtual string? ContradictionAfterWarmup(double learningRate, int epochs) => null;

    /// <summary>A sentence where falls by a factor leave hardly any rate for half of the epochs or more; null where they do not.</summary>
    private protected string? Vanishing(double gamma, int everyEpochs, int epochs)
    {
        var (share, trained) = (1.0, 0L);
        while (gamma < 1 && share > Negligible && trained <= epochs / 2)
        {
            share *= gamma;
            trained += everyEpochs;
        }

        return share > Negligible || trained > epochs / 2 ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"The learning rate falls to a millionth of its start, or less, after {trained} of {Left(epochs)}: schedule.gamma is {gamma}. "
                    + $"The rest of the training hardly changes anything; raise gamma, or train for less.");
    }

    /// <summary>The epochs of a training after its warm-up, for a sentence.</summary>
    private protected string Left(int epochs) => Text(epochs) + (WarmupEpochs > 0 ? " after its warm-up" : "");

    private static string Text(int epochs) => epochs == 1 ? "1 epoch" : $"{epochs} epochs";

    /// <summary>The schedule that computes, its epochs counted from the end of the warm-up.</summary>
    /// <param name="learningRate">The optimizer's own rate.</param>
    /// <param name="epochs">Epochs that are left after the warm-up.</param>
    protected abstract Schedule BuildAfterWarmup(double learningRate, int epochs);
}

/// <summary>The learning rate of each epoch, counted from 0, or of each step.</summary>
public abstract class Schedule
{
    /// <summary>Whether the rate depends on the losses; then <see cref="Observe"/> wants every epoch's.</summary>
    public virtual bool Reacts => false;

    /// <summary>State numbers, for schedules that react; all others are a function of the epoch alone.</summary>
    public virtual double[] Scalars => [];

    /// <summary>Whether the rate changes within an epoch.</summary>
    public virtual bool IsStepwise => false;

    /// <summary>The rate of all steps of an epoch; of a stepwise schedule that of the first of them.</summary>
    public abstract double LearningRate(int epoch);

    /// <summary>The rate of one step.</summary>
    /// <param name="epoch">The epoch, counted from 0.</param>
    /// <param name="done">Share of the epoch's steps that are done.</param>
    public virtual double LearningRate(int epoch, double done) => LearningRate(epoch);

    /// <summary>Told after each epoch what the monitored loss is; for schedules that react.</summary>
    /// <param name="epoch">The epoch that has ended, counted from 0.</param>
    /// <param name="loss">The loss over the validation part, or without one over the training part.</param>
    public virtual void Observe(int epoch, double loss)
    {
    }
}
