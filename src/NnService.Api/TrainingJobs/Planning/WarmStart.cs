using NnService.Api.Models;
using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Layers;
using NnService.Engine.Specs;

namespace NnService.Api.TrainingJobs.Planning;

/// <summary>
/// A training that starts from a model. Weights mean something only behind the model's own encoding, so columns, labels and targets are matched by name,
/// stand in the model's order and are encoded as the model does (decision 41).
/// </summary>
/// <param name="start">The model.</param>
internal sealed class WarmStart(LoadedModel start)
{
    private const string Pointer = "#/initialModel";

    private ModelDescription Model => start.Model.Description;

    private string Named => $"model \"{start.Name}\", version {start.Version},";

    /// <summary>The request with features, target, task and network of the model to start from; refused where it says something else.</summary>
    public static PlanRequest Complete(PlanRequest request, Findings findings) => request.Start is not { } start ? request : request with
    {
        Asked = start.Complete(request.Asked, request.Table, findings),
        Network = request.Network ?? start.Model.Network with { Inputs = null },
    };

    private TrainingConfiguration Complete(TrainingConfiguration asked, Table table, Findings findings)
    {
        if (asked.Target is not { Columns.Count: > 0 } target)
            return asked;
        if (asked.Task is { } task && task != Model.Target.Task)
            findings.Refuse(Pointer, $"{Upper(Named)} is for {Wire(Model.Target.Task)}; the task is {Wire(task)}. Leave task out, or initialModel.");
        if (!AreSame(target.Columns, Model.Target.Columns))
            findings.Refuse(
                Pointer,
                $"{Upper(Named)} predicts {NearestNames.List(Model.Target.Columns)}; the target of the job is {NearestNames.List(target.Columns)}. "
                + "Name the same "
                + "target, or leave initialModel out.");
        if (asked.PositiveLabel is { } label && Model.Target.PositiveLabel is { } positive && label != positive)
            findings.Refuse("#/positiveLabel", $"{Upper(Named)} gives the probability of \"{positive}\"; positiveLabel is \"{label}\". "
                + "Leave positiveLabel out, or initialModel.");
        var columns = Model.Features.Columns;
        var names = columns.Select(column => column.Name).ToList();
        var others = table.Columns.Select(column => column.Name).Except(asked.Ignore ?? []).Except(target.Columns);
        var offered = asked.Features ?? [.. others.Where(name => name != asked.RowWeights)];
        var lacking = names.Except(offered).ToList();
        var unknown = asked.Features?.Except(names).ToList() ?? [];
        if (lacking.Count + unknown.Count > 0)
            findings.Refuse(
                Pointer,
                $"{Upper(Named)} {(lacking.Count > 0 ? $"predicts from {NearestNames.List(lacking)}, which the job does not have" : "")}"
                + $"{(lacking.Count > 0 && unknown.Count > 0 ? ", and " : "")}"
                + $"{(unknown.Count > 0 ? $"has no input for {NearestNames.List(unknown)}" : "")}. Weights belong to columns by name: call the columns as "
                + "the model does, or leave initialModel out.");
        foreach (var column in columns)
            if (column.Type == ColumnType.Number && asked.Preprocessing?.Of(column.Name) is { } scaling && !IsThatOf(column, scaling))
                findings.Refuse(
                    $"#/preprocessing/columns/{SpecJson.Escape(column.Name)}",
                    $"{Upper(Named)} scales \"{column.Name}\" otherwise (shift {column.Shift}, scale "
                        + $"{column.Scale}{(column.Log1p ? ", of ln(1 + x)" : "")}{(column.Clip ? ", bent to ±3" : "")}). "
                        + "Leave this scaling out, or initialModel.");
        if (!names.SequenceEqual(asked.Features ?? [.. offered.Intersect(names)]))
            findings.Warn($"The features stand in the order of {Named[..^1]}: {NearestNames.List(names)}.");
        if (asked.Features is null && offered.Except(names).Except(Model.UnusedColumns).ToList() is { Count: > 0 } added)
            findings.Warn(
                $"{Upper(Named)} has no input for {NearestNames.List(added)}: {(added.Count == 1 ? "the column is" : "these columns are")} left out.");
        return asked with { Task = Model.Target.Task, Target = new TargetChoice(Model.Target.Columns), Features = names };
    }

    /// <summary>The model's target in place of the one fitted on the table; null, and a problem added, where the table holds other labels.</summary>
    public TargetEncoding? Target(TargetEncoding fitted, Findings findings)
    {
        if (fitted.Labels.Except(Model.Target.Labels).ToList() is not { Count: > 0 } unknown)
            return Model.Target;
        findings.Refuse(
            Pointer,
            $"{Upper(Named)} knows the labels {NearestNames.List(Model.Target.Labels)}; column \"{fitted.Columns[0]}\" holds {NearestNames.List(unknown)} "
            + "too. Name the labels as the model does, or leave initialModel out.");
        return null;
    }

    /// <summary>How the model encodes a column; null: it does not read it.</summary>
    public FeatureColumn? Feature(string name) => Model.Features.IndexOf(name) is >= 0 and var at ? Model.Features.Columns[at] : null;

    /// <summary>The model's encoding in place of the one fitted on the table, with a word about what differs.</summary>
    public FeatureEncoding Features(FeatureEncoding fitted, TargetEncoding fittedTarget, Findings findings)
    {
        var different = new List<string>();
        foreach (var (own, theirs) in fitted.Columns.Zip(Model.Features.Columns))
        {
            if (!AreAlike(own, theirs))
                different.Add(own.Name);
            var unknown = theirs.Type == ColumnType.Category && theirs.Dates is null && !theirs.HasOther
                ? own.Categories.Except(theirs.Categories).ToList() : [];
            if (unknown.Count > 0)
                findings.Warn($"Column \"{own.Name}\" holds {(unknown.Count == 1 ? "1 category" : $"{unknown.Count} categories")} that {Named} has no "
                    + $"input for: {NearestNames.List(unknown)}. Rows with {(unknown.Count == 1 ? "it" : "them")} are encoded as zeros.");
            if (theirs is { Type: ColumnType.Category, Dates: null } && own.Type != ColumnType.Category)
                findings.Warn($"Column \"{own.Name}\" holds {(own.Type == ColumnType.Boolean ? "true and false" : "numbers")}, and {Named} has learnt words "
                    + $"there: {NearestNames.List(theirs.Categories)}. Rows with "
                    + $"{(theirs.HasOther ? "another are taken for a rare one" : "none of them are encoded as zeros")}.");
            if (own.MissingIndicator && !theirs.MissingIndicator)
                findings.Warn($"Column \"{own.Name}\" has missing cells, and {Named} has no input that says so: {StandIn(theirs)}.");
        }

        var target = Model.Target;
        for (var i = 0; i < target.Shift.Count; i++)
            if (target.Log1p != fittedTarget.Log1p || target.Shift[i] != fittedTarget.Shift[i] || target.Scale[i] != fittedTarget.Scale[i])
                different.Add(target.Columns[i]);
        if (different.Count > 0)
            findings.Warn($"Inputs and target are encoded as {Named} has learnt it, not by this table's own figures: {NearestNames.List(different)}.");
        return new FeatureEncoding(Model.Features.Columns, fitted.Missing) { Notation = fitted.Notation ?? Model.Features.Notation };
    }

    /// <summary>Adds a word where a layer puts its weights to another use than the model did.</summary>
    public void Compare(NetworkSpec network, Findings findings)
    {
        for (var i = 0; i < Math.Min(network.Layers.Count, Model.Network.Layers.Count); i++)
            if (network.Layers[i] is DenseSpec own && Model.Network.Layers[i] is DenseSpec theirs && own.Activation != theirs.Activation
                && (Model.Target.Task == TaskKind.Regression || !ReferenceEquals(own, network.OutputLayer)))
                findings.Warn($"The network's layer {i} has the activation {own.Activation.Type}, and that of {Named} {theirs.Activation.Type}: its "
                    + "weights were learnt for another function.");
    }

    private static string StandIn(FeatureColumn column) =>
        column.Imputed is { } value ? $"they are taken for {value}"
        : column.ImputedCategory is { } category ? $"they are taken for \"{category}\""
        : "their input is 0";

    private static bool AreAlike(FeatureColumn own, FeatureColumn theirs) =>
        own.Shift == theirs.Shift && own.Scale == theirs.Scale && own.Log1p == theirs.Log1p && own.Clip == theirs.Clip && own.Imputed == theirs.Imputed
        && own.ImputedCategory == theirs.ImputedCategory
        && own.HasOther == theirs.HasOther && own.Categories.SequenceEqual(theirs.Categories) && (own.Dates ?? []).SequenceEqual(theirs.Dates ?? []);

    private static bool IsThatOf(FeatureColumn column, ColumnScaling asked) =>
        column.Log1p == (asked.Transform == NumberTransform.Log1p)
        && (asked.Numeric is not { } numeric || column.Clip == (numeric == NumericScaling.RobustClip) || WasOfOneNumber(column))
        && (!asked.IsFixed || (column.Shift == (asked.Shift ?? 0) && column.Scale == (asked.Scale ?? 1)));

    // A column that did not vary is bent in whatever way it was to be scaled; in version 0.1 by 1.
    private static bool WasOfOneNumber(FeatureColumn column) => column.IsOfOneValue || column is { Clip: true, Scale: 1 };

    private static bool AreSame(IReadOnlyList<string> some, IReadOnlyList<string> others) => some.Count == others.Count && !some.Except(others).Any();

    private static string Wire(TaskKind task) => EnumNames<TaskKind>.Of(task);

    private static string Upper(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
