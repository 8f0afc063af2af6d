using NnService.Api.Datasets;
using NnService.Engine.Data;
using NnService.Engine.Data.Encodings;

namespace NnService.Api.TrainingJobs.Planning;

/// <summary>Targets that are read as words although nearly all of their cells are numbers, or all are dates.</summary>
internal static class TargetReading
{
    private const string Dates = "holds dates, and each different one is a class of its own; "
        + "to predict a time, upload it as a number, such as the days since 2000-01-01.";

    /// <summary>A sentence for each such target whose type was not given at the upload.</summary>
    public static IEnumerable<string> Warnings(TrainingPlan plan, Dataset dataset, Table table)
    {
        var given = DatasetReading.Parse(dataset.Reading).Types;
        foreach (var name in plan.Target.Columns)
            if (given?.ContainsKey(name) != true && RemarkOfTarget(table, name) is { } remark)
                yield return $"Target \"{name}\" {remark}";
    }

    /// <summary>What is odd about a target of words, without its name; null: nothing.</summary>
    public static string? RemarkOfTarget(Table table, string column) =>
        Remark(table, column) ?? (DatePart.IsColumnOfDates(table.Find(column)!) ? Dates : null);

    /// <summary>What is odd about a column of words, without its name; null: nothing.</summary>
    public static string? Remark(Table table, string column) =>
        NearlyNumbers.Of(table.Find(column)!, table.Notation)?.Describe(CellPlaces.OfRow);
}
