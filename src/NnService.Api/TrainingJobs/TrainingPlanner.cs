using System.Runtime.InteropServices;
using NnService.Api.Models;
using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Losses;
using NnService.Engine.Specs;

namespace NnService.Api.TrainingJobs;

/// <summary>
/// Thinks a configuration through: fills in what was left out and finds what does not fit. The order is that of the questions:
/// target, task, features, rows, encodings, network, loss, and how to train.
/// </summary>
internal sealed class TrainingPlanner
{
    // Where a task that was only guessed may be the reason for a refusal.
    private static readonly string[] s_followFromTask = ["#/target", "#/network", "#/loss", "#/split/method", "#/preprocessing/target"];

    private readonly TrainingConfiguration _asked;
    private readonly Table _table;
    private readonly WarmStart? _start;
    private readonly List<SpecProblem> _problems;
    private readonly List<string> _warnings = [];

    private TrainingPlanner(TrainingConfiguration asked, LoadedModel? initialModel, Table table, List<SpecProblem> problems)
    {
        (_table, _problems) = (table, problems);
        _start = initialModel is null ? null : new WarmStart(initialModel, problems, _warnings);
        _asked = _start?.Complete(asked, table) ?? asked;
    }

    /// <summary>The plan; null, and problems added, where there is none.</summary>
    /// <param name="asked">What was asked for, its own limits checked.</param>
    /// <param name="network">The network asked for; null: one that suits the task.</param>
    /// <param name="initialModel">The model to start from; null: none.</param>
    /// <param name="table">The dataset.</param>
    /// <param name="problems">Receives what does not fit.</param>
    public static TrainingPlan? Make(TrainingConfiguration asked, NetworkSpec? network, LoadedModel? initialModel, Table table, List<SpecProblem> problems) =>
        new TrainingPlanner(asked, initialModel, table, problems).Make(network);

    private TrainingPlan? Make(NetworkSpec? network)
    {
        if (_problems.Count > 0)
            return null;
        network ??= _start?.Network;
        var columns = new TrainingColumns(_asked, _table, _problems, _warnings);
        var plan = Make(columns, network);
        if (plan is null && columns.Guess is { } guess)
            foreach (ref var problem in CollectionsMarshal.AsSpan(_problems))
                if (s_followFromTask.Any(problem.Pointer.StartsWith))
                    problem = problem with { Detail = $"{problem.Detail} {guess}" };
        return plan;
    }

    private TrainingPlan? Make(TrainingColumns columns, NetworkSpec? network)
    {
        if (columns.Targets() is not { } targets)
            return null;
        var task = columns.Task(targets, network);
        var features = columns.Features(targets, network);
        var splitSpec = _asked.Split ?? new SplitSpec();
        Add("#/split", splitSpec.Validate(_table, task != TaskKind.Regression));
        foreach (var (column, property) in new[] { (splitSpec.GroupBy, "groupBy"), (splitSpec.Column, "column") })
            if (column is not null && targets.Contains(column))
                _problems.Add(new SpecProblem($"#/split/{property}", $"\"{column}\" is the target: rows cannot be split by what is to be predicted. Name another column."));
        if (_problems.Count > 0)
            return null;

        int[] usable = [.. Enumerable.Range(0, _table.Rows).Where(row => targets.All(name => !_table.Find(name)!.IsMissing(row)))];
        if (usable.Length < _table.Rows)
            _warnings.Add($"{_table.Rows - usable.Length:N0} of {_table.Rows:N0} rows have no target and were left out.");
        splitSpec = splitSpec.Resolve(usable.Length, task != TaskKind.Regression);
        var seed = _asked.Seed ?? 0;
        var split = Attempt("#/split", () => Split.Of(_table, splitSpec, usable, task == TaskKind.Regression ? null : _table.Find(targets[0]), seed));
        if (split is { Train.Length: 0 })
            _problems.Add(new SpecProblem("#/split", "No row is left to train on; make the training part larger."));
        if (split is null || _problems.Count > 0)
            return null;
        if (usable.Length - split.Train.Length - split.Validation.Length - split.Test.Length is > 0 and var unused)
            _warnings.Add($"{unused:N0} rows are in no part of the split and were not used.");

        var preprocessing = _asked.Preprocessing ?? new PreprocessingSpec();
        Add("#/preprocessing", preprocessing.Validate(_table, features));
        if (task == TaskKind.Regression && preprocessing.ValidateTargets(_table, targets) is { } noLogarithm)
            Add("#/preprocessing", [noLogarithm]);
        if (_problems.Count > 0)
            return null;
        var trainRows = split.Train.ToArray();
        var outputs = Outputs(task, targets, network);
        var encoding = Attempt("#/features", () => FeatureEncoding.Fit(_table, features, trainRows, preprocessing));
        var target = Attempt(
            _asked.PositiveLabel is null ? "#/target" : "#/positiveLabel",
            () => TargetEncoding.Fit(_table, targets, task, _asked.PositiveLabel, preprocessing.Target, trainRows));
        if (encoding is null || target is null)
            return null;
        if (_start is not null)
        {
            encoding = _start.Features(encoding, target);
            target = _start.Target(target);
            if (_problems.Count > 0)
                return null;
        }

        // Where a model's encodings are taken over, they are tried on the rows at the end.
        if (_start is null && NumberFit.TooLarge(_table, encoding, target, _asked.Precision ?? Precision.Float32) is var (tooLarge, isTarget))
        {
            _problems.Add(new SpecProblem(isTarget ? "#/preprocessing/target" : "#/preprocessing/numeric", tooLarge));
            return null;
        }

        if (task == TaskKind.MulticlassClassification)
            outputs = target.Labels.Count;

        var loss = _asked.Loss ?? ModelBaselines.LossOf(task, outputs);
        network ??= TrainingDefaults.Network(task, encoding, outputs, trainRows.Length);
        _start?.Compare(network);
        var conflicts = new TrainingConflicts(_asked, _problems);
        conflicts.FindInNetwork(network, loss, task, outputs);
        var shape = NetworkShape.Of(network, encoding.Width, outputs);
        _problems.AddRange(shape.Problems("#/network").Select(problem => problem.Pointer == "#/network/inputs"
            ? problem with { Detail = $"{problem.Detail} They are {NameList.Of(encoding.InputNames)}. Change the network's inputs, or name the features." }
            : problem).Select(problem => _asked.Network?.Name is null ? problem : problem with { Pointer = "#/network" }));
        conflicts.FindInSettings(network, target, split);
        if (_problems.Count > 0)
            return null;

        var configuration = new TrainingSettings(_asked, _table, _warnings).Resolve(network, features, targets, task, target, outputs, preprocessing, splitSpec, loss, split);
        _warnings.AddRange(Contradictions.In(configuration));
        string[] unusedColumns = [.. _table.Columns.Select(column => column.Name).Except(features).Except(targets)];
        return new TrainingPlan(configuration, network, encoding, target, split, outputs, shape.ParameterCount!.Value, unusedColumns, _warnings);
    }

    // Units given or a softmax settle whether two labels take one output or two.
    private int Outputs(TaskKind task, IReadOnlyList<string> targets, NetworkSpec? network) => task switch
    {
        TaskKind.Regression => targets.Count,
        TaskKind.BinaryClassification => network?.OutputLayer?.FixedOutputs is 1 or 2 ? network.OutputLayer.FixedOutputs.Value
            : network?.EndsInSoftmax == true || _asked.Loss is SoftmaxCrossEntropySpec ? 2
            : 1,
        _ => 0, // as many as there are labels, which are not known yet
    };

    private T? Attempt<T>(string pointer, Func<T> work)
        where T : class
    {
        try
        {
            return work();
        }
        catch (PreparationException bad)
        {
            _problems.Add(new SpecProblem(pointer, bad.Message));
            return null;
        }
    }

    private void Add(string at, IReadOnlyList<SpecProblem> problems) =>
        _problems.AddRange(problems.Select(problem => new SpecProblem(at + problem.Pointer, problem.Detail)));
}
