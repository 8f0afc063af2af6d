using System.Numerics;
using System.Text.Json.Serialization;
using NnService.Engine.Data.Columns;
using NnService.Engine.Kernels;
using NnService.Engine.Specs;

namespace NnService.Engine.Data.Encodings;

/// <summary>How one raw column becomes inputs: its values first, then "other", then the indicator of missing cells.</summary>
public sealed record FeatureColumn
{
    /// <summary>The column's name in a table or row.</summary>
    public required string Name { get; init; }

    /// <summary>Number, boolean or category.</summary>
    public required ColumnType Type { get; init; }

    /// <summary>What is subtracted from a number, in its own units.</summary>
    public double Shift { get; init; }

    /// <summary>What a shifted number is divided by; not 0.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>Whether ln(1 + x) takes the number's place before it is shifted and scaled.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Log1p { get; init; }

    /// <summary>Whether z / √(1 + (z/3)²) takes the shifted and scaled number's place, which then lies within ±3.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Clip { get; init; }

    /// <summary>The inputs of a column of dates; null for every other column. The type is then category.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<DatePart>? Dates { get; init; }

    /// <summary>
    /// What stands in for a missing number (its mean, or its median where it is clipped; of ln(1 + x), turned back into a number, where that takes its place) or
    /// boolean (the more frequent one as 0 or 1), in the column's own units; null: nothing was there to learn it from, and the input is 0.
    /// </summary>
    public double? Imputed { get; init; }

    /// <summary>The category that stands in for a missing one, the most frequent; null: none, and the inputs are 0.</summary>
    public string? ImputedCategory { get; init; }

    /// <summary>Whether one more input says that the cell is missing: only where training rows had missing cells.</summary>
    public bool MissingIndicator { get; init; }

    /// <summary>The categories with an input of their own, in ordinal order, which is the order of the inputs.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>Whether one more input stands for every other category.</summary>
    public bool HasOther { get; init; }

    /// <summary>
    /// The categories of the training rows that share the input for others, in ordinal order; null where there are none, or more than 500:
    /// then a category that training did not see cannot be told from them.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? OtherCategories { get; init; }

    /// <summary>
    /// Of more than 500 such categories those that spell a missing cell elsewhere, such as NA, in ordinal order: what the training rows held is a word
    /// all the same. Null where there are none.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? OtherMissingSpellings { get; init; }

    /// <summary>More categories than this are not kept by name.</summary>
    internal const int MostOtherCategories = 500;

    /// <summary>Index of the first of the column's inputs; set by the encoding.</summary>
    public int Offset { get; init; }

    /// <summary>Number of inputs.</summary>
    [JsonIgnore]
    public int Width => Values + (MissingIndicator ? 1 : 0);

    /// <summary>Whether the column is a category with an input for each of its values.</summary>
    [JsonIgnore]
    internal bool IsOneHot => Type == ColumnType.Category && Dates is null && Values > 0;

    /// <summary>The inputs of a category, of which at most one is 1.</summary>
    [JsonIgnore]
    internal int OneHotWidth => Values;

    /// <summary>Numbers in a compact row: a category is one.</summary>
    [JsonIgnore]
    internal int CompactWidth => IsOneHot ? Width - Values + 1 : Width;

    /// <summary>Number of inputs without the indicator.</summary>
    private int Values => Dates is not null ? Dates.Count : Type == ColumnType.Category ? Categories.Count + (HasOther ? 1 : 0) : 1;

    /// <summary>Names of the inputs: the column's, <c>column=category</c>, <c>column=(other)</c>, <c>column.year</c> and <c>column is missing</c>.</summary>
    internal IEnumerable<string> InputNames()
    {
        if (Type != ColumnType.Category)
            yield return Name;
        foreach (DatePart part in Dates ?? [])
            yield return $"{Name}.{EnumNames<DatePartKind>.Of(part.Kind)}";
        foreach (string category in Categories)
            yield return $"{Name}={category}";
        if (HasOther)
            yield return $"{Name}=(other)";
        if (MissingIndicator)
            yield return $"{Name} is missing";
    }

    /// <summary>Index among the column's own inputs of a category; -1 where it has none.</summary>
    internal int InputOf(string category)
    {
        int own = IndexIn(Categories, category);
        return own >= 0 ? own : HasOther ? Categories.Count : -1;
    }

    /// <summary>Whether a category, whose input is known, is one that the training rows did not hold.</summary>
    internal bool IsUnseen(string category, int input) =>
        input < 0 || (input == Categories.Count && OtherCategories is { } others && IndexIn(others, category) < 0);

    /// <summary>Whether the training rows held a category, as far as its name was kept.</summary>
    internal bool Knows(string category) => WordLists.Any(words => IndexIn(words, category) >= 0);

    /// <summary>The categories of the training rows whose names were kept, in up to three lists, each in ordinal order.</summary>
    [JsonIgnore]
    internal IEnumerable<IReadOnlyList<string>> WordLists => [Categories, OtherCategories ?? [], OtherMissingSpellings ?? []];

    private static int IndexIn(IReadOnlyList<string> categories, string category)
    {
        int low = 0;
        int high = categories.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            int order = string.CompareOrdinal(categories[middle], category);
            if (order == 0)
                return middle;
            if (order < 0)
                low = middle + 1;
            else
                high = middle - 1;
        }

        return -1;
    }

    /// <summary>Whether the training rows held one value at most, so that the input is next to 0 whatever another row has.</summary>
    [JsonIgnore]
    public bool IsOfOneValue => Dates is [var only] ? only.Scale == Scaling.OfOneValue : Scale == Scaling.OfOneValue;

    /// <summary>Whether (x − shift) / scale is all that is done to a number.</summary>
    internal bool IsScaledAlone => !Log1p && !Clip;

    /// <summary>The input for a number or boolean.</summary>
    internal double Scaled(double value)
    {
        double scaled = Scaling.Apply(Log1p ? Transcendentals.Log1p(value) : value, Shift, Scale);
        return Clip ? Scaling.Clip(scaled) : scaled;
    }

    /// <summary>The number, in the column's own units, whose input is 0; null for a category, and where it is too large.</summary>
    [JsonIgnore]
    public double? ZeroInput =>
        Type != ColumnType.Category && (Log1p ? Transcendentals.Expm1(Shift) : Shift) is var zero && double.IsFinite(zero) ? zero : null;

    /// <summary>Whether the number is one that the column's logarithm does not take.</summary>
    internal bool IsBelowLogarithm(double value) => Log1p && value <= -1;

    /// <summary>Writes the inputs of a missing cell into [at least Width] zeros.</summary>
    internal void WriteMissing<T>(Span<T> inputs)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Type != ColumnType.Category)
            inputs[0] = T.CreateTruncating(Imputed is { } value ? Scaled(value) : 0);
        else if (ImputedCategory is { } category && InputOf(category) is >= 0 and var input)
            inputs[input] = T.One; // the inputs of a missing date stay 0, which is their mean
        if (MissingIndicator)
            inputs[Width - 1] = T.One;
    }

    /// <summary>The same for a compact row, [at least CompactWidth] zeros.</summary>
    internal void WriteMissingCompact<T>(Span<T> numbers)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!IsOneHot)
        {
            WriteMissing(numbers);
            return;
        }

        numbers[0] = T.CreateTruncating(ImputedCategory is { } category ? InputOf(category) : -1);
        if (MissingIndicator)
            numbers[1] = T.One;
    }
}
