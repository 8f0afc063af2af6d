using NnService.Api.Models.Predictions;
using NnService.Engine;
using NnService.Engine.Data.Json;

namespace NnService.Api.Models;

/// <summary>A version with the model that computes.</summary>
/// <param name="Name">The model's name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Number">Its row.</param>
/// <param name="Model">The model.</param>
/// <param name="Usage">Counts what it is asked.</param>
internal sealed record LoadedModel(string Name, int Version, long Number, TrainedModel Model, ModelUsage Usage)
{
    private const long MostQuickCost = 50_000_000; // multiply-adds
    private const long CostOfANumber = 500; // writing one, in multiply-adds

    private readonly long _costOfARow = CostOf(Model);

    /// <summary>Reads the usual bodies of rows to predict; null where the model takes anything but numbers.</summary>
    public PlainRows? PlainRows { get; } = PlainRows.For(Model.Description.Features);

    /// <summary>The names in its answers.</summary>
    public AnswerNames Names { get; } = new(Name, Model.Description.Target);

    /// <summary>Whether so many rows are computed and written in a few milliseconds.</summary>
    public bool IsQuick(long rows) => rows * _costOfARow <= MostQuickCost;

    private static long CostOf(TrainedModel model) =>
        model.Description.MultiplyAddsPerRow
        + (CostOfANumber * Math.Max(model.Outputs, model.Description.Target.Labels.Count));
}
