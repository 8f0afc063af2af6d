using NnService.Api.Data;
using NnService.Api.Datasets;
using NnService.Api.Models;
using NnService.Engine.Data;
using NnService.Engine.Data.Splits;

namespace NnService.Api.TrainingJobs.Planning;

/// <summary>
/// Says where a job starts from a model that has learnt rows by which the job is measured: its figures on them, the epoch that they choose and its intervals are
/// then of what is remembered (decision 41).
/// </summary>
internal static class LearntRows
{
    /// <summary>The sentence; null where the model was trained on other data, or on none of those rows.</summary>
    /// <param name="db">Has the model's row.</param>
    /// <param name="start">The model that the job starts from.</param>
    /// <param name="dataset">The job's dataset.</param>
    /// <param name="table">Its rows.</param>
    /// <param name="parts">The job's split of them.</param>
    public static string? Warning(AppDbContext db, LoadedModel start, Dataset dataset, Table table, Split parts)
    {
        if ((parts.Validation.IsEmpty && parts.Test.IsEmpty)
            || ModelStore.Brief(ModelStore.Versions(db, start.Name, start.Version)).FirstOrDefault() is not { } row
            || ModelLineage.Stored(row) is not { Configuration: { } trained } lineage || lineage.DatasetSha256 != dataset.Sha256)
            return null;
        var configuration = StoredConfiguration.ConfigurationOf(trained);
        ReadOnlyMemory<int>? known = configuration.InitialModel is null && lineage.IsReadAsThen(dataset)
            ? StoredConfiguration.PartsOf(configuration, table).Train : default(ReadOnlyMemory<int>?); // else it may have learnt any of them
        string?[] learnt = [Among("validation", parts.Validation, known), Among("test", parts.Test, known)];
        return learnt.All(part => part is null) ? null
            : $"Version {start.Version} of model \"{start.Name}\", from which the job starts, was trained on the same data, and "
                + $"{(known is null ? "may have learnt rows" : "has learnt")} {string.Join(" and ", learnt.OfType<string>())}: "
                + "figures on them say how well they are remembered, not how well new rows are answered. "
                + "Give the job the seed and the split that the model had, or rows that it has not seen.";
    }

    private static string? Among(string part, ReadOnlyMemory<int> rows, ReadOnlyMemory<int>? known)
    {
        if (rows.IsEmpty)
            return null;
        if (known is not { } learnt)
            return $"of the {part} part";
        var count = CountOfBoth(rows.Span, learnt.Span);
        return count == 0 ? null : $"{count:N0} of the {rows.Length:N0} rows of the {part} part";
    }

    // Both in ascending order.
    private static int CountOfBoth(ReadOnlySpan<int> some, ReadOnlySpan<int> others)
    {
        var (count, at) = (0, 0);
        foreach (var row in some)
        {
            while (at < others.Length && others[at] < row)
                at++;
            count += at < others.Length && others[at] == row ? 1 : 0;
        }

        return count;
    }
}
