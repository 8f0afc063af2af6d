using NnService.Api.Errors;
using NnService.Api.Models.Predictions;
using NnService.Engine.Data.Splits;
using NnService.Engine.Specs;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Lists;

/// <summary>The order of a list of jobs: <c>createdAt</c>, a loss, or a metric as <c>test.accuracy</c>; with <c>-</c> in front from the largest down.</summary>
/// <param name="Name">As the caller writes it, without the <c>-</c>.</param>
/// <param name="IsDescending">From the largest down.</param>
internal sealed record JobSort(string Name, bool IsDescending)
{
    private const string CreatedAt = "createdAt";

    private static readonly string[] s_losses = ["trainLoss", "validationLoss"];

    /// <summary>Newest first.</summary>
    public static JobSort Newest { get; } = new(CreatedAt, IsDescending: true);

    /// <summary>Whether it is the order in which the jobs were made, or its reverse.</summary>
    public bool IsByAge => Name == CreatedAt;

    /// <summary>Whether it is by the training loss rather than the validation loss; null where it is by neither.</summary>
    public bool? IsByTrainLoss => s_losses.Contains(Name) ? Name == s_losses[0] : null;

    /// <summary>The order a request asks for. Errors: <see cref="ProblemException"/> that names the known ones.</summary>
    public static JobSort Of(HttpRequest request)
    {
        var text = request.Query["sort"].ToString();
        if (text.Length == 0)
            return Newest;
        var sort = new JobSort(text.TrimStart('-'), text[0] == '-');
        return text == sort.ToString() && (sort.IsByAge || s_losses.Contains(sort.Name) || IsMetric(sort.Name)) ? sort : throw Refusal.Exception(
            400,
            $"\"{Echo.Cut(text)}\" is nothing to sort by. Known: {CreatedAt}, {string.Join(", ", s_losses)}, "
            + $"and {string.Join(", ", Split.PartNames.Select(part => $"{part}."))} before one of {string.Join(", ", Truth.Figures)}, and {Split.PartNames[^1]}.{IntervalLevel.Coverage}; "
            + "with - in front from the largest down.");
    }

    public override string ToString() => IsDescending ? $"-{Name}" : Name;

    private static bool IsMetric(string name) => name.Split('.') is [var part, var metric] && JobFigure.Shown.Contains((part, metric));
}
