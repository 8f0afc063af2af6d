using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Encodings;

namespace NnService.Engine.Data;

/// <summary>What the reading of a table has found besides its cells.</summary>
/// <param name="FirstLine">The line of the first row; null where rows have no lines.</param>
/// <param name="IsLineARow">Whether every row is one line, so that a row's line can be told.</param>
internal sealed record TableNotes(long? FirstLine, bool IsLineARow)
{
    /// <summary>Whether the names of the columns were read from the file.</summary>
    internal bool HasHeader { get; init; }

    /// <summary>What was done with columns that have no name.</summary>
    internal IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Notes on each column, by its name.</summary>
    internal required IReadOnlyDictionary<string, ColumnNotes> Columns { get; init; }

    /// <summary>Names that were made because the file has none.</summary>
    internal IReadOnlySet<string> MadeNames { get; init; } = new HashSet<string>();

    /// <summary>Where a row stands in the file, for people.</summary>
    internal string PlaceOf(int row) =>
        FirstLine is null ? $"rows[{row}]"
        : IsLineARow ? $"line {FirstLine + row}"
        : CellPlaces.OfRow(row);
}
