using NnService.Engine.Data.Encodings;
using NnService.Engine.Layers;
using NnService.Engine.Losses;

namespace NnService.Engine;

/// <summary>What a model has to beat, fitted on the same training rows; travels with the model, so that every later evaluation can compare.</summary>
public sealed record ModelBaselines
{
    /// <summary>
    /// The answer that looks at no feature: [labels] shares of the labels among the training rows, or [targets] means in the targets' own units.
    /// </summary>
    public required IReadOnlyList<double> Trivial { get; init; }

    /// <summary>
    /// Parameters of the linear model of <see cref="Training.LinearFit"/>, little-endian in the model's precision; null: it would have been too large to fit
    /// beside the
    /// network.
    /// </summary>
    public byte[]? Linear { get; init; }

    /// <summary>The network of a linear model: one dense layer.</summary>
    public static NetworkSpec LinearNetworkOf(int inputs, int outputs) => new() { Inputs = inputs, Layers = [new DenseSpec { Units = outputs }] };

    /// <summary>The loss that a linear model of the task is fitted with.</summary>
    public static LossSpec LossOf(TaskKind task, int outputs) =>
        task == TaskKind.Regression ? new MeanSquaredErrorSpec()
        : outputs == 1 ? new BinaryCrossEntropySpec()
        : new SoftmaxCrossEntropySpec();

    /// <summary>The linear model beside a trained one, taking the same encoded rows; null where there is none.</summary>
    public static TrainedModel? LinearOf(TrainedModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (model.Description.Baselines?.Linear is not { } parameters)
            return null;
        var loss = LossOf(model.Description.Target.Task, model.Outputs);
        return TrainedModel.Create(
            model.Description with
            {
                Network = LinearNetworkOf(model.Description.Features.Width, model.Outputs),
                Target = model.Description.Target.Unbounded(),
                Loss = loss,
                Link = loss.Link,
                Baselines = null,
                Conformal = null,
                Ensemble = null,
            },
            parameters);
    }
}
