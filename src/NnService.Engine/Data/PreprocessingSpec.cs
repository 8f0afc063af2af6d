using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using NnService.Engine.Specs;

namespace NnService.Engine.Data;

/// <summary>How number columns are scaled: (x − shift) / scale.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<NumericScaling>))]
public enum NumericScaling
{
    /// <summary>Shift is the mean, scale the standard deviation (divided by n).</summary>
    Standardize,

    /// <summary>To [0, 1]: shift is the smallest value, scale the range.</summary>
    MinMax,

    /// <summary>Shift is the median, scale the range between the quartiles (linear interpolation).</summary>
    Robust,

    /// <summary>As given.</summary>
    None,
}

/// <summary>How regression targets are scaled inside; predictions come back in their own units either way.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<TargetScaling>))]
public enum TargetScaling
{
    /// <summary>Mean and standard deviation (divided by n) of the training rows.</summary>
    Standardize,

    /// <summary>As given.</summary>
    None,
}

/// <summary>What happens to missing cells of features.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<MissingCells>))]
public enum MissingCells
{
    /// <summary>The mean or most frequent value takes their place, beside an input that says so.</summary>
    Impute,

    /// <summary>They are an error.</summary>
    Error,
}

/// <summary>A fixed scaling of one number column: (x − shift) / scale.</summary>
public sealed record ColumnScaling
{
    /// <summary>What is subtracted.</summary>
    [Description("Subtracted from the value.")]
    public double Shift { get; init; }

    /// <summary>What is divided by; finite and not 0.</summary>
    [Description("The shifted value is divided by this; not 0.")]
    public double Scale { get; init; } = 1;
}

/// <summary>How raw columns become inputs of a network; everything in it is fitted on the training rows alone.</summary>
public sealed record PreprocessingSpec
{
    /// <summary>Scaling of number columns.</summary>
    [Description("Scaling of number columns: standardize (mean and standard deviation), minMax (to 0…1), robust (median and quartiles) or none.")]
    public NumericScaling Numeric { get; init; } = NumericScaling.Standardize;

    /// <summary>Fixed scalings by column name, in place of <c>numeric</c>; null: none.</summary>
    [Description("Fixed shift and scale of single columns: (x − shift) / scale.")]
    public IReadOnlyDictionary<string, ColumnScaling>? Columns { get; init; }

    /// <summary>Scaling of regression targets.</summary>
    [Description("Scaling of regression targets during training; predictions come back in their own units.")]
    public TargetScaling Target { get; init; } = TargetScaling.Standardize;

    /// <summary>What happens to missing cells of features.</summary>
    [Description("Missing cells: impute (mean or most frequent value, and an input that says so) or error.")]
    public MissingCells Missing { get; init; } = MissingCells.Impute;

    /// <summary>Most inputs one category column gets; rarer values share one more.</summary>
    [Range(1, 10_000)]
    [Description("Most categories of a column that get an input of their own; the rest share one.")]
    public int MaxCategories { get; init; } = 64;

    /// <summary>What is wrong with the values themselves, pointers relative to this object; empty where nothing is.</summary>
    public IReadOnlyList<SpecProblem> Validate()
    {
        var problems = new List<SpecProblem>();
        if (MaxCategories is < 1 or > 10_000)
            problems.Add(new SpecProblem("/maxCategories", "maxCategories must be between 1 and 10,000."));
        foreach ((string name, ColumnScaling scaling) in Columns ?? new Dictionary<string, ColumnScaling>())
        {
            string pointer = "/columns/" + SpecJson.Escape(name);
            if (scaling is null)
                problems.Add(new SpecProblem(pointer, $"The scaling of column \"{name}\" must be an object with shift and scale."));
            else if (!double.IsFinite(scaling.Shift))
                problems.Add(new SpecProblem(pointer + "/shift", $"The shift of column \"{name}\" must be a finite number."));
            else if (!double.IsFinite(scaling.Scale) || scaling.Scale == 0)
                problems.Add(new SpecProblem(pointer + "/scale", $"The scale of column \"{name}\" must be a finite number other than 0."));
        }

        return problems;
    }

    /// <summary>What is wrong with the values for these features of a table, pointers relative to this object; empty where nothing is.</summary>
    public IReadOnlyList<SpecProblem> Validate(Table table, IReadOnlyList<string> features)
    {
        var problems = new List<SpecProblem>(Validate());
        foreach (string name in Columns?.Keys ?? [])
        {
            if (!features.Contains(name))
                problems.Add(new SpecProblem("/columns/" + SpecJson.Escape(name), $"A scaling is given for column \"{name}\", which is not a feature."));
            else if (table.Find(name) is { Type: not ColumnType.Number })
                problems.Add(new SpecProblem("/columns/" + SpecJson.Escape(name), $"A scaling is given for column \"{name}\", which does not hold numbers."));
        }

        return problems;
    }
}
