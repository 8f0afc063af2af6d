using NnService.Api.Datasets;
using NnService.Engine.Data;
using NnService.Engine.Data.Encodings;

namespace NnService.Api.TrainingJobs.Planning;

/// <summary>Targets that are read as words although nearly all of their cells are numbers.</summary>
internal static class TargetReading
{
    /// <summary>A sentence for each such target whose type was not given at the upload.</summary>
    public static IEnumerable<string> Warnings(TrainingPlan plan, Dataset dataset, Table table)
    {
        var given = DatasetReading.Parse(dataset.Reading).Types;
        foreach (var name in plan.Target.Columns)
            if (given?.ContainsKey(name) != true && Remark(table, name) is { } remark)
                yield return $"Target \"{name}\" {remark}";
    }

    /// <summary>What is odd about a column of words, without its name; null: nothing.</summary>
    public static string? Remark(Table table, string column) =>
        NearlyNumbers.Of(table.Find(column)!, table.Notation)?.Describe(CellPlaces.OfRow);
}
