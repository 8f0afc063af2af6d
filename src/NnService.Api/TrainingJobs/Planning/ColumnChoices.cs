using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Encodings;

namespace NnService.Api.TrainingJobs.Planning;

/// <summary>
/// What is chosen column by column where a job leaves <c>numeric</c> or <c>maxCategories</c> out (decision 52). It stands in the resolved preprocessing,
/// which says the same when it is posted again.
/// </summary>
/// <param name="split">The rows.</param>
/// <param name="asked">What was asked of the columns.</param>
/// <param name="target">The encoding of the target; null where it has none.</param>
internal sealed class ColumnChoices(SplitPlan split, PreprocessingSpec asked, TargetEncoding? target)
{
    private const double HeavyTail = 2; // skewness; an exponential distribution has 2
    private const int FewRows = 20; // in fewer, a skewness is chance

    // The rows that the training goes by: the validation part says when it ends.
    private readonly Lazy<ReadOnlyMemory<int>> _lookedAt = new(() =>
        split.Parts.Validation.IsEmpty ? split.Parts.Train : SplitPlan.InOrder(split.Parts.Train, split.Parts.Validation));

    // Not before it is asked for: the target of a model to start from need not fit these rows, which is told at the end.
    private readonly Lazy<LinearTrend?> _trend = new(() =>
        target is null ? null : new LinearTrend(split.Columns.Request.Table, target, split.Parts.Train.Span));

    private readonly Dictionary<string, ColumnScaling> _chosen = new(StringComparer.Ordinal);
    private readonly List<string> _warnings = [];

    /// <summary>A sentence for each choice that is to be known.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>The preprocessing with every default and every choice filled in.</summary>
    public PreprocessingSpec Resolved => asked with
    {
        Numeric = asked.Numeric ?? NumericScaling.Standardize,
        MaxCategories = asked.MaxCategories ?? CategoryCap.Usual,
        IgnoreConstants = asked.IgnoreConstants ?? true,
        Columns = new Dictionary<string, ColumnScaling>((asked.Columns ?? new Dictionary<string, ColumnScaling>())
            .Where(column => !column.Value.IsEmpty)
            .Select(column => KeyValuePair.Create(column.Key, InFull(column.Key, column.Value)))
            .Concat(_chosen)),
    };

    /// <summary>How a column is encoded of which nothing is said; null: like all others.</summary>
    /// <param name="cells">The whole column.</param>
    public ColumnScaling? Of(Column cells)
    {
        var choice = cells.Type == ColumnType.Number && asked.Numeric is null ? OfNumbers(cells)
            : cells.Type == ColumnType.Category && asked.MaxCategories is null ? OfCategories(cells)
            : null;
        if (choice is not null)
            _chosen.Add(cells.Name, choice);
        return choice;
    }

    // A number column that is told to have no transform says how it is scaled, as one that was saved before with neither was not scaled (StoredConfiguration).
    private ColumnScaling InFull(string name, ColumnScaling given) => given is { Transform: NumberTransform.None, IsFixed: false, Numeric: null }
        ? given with { Numeric = OfModel(name) ?? asked.Numeric ?? NumericScaling.Standardize } : given;

    // A warm start keeps the model's way, of which only the bend is told apart; null: there is no such start, or no such column.
    private NumericScaling? OfModel(string name) => split.Columns.Request.Start?.Feature(name) is not { } column ? null
        : column.Clip ? NumericScaling.RobustClip : NumericScaling.Standardize;

    private ColumnScaling? OfNumbers(Column cells)
    {
        if (TableFlaws.ExtremeScaled(cells, split.Parts.Train) is { } warning)
        {
            _warnings.Add(warning);
            return new ColumnScaling { Numeric = NumericScaling.RobustClip };
        }

        var train = split.Parts.Train;
        if (train.Length >= FewRows && IsAmount(cells) && Skewness.Of(cells, train) > HeavyTail && _trend.Value?.IsLostInLogarithm(cells) != true)
            return new ColumnScaling { Transform = NumberTransform.Log1p };
        if (TableFlaws.FarScaled(cells, _lookedAt.Value.Span) is not { } far)
            return null;
        _warnings.Add(far);
        return new ColumnScaling { Numeric = NumericScaling.RobustClip };
    }

    private ColumnScaling? OfCategories(Column cells)
    {
        if (asked.Dates == DateCells.Parts && DatePart.IsColumnOfDates(cells))
            return null;
        if (CategoryCap.Of(cells, target, split.Columns.Request.Table, split.Parts.Train) is not { } cap)
            return null;
        if (cap.Most < cap.Categories)
            _warnings.Add($"Column \"{cells.Name}\" has {cap.Categories:N0} categories in the training rows, and the {cap.Categories - cap.Most:N0} rarest "
                + $"share one input. To tell more of them apart, set \"preprocessing\": {{\"maxCategories\": {cap.Categories}}}.");
        return cap.Most == CategoryCap.Usual ? null : new ColumnScaling { MaxCategories = cap.Most };
    }

    // Never negative, in whatever part: a logarithm must not fail in one of them. A flag of 0 and 1 has no tail.
    private static bool IsAmount(Column cells)
    {
        var isFlag = true;
        foreach (var number in cells.Numbers)
        {
            if (number < 0)
                return false;
            isFlag &= number is 0 or 1 or double.NaN;
        }

        return !isFlag;
    }
}
