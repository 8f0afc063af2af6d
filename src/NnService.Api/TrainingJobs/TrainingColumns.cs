using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Losses;
using NnService.Engine.Specs;

namespace NnService.Api.TrainingJobs;

/// <summary>Which columns of a dataset a training predicts, as what, and from which.</summary>
/// <param name="asked">What was asked for.</param>
/// <param name="table">The dataset.</param>
/// <param name="problems">Receives what does not fit.</param>
/// <param name="warnings">Receives what was decided without being asked.</param>
internal sealed class TrainingColumns(TrainingConfiguration asked, Table table, List<SpecProblem> problems, List<string> warnings)
{
    /// <summary>A sentence that says that a number column was taken for classes; null where it was not, or where something asked for says classes.</summary>
    public string? Guess { get; private set; }

    /// <summary>The columns to predict; null, and problems added, where they cannot be.</summary>
    public IReadOnlyList<string>? Targets()
    {
        if (asked.Target is not { Columns: { Count: > 0 } targets })
        {
            problems.Add(new SpecProblem("#/target", $"target is missing; name the column to predict. The dataset has {NameList.Of(table.Columns.Select(column => column.Name))}."));
            return null;
        }

        for (var i = 0; i < targets.Count; i++)
        {
            var pointer = targets.Count == 1 ? "#/target" : $"#/target/{i}";
            if (table.Find(targets[i]) is not { } column)
                problems.Add(new SpecProblem(pointer, $"The dataset has no column \"{Echo.Cut(targets[i])}\"; it has {NameList.Of(table.Columns.Select(there => there.Name))}."));
            else if (column.Type == ColumnType.Text)
                problems.Add(new SpecProblem(pointer, TooManyValues(targets[i])));
            else if (targets.Count > 1 && !column.IsNumeric)
                problems.Add(new SpecProblem(pointer, $"Column \"{targets[i]}\" does not hold numbers; several targets are for regression."));
            else if (column.Missing == column.Rows)
                problems.Add(new SpecProblem(pointer, $"Column \"{targets[i]}\" is missing in every row."));
        }

        return problems.Count == 0 ? targets : null;
    }

    /// <summary>What is predicted: as asked, or as the target column suggests.</summary>
    public TaskKind Task(IReadOnlyList<string> targets, NetworkSpec? network)
    {
        if (asked.Task is { } said)
            return said;
        if (targets.Count > 1)
            return TaskKind.Regression;
        var column = table.Find(targets[0])!;
        var saysClasses = network?.EndsInSoftmax == true || asked.Loss is { Link: not OutputLink.Identity };
        var task = TargetEncoding.InferTask(column, saysClasses);
        if (column.Type != ColumnType.Number || saysClasses || task == TaskKind.Regression)
            return task;
        var labels = LabelOrder.Distinct(column, TargetEncoding.MostIntegerClasses);
        Guess = $"Column \"{column.Name}\" holds {(labels == 1 ? "1 whole number" : $"{labels} different whole numbers")} and was taken for classes "
            + $"({(task == TaskKind.BinaryClassification ? "binaryClassification" : "multiclassClassification")}); to predict it as a number, "
            + "set task to regression: \"task\": \"regression\".";
        if (task == TaskKind.MulticlassClassification)
            warnings.Add(Guess);
        return task;
    }

    /// <summary>The columns to predict from, with problems added where there are any.</summary>
    public List<string> Features(IReadOnlyList<string> targets, NetworkSpec? network)
    {
        var notFeatures = new HashSet<string>(targets.Concat(asked.Ignore ?? []), StringComparer.Ordinal);
        for (var i = 0; i < asked.Ignore?.Count; i++)
            if (table.Find(asked.Ignore[i]) is null)
                problems.Add(new SpecProblem($"#/ignore/{i}", $"The dataset has no column \"{Echo.Cut(asked.Ignore[i])}\"."));
        if (asked.Features is { } named)
        {
            if (named.Count == 0)
                problems.Add(new SpecProblem("#/features", "features is empty; name at least one column, or leave it out."));
            for (var i = 0; i < named.Count; i++)
                if (WhyNoFeature(named, i, targets) is { } why)
                    problems.Add(new SpecProblem($"#/features/{i}", why));
            return [.. named];
        }

        if (asked.Split is { } split)
            notFeatures.UnionWith(new[] { split.Column, split.GroupBy }.OfType<string>());
        var chosen = new List<string>();
        var dropped = new List<string>();
        foreach (var column in table.Columns.Where(column => !notFeatures.Contains(column.Name)))
        {
            // Text cannot be encoded at all, but where it is dates; the rest is dropped only where neither features nor inputs say what is wanted.
            var isDates = IsDates(column.Name);
            var reason = column.Type == ColumnType.Text && !isDates ? "text with too many distinct values"
                : network?.Inputs is not null || network?.Layers[0].FixedInputs is not null ? null
                : ColumnSuspicion.Of(column) switch
                {
                    Suspicion.Missing => "missing in every row",
                    Suspicion.Constant => "the same in every row",
                    Suspicion.Identifier when !isDates => "different in every row, as an identifier is",
                    _ => null,
                };
            if (reason is null)
            {
                chosen.Add(column.Name);
                continue;
            }

            dropped.Add($"\"{column.Name}\" is {reason}");
            warnings.Add($"Column \"{column.Name}\" was left out: it is {reason}. "
                + (column.Type == ColumnType.Text && !isDates
                    ? "What repeats in it may be uploaded as columns of their own; dates are read where every cell is one, as 2024-05-31."
                    : "Name it in features to use it."));
        }

        if (chosen.Count == 0)
            problems.Add(new SpecProblem("#/features", NoneLeft(targets, dropped)));
        return chosen;
    }

    private string NoneLeft(IReadOnlyList<string> targets, List<string> dropped)
    {
        const int MostNamed = 12;
        string[] reasons =
        [
            .. dropped,
            .. table.Columns.Where(column => !targets.Contains(column.Name)).Select(column =>
                asked.Ignore?.Contains(column.Name) == true ? $"\"{column.Name}\" is in ignore"
                : asked.Split is { } split && (split.Column == column.Name || split.GroupBy == column.Name) ? $"\"{column.Name}\" is used by split"
                : null).OfType<string>(),
        ];
        if (reasons.Length == 0)
            return "No column is left to predict from: the dataset has none besides the target.";
        var more = reasons.Length > MostNamed ? $"; and {reasons.Length - MostNamed:N0} more" : "";
        return $"No column is left to predict from: {string.Join("; ", reasons.Take(MostNamed))}{more}. Name the features.";
    }

    private string? WhyNoFeature(IReadOnlyList<string> named, int i, IReadOnlyList<string> targets) =>
        table.Find(named[i]) is not { } column ? $"The dataset has no column \"{Echo.Cut(named[i])}\"; it has {NameList.Of(table.Columns.Select(there => there.Name))}."
        : targets.Contains(named[i]) ? $"\"{named[i]}\" is the target; it cannot be a feature too."
        : asked.Ignore?.Contains(named[i]) == true ? $"\"{named[i]}\" is in ignore too; take it out of one of them."
        : named.Take(i).Contains(named[i]) ? $"\"{named[i]}\" stands there twice."
        : column.Type == ColumnType.Text && !IsDates(named[i]) ? $"\"{named[i]}\" is text: it has too many distinct values to encode."
        : null;

    private string TooManyValues(string target) =>
        $"Column \"{target}\" is text: it has too many distinct values to be told apart.{(TargetReading.Remark(table, target) is { } remark ? $" It {remark}" : "")}";

    private bool IsDates(string column) => (asked.Preprocessing ?? new PreprocessingSpec()).Dates == DateCells.Parts && DatePart.IsColumnOfDates(table.Find(column)!);
}
