using NnService.Engine.Data;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Data.Splits;
using NnService.Engine.Losses;
using NnService.Engine.Specs;

namespace NnService.Api.TrainingJobs.Planning;

/// <summary>Which columns of a dataset a training predicts, as what, and from which.</summary>
/// <param name="Request">What was asked for.</param>
/// <param name="Targets">The columns to predict.</param>
/// <param name="Task">What is predicted.</param>
/// <param name="Features">The columns to predict from.</param>
/// <param name="Split">How to divide the rows; the columns it names are there.</param>
internal sealed record ColumnPlan(PlanRequest Request, IReadOnlyList<string> Targets, TaskKind Task, IReadOnlyList<string> Features, SplitSpec Split)
{
    // Where a task that was only guessed may be the reason for a refusal.
    private static readonly string[] s_followFromTask = ["#/target", "#/network", "#/loss", "#/split/method", "#/preprocessing/target"];

    public static ColumnPlan? Of(PlanRequest request, Findings findings)
    {
        if (TargetsOf(request, findings) is not { } targets)
            return null;
        var task = TaskOf(request, targets, findings);
        var predicted = targets.ToHashSet(StringComparer.Ordinal);
        var features = FeaturesOf(request, predicted, findings);
        if (request.Asked.RowWeights is { } weights && WhyNoWeights(request, weights, predicted) is { } why)
            findings.Refuse("#/rowWeights", why);
        var split = request.Asked.Split ?? new SplitSpec();
        findings.Refuse(split.Validate(request.Table, task != TaskKind.Regression), "#/split");
        foreach (var (column, property) in new[] { (split.GroupBy, "groupBy"), (split.Column, "column") })
            if (column is not null && predicted.Contains(column))
                findings.Refuse($"#/split/{property}", $"\"{column}\" is the target: rows cannot be split by what is to be predicted. Name another column.");
        return new ColumnPlan(request, targets, task, features, split);
    }

    // Null, and problems added, where they cannot be predicted.
    private static IReadOnlyList<string>? TargetsOf(PlanRequest request, Findings findings)
    {
        var table = request.Table;
        if (request.Asked.Target is not { Columns: { Count: > 0 } targets })
        {
            findings.Refuse("#/target", $"target is missing; name the column to predict. The dataset has {NearestNames.List(table.ColumnNames)}.");
            return null;
        }

        var areThere = true;
        var (missing, before) = (new MissingColumns(table), new HashSet<string>(StringComparer.Ordinal));
        for (var i = 0; i < targets.Count; i++)
        {
            if ((!before.Add(targets[i]) ? $"\"{targets[i]}\" stands there twice." : WhyNoTarget(table, targets[i], targets.Count, missing)) is not { } why)
                continue;
            findings.Refuse(targets.Count == 1 ? "#/target" : $"#/target/{i}", why);
            areThere = false;
        }

        return areThere ? targets : null;
    }

    private static string? WhyNoTarget(Table table, string name, int targets, MissingColumns missing) =>
        table.Find(name) is not { } column ? missing.Say(name)
        : column.Type == ColumnType.Text ? TooManyValues(table, name)
        : targets > 1 && !column.IsNumeric ? $"Column \"{name}\" does not hold numbers; several targets are for regression."
        : column.Missing == column.Rows ? $"Column \"{name}\" is missing in every row."
        : null;

    // As asked, or as the target column suggests.
    private static TaskKind TaskOf(PlanRequest request, IReadOnlyList<string> targets, Findings findings)
    {
        var (asked, network) = (request.Asked, request.Network);
        if (asked.Task is { } said)
            return said;
        if (targets.Count > 1)
            return TaskKind.Regression;
        var column = request.Table.Find(targets[0])!;
        var saysClasses = network?.EndsInSoftmax == true || asked.Loss is { Link: not OutputLink.Identity };
        var task = TargetEncoding.InferTask(column, saysClasses);
        if (column.Type != ColumnType.Number || saysClasses || task == TaskKind.Regression)
            return task;
        var labels = LabelOrder.Distinct(column, TargetEncoding.MostIntegerClasses);
        var guess = $"Column \"{column.Name}\" holds {(labels == 1 ? "1 whole number" : $"{labels} different whole numbers")} and was taken for classes "
            + $"({(task == TaskKind.BinaryClassification ? "binaryClassification" : "multiclassClassification")}); to predict it as a number, "
            + "set task to regression: \"task\": \"regression\".";
        findings.Explain(guess, s_followFromTask);
        if (task == TaskKind.MulticlassClassification)
            findings.Warn(guess);
        return task;
    }

    private static string? WhyNoWeights(PlanRequest request, string name, HashSet<string> targets) =>
        request.Table.Find(name) is not { } column ? $"The dataset has no column \"{Echo.Cut(name)}\"; it has {NearestNames.List(request.Table.ColumnNames, name)}."
        : targets.Contains(name) ? $"\"{name}\" is the target; rows cannot be weighed by what is to be predicted. Name another column."
        : !column.IsNumeric ? $"Column \"{name}\" does not hold numbers; rows are weighed by a number column."
        : null;

    private static List<string> FeaturesOf(PlanRequest request, HashSet<string> targets, Findings findings)
    {
        var (asked, table) = (request.Asked, request.Table);
        var missing = new MissingColumns(table);
        for (var i = 0; i < asked.Ignore?.Count; i++)
            if (table.Find(asked.Ignore[i]) is null)
                findings.Refuse($"#/ignore/{i}", missing.Say(asked.Ignore[i]));
            else if (targets.Contains(asked.Ignore[i]))
                findings.Warn($"ignore names \"{asked.Ignore[i]}\", which is the target: it is predicted all the same.");
        if (asked.Features is not { } named)
            return ChosenFeatures(request, targets, findings);
        if (named.Count == 0)
            findings.Refuse("#/features", "features is empty; name at least one column, or leave it out.");
        var (ignored, before) = (new HashSet<string>(asked.Ignore ?? [], StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        for (var i = 0; i < named.Count; i++)
            if (WhyNoFeature(request, named[i], ignored.Contains(named[i]), !before.Add(named[i]), targets, missing) is { } why)
                findings.Refuse($"#/features/{i}", why);
        return [.. named];
    }

    // Every column that is of use, where none are named.
    private static List<string> ChosenFeatures(PlanRequest request, HashSet<string> targets, Findings findings)
    {
        var (asked, table, network) = (request.Asked, request.Table, request.Network);
        var notFeatures = new HashSet<string>(targets.Concat(asked.Ignore ?? []), StringComparer.Ordinal);
        notFeatures.UnionWith(new[] { asked.Split?.Column, asked.Split?.GroupBy, asked.RowWeights }.OfType<string>());
        var chosen = new List<string>();
        var left = new List<LeftOut>();
        foreach (var column in table.Columns.Where(column => !notFeatures.Contains(column.Name)))
        {
            // Text cannot be encoded at all, but where it is dates; the rest is dropped only where neither features nor inputs say what is wanted.
            var isDates = IsDates(asked, column);
            var reason = column.Type == ColumnType.Text && !isDates ? LeftOut.Text
                : network?.Inputs is not null || network?.Layers[0].FixedInputs is not null ? null
                : ColumnSuspicion.Of(column) switch
                {
                    Suspicion.Missing => "missing in every row",
                    Suspicion.Constant when column.IsInteger && Math.Abs(column.Slice(0, 1).Numbers[0]) >= 1L << 53 => LeftOut.Rounded,
                    Suspicion.Constant => "the same in every row",
                    Suspicion.Identifier when !isDates => "different in every row, as an identifier is",
                    _ => null,
                };
            if (reason is null)
            {
                chosen.Add(column.Name);
                continue;
            }

            left.Add(new LeftOut(column.Name, reason, reason == LeftOut.Text ? TargetReading.Remark(table, column.Name) : null));
        }

        findings.Warn(LeftOut.Warnings(left));
        if (chosen.Count == 0)
            findings.Refuse("#/features", NoneLeft(request, targets, [.. left.Select(column => $"\"{column.Name}\" is {column.Reason}")]));
        return chosen;
    }

    private static string NoneLeft(PlanRequest request, HashSet<string> targets, List<string> dropped)
    {
        const int MostNamed = 12;
        var (asked, table) = (request.Asked, request.Table);
        var ignored = new HashSet<string>(asked.Ignore ?? [], StringComparer.Ordinal);
        string[] reasons =
        [
            .. dropped,
            .. table.Columns.Where(column => !targets.Contains(column.Name)).Select(column =>
                ignored.Contains(column.Name) ? $"\"{column.Name}\" is in ignore"
                : asked.RowWeights == column.Name ? $"\"{column.Name}\" weighs the rows"
                : asked.Split is { } split && (split.Column == column.Name || split.GroupBy == column.Name) ? $"\"{column.Name}\" is used by split"
                : null).OfType<string>(),
        ];
        if (reasons.Length == 0)
            return "No column is left to predict from: the dataset has none besides the target.";
        var more = reasons.Length > MostNamed ? $"; and {reasons.Length - MostNamed:N0} more" : "";
        return $"No column is left to predict from: {string.Join("; ", reasons.Take(MostNamed))}{more}. Name the features.";
    }

    private static string? WhyNoFeature(
        PlanRequest request, string name, bool isIgnored, bool isRepeated, HashSet<string> targets, MissingColumns missing) =>
        request.Table.Find(name) is not { } column ? missing.Say(name)
        : targets.Contains(name) ? $"\"{name}\" is the target; it cannot be a feature too."
        : request.Asked.RowWeights == name ? $"\"{name}\" weighs the rows (rowWeights); it cannot be a feature too."
        : isIgnored ? $"\"{name}\" is in ignore too; take it out of one of them."
        : isRepeated ? $"\"{name}\" stands there twice."
        : column.Type == ColumnType.Text && !IsDates(request.Asked, column) ? $"\"{name}\" is text: it has too many distinct values to encode."
        : null;

    private static string TooManyValues(Table table, string target) =>
        $"Column \"{target}\" is text: it has too many distinct values to be told apart."
        + $"{(TargetReading.RemarkOfTarget(table, target) is { } remark ? $" It {remark}" : "")}";

    private static bool IsDates(TrainingConfiguration asked, Column column) =>
        (asked.Preprocessing ?? new PreprocessingSpec()).Dates == DateCells.Parts && DatePart.IsColumnOfDates(column);
}
