using NnService.Engine.Data;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Specs;

namespace NnService.Engine.Export;

/// <summary>One raw value that an exported model takes for a row: a column, or a part of a column of dates.</summary>
/// <param name="Name">The column's name, or <c>column.year</c>, with a number behind it where another column is called so.</param>
/// <param name="Column">The column, whose offset is that of its first encoded input.</param>
/// <param name="ColumnIndex">The column's place among a row's raw columns.</param>
/// <param name="Part">The part of a date; null for every other column.</param>
/// <param name="Offset">Index of the first encoded input that the value makes.</param>
/// <param name="HasIndicator">Whether the encoded input behind the value's own says that it is missing.</param>
/// <param name="Notation">What stands for a missing value.</param>
internal sealed record ExportInput(
    string Name, FeatureColumn Column, int ColumnIndex, DatePart? Part, int Offset, bool HasIndicator, CellNotation Notation)
{
    /// <summary>Whether the value is text; otherwise it is a number.</summary>
    public bool IsText => Column.Type == ColumnType.Category && Part is null;

    /// <summary>Whether the value is 0 or 1, and nothing else is taken.</summary>
    public bool IsBoolean => Column.Type == ColumnType.Boolean;

    /// <summary>Encoded inputs of the value without the indicator.</summary>
    public int Values => IsText ? Column.Categories.Count + (Column.HasOther ? 1 : 0) : 1;

    /// <summary>What is subtracted.</summary>
    public double Shift => Part?.Shift ?? Column.Shift;

    /// <summary>What is divided by.</summary>
    public double Scale => Part?.Scale ?? Column.Scale;

    /// <summary>Whether ln(1 + x) comes first.</summary>
    public bool Log1p => Part is null && Column.Log1p;

    /// <summary>Whether z / √(1 + (z/3)²) comes last.</summary>
    public bool Clip => Part is null && Column.Clip;

    /// <summary>The encoded input in a missing number's place.</summary>
    public double Missing => Part is null && Column.Imputed is { } value ? Column.Scaled(value) : 0;

    /// <summary>Texts that stand for a missing value, the empty one first. What is a category is none, whatever it looks like.</summary>
    public IReadOnlyList<string> MissingTexts { get; } = [.. Notation.SpellingsEverywhere.Where(text => text.Length == 0 || !Column.Knows(text))];

    /// <summary>Numbers that stand for a missing value.</summary>
    public IReadOnlyList<double> MissingNumbers { get; } = Column.Type == ColumnType.Number ? [.. Notation.MissingNumbers] : [];

    /// <summary>Index among the value's own inputs of the category in a missing one's place; −1: all zeros.</summary>
    public int MissingCategory => Column.ImputedCategory is { } category ? Column.InputOf(category) : -1;

    /// <summary>Index among the value's own inputs of every category that has none; −1: all zeros.</summary>
    public int OtherCategory => Column.HasOther ? Column.Categories.Count : -1;

    /// <summary>What kind of value is taken, in a word.</summary>
    public string Kind => Part is not null ? "datePart" : EnumNames<ColumnType>.Of(Column.Type);

    /// <summary>What the number says of a date; null for every other column.</summary>
    public string? Meaning => Part?.Kind switch
    {
        null => null,
        DatePartKind.Days => "days since 1970-01-01 in universal time, the time of day as a fraction",
        DatePartKind.Month => "1 to 12, in universal time",
        DatePartKind.Day => "day of the month in universal time, 1 to 31",
        DatePartKind.Weekday => "1 for Monday to 7 for Sunday, in universal time",
        DatePartKind.Seconds => "seconds since midnight, in universal time",
        _ => "the year, in universal time",
    };

    /// <summary>The values of a model's rows in their order.</summary>
    public static IReadOnlyList<ExportInput> Of(FeatureEncoding features)
    {
        var inputs = new List<ExportInput>();
        var notation = features.Notation ?? CellNotation.Default;
        var taken = features.Columns.Where(column => column.Dates is null).Select(column => column.Name).ToHashSet(StringComparer.Ordinal);
        for (var i = 0; i < features.Columns.Count; i++)
        {
            var column = features.Columns[i];
            var dates = column.Dates ?? [];
            for (var part = 0; part < dates.Count; part++)
            {
                var name = Free(taken, $"{column.Name}.{EnumNames<DatePartKind>.Of(dates[part].Kind)}");
                inputs.Add(new ExportInput(name, column, i, dates[part], column.Offset + part, column.MissingIndicator && part == dates.Count - 1, notation));
            }

            if (column.Dates is null)
                inputs.Add(new ExportInput(column.Name, column, i, null, column.Offset, column.MissingIndicator, notation));
        }

        return inputs;
    }

    private static string Free(HashSet<string> taken, string name)
    {
        var free = name;
        for (var i = 2; !taken.Add(free); i++)
            free = $"{name}_{i}";
        return free;
    }

    /// <summary>Whether a cell brings in a missing value.</summary>
    public bool IsMissing(Cell cell) =>
        IsText ? MissingTexts.Contains(TextOf(cell)) : NumberOf(cell) is var number && (double.IsNaN(number) || MissingNumbers.Contains(number));

    /// <summary>The number that a cell brings in, booleans as 0 and 1; NaN: missing.</summary>
    public double NumberOf(Cell cell)
    {
        if (cell.Kind == CellKind.Missing)
            return double.NaN;
        if (Part is null)
            return cell.Number;
        return DatePart.TryRead(cell.Text!, out var date) ? DatePart.Of(Part.Kind, date) : double.NaN;
    }

    /// <summary>The text that a cell brings in; empty: missing.</summary>
    public static string TextOf(Cell cell) => cell.Kind == CellKind.Missing ? "" : CellEncoder.TextOf(cell);
}
