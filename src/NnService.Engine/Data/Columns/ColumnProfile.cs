using System.Text.Json.Serialization;

namespace NnService.Engine.Data.Columns;

/// <summary>What a column holds.</summary>
/// <param name="Name">The column's name.</param>
/// <param name="Type">What its cells are.</param>
/// <param name="Integer">Whether it is a number column of whole numbers.</param>
/// <param name="Missing">Number of missing cells.</param>
/// <param name="Distinct">Number of different values, missing cells not counted.</param>
/// <param name="Min">Smallest number; null for other types and where all is missing.</param>
/// <param name="Max">Largest number; null as above.</param>
/// <param name="Mean">Mean of the numbers; null as above.</param>
/// <param name="StandardDeviation">Standard deviation of the numbers, divided by n; null as above.</param>
/// <param name="Categories">The most frequent values (at most 50, ties in ordinal order) of a boolean, category or text column; of one with over 65,536
/// distinct values only those in over a thousandth of the rows; null for numbers.</param>
public sealed record ColumnProfile(
    string Name,
    ColumnType Type,
    bool Integer,
    int Missing,
    int Distinct,
    double? Min,
    double? Max,
    double? Mean,
    double? StandardDeviation,
    IReadOnlyList<CategoryCount>? Categories)
{
    private const int MostCategories = 50;
    private const int FewestIdentifiers = 20;

    /// <summary>How many missing cells were written how: <c>""</c> is an empty cell, or one that a row of JSON lacks; null where it was not counted.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, int>? MissingSpellings { get; init; }

    /// <summary>How the numbers are spread; null for other types and where all is missing.</summary>
    public Histogram? Histogram { get; init; }

    /// <summary>Whether every cell that is present holds the same value.</summary>
    [JsonIgnore]
    public bool IsConstant => Distinct == 1;

    /// <summary>Whether every value is different and the column holds whole numbers (of at least 20 rows), categories or text.</summary>
    [JsonIgnore]
    public bool IsIdentifierLike { get; init; }

    /// <summary>The profile of a column, over all of its rows.</summary>
    public static ColumnProfile Of(Column column)
    {
        int present = column.Rows - column.Missing;
        ColumnProfile profile = column.Type == ColumnType.Number ? OfNumbers(column) : OfValues(column);
        bool couldIdentify = column.Type is ColumnType.Category or ColumnType.Text || (column.IsInteger && column.Rows >= FewestIdentifiers);
        return profile with { IsIdentifierLike = couldIdentify && present > 1 && profile.Distinct == present };
    }

    private static ColumnProfile OfNumbers(Column column)
    {
        int present = column.Rows - column.Missing;
        var moments = Moments.Of(column);
        bool any = present > 0;
        return new ColumnProfile(
            column.Name,
            column.Type,
            column.IsInteger,
            column.Missing,
            DistinctCounter.OfNumbers(present, column.Scan),
            any ? moments.Min : null,
            any ? moments.Max : null,
            any ? moments.Mean : null,
            any ? moments.StandardDeviation : null,
            Categories: null)
        {
            Histogram = Histogram.Of(column, moments),
        };
    }

    private static ColumnProfile OfValues(Column column)
    {
        (int distinct, IEnumerable<CategoryCount> counted) = column.Type == ColumnType.Boolean
            ? CountBooleans(column)
            : column is { IsLoaded: false, KnownDistinct: >= 0, Stored: { Blocks.HasTexts: true } cells }
                ? (column.KnownDistinct, FrequentTexts.Of(cells))
                : CountCategories(column);
        // A stable sort: ties stay in ordinal order
        CategoryCount[] categories = [.. counted.OrderByDescending(category => category.Count).Take(MostCategories)];
        return new ColumnProfile(column.Name, column.Type, false, column.Missing, distinct, null, null, null, null, categories);
    }

    private static (int Distinct, IEnumerable<CategoryCount> Counted) CountBooleans(Column column)
    {
        var counts = new int[2];
        column.Scan(numbers =>
        {
            foreach (double number in numbers)
            {
                if (!double.IsNaN(number))
                    counts[(int)number]++;
            }
        });
        return Counted(["false", "true"], counts);
    }

    private static (int Distinct, IEnumerable<CategoryCount> Counted) CountCategories(Column column)
    {
        if (column is { IsLoaded: false, Stored: { } stored })
            return Counted(stored.Categories, stored.CountCodes());

        var counts = new int[column.Categories.Count];
        foreach (int code in column.Codes)
        {
            if (code >= 0)
                counts[code]++;
        }

        return Counted(column.Categories, counts);
    }

    private static (int Distinct, IEnumerable<CategoryCount> Counted) Counted(IReadOnlyList<string> values, int[] counts)
        => (counts.Count(count => count > 0),
            Enumerable.Range(0, counts.Length).Where(code => counts[code] > 0).Select(code => new CategoryCount(values[code], counts[code])));
}

/// <summary>How often a value occurs.</summary>
/// <param name="Value">The value as labels write it.</param>
/// <param name="Count">Number of rows that hold it.</param>
public sealed record CategoryCount(string Value, int Count);
