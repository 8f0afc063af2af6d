using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using NnService.Engine.Specs;

namespace NnService.Engine.Schedules;

/// <summary>How the learning rate changes over the epochs, as asked for.</summary>
[JsonConverter(typeof(SpecConverter<ScheduleSpec>))]
public abstract record ScheduleSpec : Spec, ISpecFamily<ScheduleSpec>
{
    /// <inheritdoc />
    public static SpecList<ScheduleSpec> Known { get; } = new(
        "schedule",
        new ConstantScheduleSpec());

    /// <summary>Epochs over which the rate rises to its start.</summary>
    [Description("Epochs over which the rate rises in equal steps to where the schedule starts.")]
    [Range(0, int.MaxValue)]
    public int WarmupEpochs { get; init; }

    /// <summary>The schedule that computes.</summary>
    /// <param name="learningRate">The optimizer's own rate.</param>
    /// <param name="epochs">Epochs of the whole run.</param>
    public abstract Schedule Build(double learningRate, int epochs);
}

/// <summary>The learning rate of each epoch, counted from 0.</summary>
public abstract class Schedule
{
    /// <summary>The rate of all steps of an epoch.</summary>
    public abstract double LearningRate(int epoch);

    /// <summary>Told after each epoch what the monitored loss is; for schedules that react.</summary>
    public virtual void Observe(double loss)
    {
    }
}
