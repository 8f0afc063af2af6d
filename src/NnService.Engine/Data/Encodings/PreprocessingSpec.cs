using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using NnService.Engine.Data.Columns;
using NnService.Engine.Specs;

namespace NnService.Engine.Data.Encodings;

/// <summary>How number columns are scaled: (x − shift) / scale.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<NumericScaling>))]
public enum NumericScaling
{
    /// <summary>Shift is the mean, scale the standard deviation (divided by n).</summary>
    Standardize,

    /// <summary>To [0, 1]: shift is the smallest value, scale the range.</summary>
    MinMax,

    /// <summary>Shift is the median, scale the range between the quartiles (linear interpolation); the whole range where the quartiles are equal.</summary>
    Robust,

    /// <summary>
    /// The same, half the range where the quartiles are equal, and then z / √(1 + (z/3)²): no value lies beyond ±3. A missing one is taken for the median.
    /// </summary>
    RobustClip,

    /// <summary>As given.</summary>
    None,
}

/// <summary>How regression targets are scaled inside; predictions come back in their own units either way.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<TargetScaling>))]
public enum TargetScaling
{
    /// <summary>Mean and standard deviation (divided by n) of the training rows.</summary>
    Standardize,

    /// <summary>ln(1 + y), and of that mean and standard deviation: for amounts whose largest values are many times the usual one.</summary>
    Log1p,

    /// <summary>As given.</summary>
    None,
}

/// <summary>What happens to missing cells of features.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<MissingCells>))]
public enum MissingCells
{
    /// <summary>
    /// The mean or most frequent value takes their place, beside an input that says so. Where numbers are scaled by robustClip it is their median, and where log1p
    /// comes before, either is that of ln(1 + x), turned back into a number.
    /// </summary>
    Impute,

    /// <summary>They are an error.</summary>
    Error,
}

/// <summary>What a number goes through before it is shifted and scaled.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<NumberTransform>))]
public enum NumberTransform
{
    /// <summary>As it is.</summary>
    None,

    /// <summary>ln(1 + x), for amounts and counts whose largest values are many times the usual one; x must be greater than −1.</summary>
    Log1p,
}

/// <summary>What columns of ISO dates become.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<DateCells>))]
public enum DateCells
{
    /// <summary>Numbers: days, year, month, day, weekday and, where there are times, seconds; each standardised.</summary>
    Parts,

    /// <summary>What they are otherwise: categories, or text that cannot be used.</summary>
    None,
}

/// <summary>Which rows shifts, scales and categories are learnt from.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<FittedRows>))]
public enum FittedRows
{
    /// <summary>The training part: the figures of the others are those of rows that nothing has been learnt from.</summary>
    Train,

    /// <summary>All parts, so that trainings on different parts of a table have the same inputs and can answer together.</summary>
    All,
}

/// <summary>How one column is encoded where it differs from the others. A number column: (x − shift) / scale with both given; or fitted, in a way of its own or
/// behind a transform. A category: how many of its values get an input.</summary>
public sealed record ColumnScaling
{
    /// <summary>What is subtracted; null: 0 where a scale is given, and fitted where none is.</summary>
    [Description("Subtracted from the value.")]
    public double? Shift { get; init; }

    /// <summary>What is divided by, finite and not 0; null: 1 where a shift is given, and fitted where none is.</summary>
    [Description("The shifted value is divided by this; not 0.")]
    public double? Scale { get; init; }

    /// <summary>What comes before; null: nothing.</summary>
    [Description("log1p: ln(1 + x) takes the value's place, for heavy tails; shift and scale are then of the logarithms, and learnt where left out.")]
    public NumberTransform? Transform { get; init; }

    /// <summary>The way in which shift and scale are fitted; null: as <c>numeric</c> says.</summary>
    [Description("How shift and scale are learnt, in place of preprocessing's numeric: standardize, minMax, robust, robustClip or none.")]
    public NumericScaling? Numeric { get; init; }

    /// <summary>Most inputs of a category column; null: as <c>maxCategories</c> says of all.</summary>
    [Range(1, 10_000)]
    [Description("Most categories of the column that get an input of their own, in place of preprocessing's maxCategories.")]
    public int? MaxCategories { get; init; }

    /// <summary>Whether only the number of categories is given.</summary>
    [JsonIgnore]
    internal bool IsOfCategory => MaxCategories is not null && Shift is null && Scale is null && Transform is null && Numeric is null;

    /// <summary>Whether shift and scale are given rather than fitted.</summary>
    [JsonIgnore]
    public bool IsFixed => Shift is not null || Scale is not null;

    /// <summary>Whether nothing is given, as if the column were not named.</summary>
    [JsonIgnore]
    public bool IsEmpty => this == s_empty;

    private static readonly ColumnScaling s_empty = new();
}

/// <summary>How raw columns become inputs of a network; everything in it is fitted on the training rows alone unless <c>fitOn</c> says otherwise.</summary>
public sealed record PreprocessingSpec
{
    /// <summary>Scaling of number columns; null: standardized, unless a column is better served otherwise.</summary>
    [Description("Scaling of number columns; left out: chosen column by column, as the job's configuration then says: standardize (mean and standard "
        + "deviation), minMax (to 0…1), robust (median and quartiles), robustClip (the same, and nothing beyond 3) or none.")]
    public NumericScaling? Numeric { get; init; }

    /// <summary>What differs in single columns, by name: a scaling, a transform, how many categories; null: nothing.</summary>
    [Description("What differs in single columns: shift and scale, (x − shift) / scale; numeric or a transform; maxCategories of a category.")]
    public IReadOnlyDictionary<string, ColumnScaling>? Columns { get; init; }

    /// <summary>Scaling of regression targets.</summary>
    [Description("Scaling of regression targets during training: standardize, log1p (of ln(1 + y), for heavy tails) or none; "
        + "predictions come back in their own units.")]
    public TargetScaling Target { get; init; } = TargetScaling.Standardize;

    /// <summary>
    /// What happens to missing cells of features. They are imputed by the mean of a number column (under robustClip by the median, under log1p by that of ln(1 + x),
    /// turned back into a number) or by the most frequent value, and an input says so; or they are an error.
    /// </summary>
    [Description("Missing cells: impute (the mean of numbers, the median under robustClip, under log1p that of ln(1 + x), turned back; or the most frequent value; "
        + "and an input that says so) or error.")]
    public MissingCells Missing { get; init; } = MissingCells.Impute;

    /// <summary>Most inputs one category column gets; rarer values share one more. Null: 64, or more where a column has more that are frequent or tell the
    /// target.</summary>
    [Range(1, 10_000)]
    [Description("Most categories of a column that get an input of their own; the rest share one. Left out: chosen column by column, as the job's "
        + "configuration then says: 64, and more where more of them are frequent or tell the target.")]
    public int? MaxCategories { get; init; }

    /// <summary>What columns of ISO dates become.</summary>
    [Description("Columns in which every value is an ISO date: parts (days, year, month, day, weekday, and seconds where there are times) or none (an ordinary "
        + "category or text).")]
    public DateCells Dates { get; init; } = DateCells.Parts;

    /// <summary>Which rows all this is learnt from; null: the training part.</summary>
    [Description("Which rows shifts, scales and categories, those of the target too, are learnt from: train (default) or all, by which trainings on different "
        + "parts of a table have the same inputs.")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public FittedRows? FitOn { get; init; }

    /// <summary>Whether what has one value in all of those rows, a number, a boolean or a part of a date, counts for nothing in answers, whatever stands there
    /// later; null: it does.</summary>
    [Description("Whether a number, a boolean or a part of a date that has one value in all of these rows counts for nothing in answers (default true). With false "
        + "another value counts by weights that have learnt nothing of it, as before 2026-11-30. A job that starts from a model keeps its encoding.")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? IgnoreConstants { get; init; }

    /// <summary>What differs in a column; null: nothing.</summary>
    /// <param name="column">Its name.</param>
    public ColumnScaling? Of(string column) => Columns?.GetValueOrDefault(column) is { IsEmpty: false } scaling ? scaling : null;

    /// <summary>What is wrong with the values themselves, pointers relative to this object; empty where nothing is.</summary>
    public IReadOnlyList<SpecProblem> Validate()
    {
        var problems = new List<SpecProblem>(SpecCheck.Problems(this, ""));
        foreach ((string name, ColumnScaling scaling) in Columns ?? new Dictionary<string, ColumnScaling>())
        {
            string pointer = "/columns/" + SpecJson.Escape(name);
            if (scaling is null)
                problems.Add(new SpecProblem(pointer, $"What differs in column \"{name}\" must be an object, such as {{\"numeric\": \"robust\"}}."));
            else if (!double.IsFinite(scaling.Shift ?? 0))
                problems.Add(new SpecProblem(pointer + "/shift", $"The shift of column \"{name}\" must be a finite number."));
            else if (scaling.Numeric is not null && (scaling.Shift ?? scaling.Scale) is not null)
                problems.Add(new SpecProblem(
                    pointer + "/numeric", $"Column \"{name}\" has a shift or a scale, so there is nothing to learn; leave numeric out, or them."));
            else if (!double.IsFinite(scaling.Scale ?? 1) || scaling.Scale == 0)
                problems.Add(new SpecProblem(pointer + "/scale", $"The scale of column \"{name}\" must be a finite number other than 0."));
        }

        return problems;
    }

    /// <summary>What is wrong with the values for these features of a table, pointers relative to this object; empty where nothing is.</summary>
    public IReadOnlyList<SpecProblem> Validate(Table table, IReadOnlyList<string> features)
    {
        var problems = new List<SpecProblem>(Validate());
        HashSet<string> known = Columns is { Count: > 0 } ? features.ToHashSet(StringComparer.Ordinal) : [];
        foreach ((string name, ColumnScaling scaling) in Columns ?? new Dictionary<string, ColumnScaling>())
        {
            if (!known.Contains(name))
                problems.Add(new SpecProblem("/columns/" + SpecJson.Escape(name), $"A scaling is given for column \"{name}\", which is not a feature."));
            else if (scaling is { IsEmpty: true })
                continue;
            else if (scaling is { IsOfCategory: true } && table.Find(name) is { Type: not ColumnType.Category })
                problems.Add(new SpecProblem(
                    "/columns/" + SpecJson.Escape(name) + "/maxCategories", $"Column \"{name}\" is no category column; leave maxCategories out."));
            else if (scaling is not { IsOfCategory: true } && table.Find(name) is { Type: not ColumnType.Number })
                problems.Add(new SpecProblem("/columns/" + SpecJson.Escape(name), $"A scaling is given for column \"{name}\", which does not hold numbers."));
            else if (scaling is { Transform: NumberTransform.Log1p } && FirstBelow(table.Find(name)) is { } row)
                problems.Add(new SpecProblem("/columns/" + SpecJson.Escape(name) + "/transform", NoLogarithm(table.Find(name)!, row)));
        }

        return problems;
    }

    /// <summary>What is wrong with the scaling of the targets of a regression; null where nothing is.</summary>
    public SpecProblem? ValidateTargets(Table table, IReadOnlyList<string> targets)
    {
        foreach (Column column in targets.Select(table.Find).OfType<Column>())
        {
            if (Target == TargetScaling.Log1p && FirstBelow(column) is { } row)
                return new SpecProblem("/target", NoLogarithm(column, row));
        }

        return null;
    }

    private static int? FirstBelow(Column? column)
    {
        ReadOnlySpan<double> numbers = column is { IsNumeric: true } ? column.InMemory().Numbers : [];
        for (int row = 0; row < numbers.Length; row++)
        {
            if (numbers[row] <= -1)
                return row;
        }

        return null;
    }

    private static string NoLogarithm(Column column, int row)
        => $"Column \"{column.Name}\" holds {column.TextAt(row)} in row {row} (counted from 0); log1p takes numbers greater than -1.";
}
