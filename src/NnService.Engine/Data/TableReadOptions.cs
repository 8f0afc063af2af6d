using NnService.Engine.Data.Columns;

namespace NnService.Engine.Data;

/// <summary>How a table is read from its bytes.</summary>
public sealed record TableReadOptions
{
    /// <summary>The options with every default.</summary>
    public static TableReadOptions Default { get; } = new();

    /// <summary>What separates the cells of a CSV line: one ASCII character other than a quote, a line end, a letter or a digit; null: said by a first line
    /// such as <c>sep=;</c>, or found among <c>,</c> <c>;</c> <c>|</c> and tab.</summary>
    public char? Delimiter { get; init; }

    /// <summary>Whether the first row of a CSV holds the names of the columns; without one they are <c>column1</c>, <c>column2</c> …</summary>
    public bool HasHeader { get; init; } = true;

    /// <summary>How missing cells and numbers are written.</summary>
    public CellNotation Notation { get; init; } = CellNotation.Default;

    /// <summary>Types declared by the caller, by column name; columns left out get the type found over all rows.</summary>
    public IReadOnlyDictionary<string, ColumnType> Types { get; init; } = new Dictionary<string, ColumnType>();

    /// <summary>The type of CSV columns that <see cref="Types"/> does not name; null: found over all rows.</summary>
    public ColumnType? OtherTypes { get; init; }

    /// <summary>Whether a CSV column that holds infinities and no number is read as words, as earlier versions have stored it; false: it is refused.</summary>
    public bool TakesInfinitiesAsWords { get; init; }

    /// <summary>The file that the columns are written to while they are read, so that they need not fit into memory; null: they are kept in memory.</summary>
    public ColumnFile? Into { get; init; }

    /// <summary>Most columns a table may have where nothing else is said.</summary>
    public const int MostColumns = 16_384;

    /// <summary>Most columns a table may have.</summary>
    public int MaxColumns { get; init; } = MostColumns;

    /// <summary>Most cells that the rows of a JSON table may have, absent ones included, however few its bytes are; beyond that it may have 64 for each
    /// byte.</summary>
    public long MaxSparseCells { get; init; } = 1 << 27;

    /// <summary>Most bytes one cell may have, quotes not counted.</summary>
    public int MaxCellBytes { get; init; } = 1 << 20;
}
