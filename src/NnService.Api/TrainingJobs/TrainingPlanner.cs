using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Losses;
using NnService.Engine.Specs;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs;

/// <summary>
/// Thinks a configuration through: fills in what was left out and finds what does not fit. The order is that of the questions:
/// target, task, features, rows, encodings, network, loss, and how to train.
/// </summary>
internal sealed class TrainingPlanner
{
    private const int ExactHistoryRows = 10_000;

    private readonly TrainingConfiguration _asked;
    private readonly Table _table;
    private readonly List<SpecProblem> _problems;
    private readonly List<string> _warnings = [];

    private TrainingPlanner(TrainingConfiguration asked, Table table, List<SpecProblem> problems) =>
        (_asked, _table, _problems) = (asked, table, problems);

    /// <summary>The plan; null, and problems added, where there is none.</summary>
    /// <param name="asked">What was asked for, its own limits checked.</param>
    /// <param name="network">The network asked for; null: one that suits the task.</param>
    /// <param name="table">The dataset.</param>
    /// <param name="problems">Receives what does not fit.</param>
    public static TrainingPlan? Make(TrainingConfiguration asked, NetworkSpec? network, Table table, List<SpecProblem> problems) =>
        new TrainingPlanner(asked, table, problems).Make(network);

    private TrainingPlan? Make(NetworkSpec? network)
    {
        if (Targets() is not { } targets)
            return null;
        var task = Task(targets, network);
        var features = Features(targets, network);
        var splitSpec = _asked.Split ?? new SplitSpec();
        Add("#/split", splitSpec.Validate(_table, task != TaskKind.Regression));
        foreach (var (column, property) in new[] { (splitSpec.GroupBy, "groupBy"), (splitSpec.Column, "column") })
            if (column is not null && targets.Contains(column))
                _problems.Add(new SpecProblem($"#/split/{property}", $"\"{column}\" is the target: rows cannot be split by what is to be predicted. Name another column."));
        if (features is null || _problems.Count > 0)
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
        if (task == TaskKind.MulticlassClassification)
            outputs = target.Labels.Count;

        var loss = _asked.Loss ?? ModelBaselines.LossOf(task, outputs);
        network ??= TrainingDefaults.Network(task, encoding, outputs, trainRows.Length);
        CheckLast(network, loss, task, outputs);
        var shape = NetworkShape.Of(network, encoding.Width, outputs);
        _problems.AddRange(shape.Problems("#/network").Select(problem => problem.Pointer == "#/network/inputs"
            ? problem with { Detail = $"{problem.Detail} They are {Some(encoding.InputNames)}. Change the network's inputs, or name the features." }
            : problem).Select(problem => _asked.Network?.Name is null ? problem : problem with { Pointer = "#/network" }));
        CheckClassSettings(task, target);
        CheckBatchSize(network, trainRows.Length);
        CheckEarlyStopping(split);
        if (_problems.Count > 0)
            return null;

        var configuration = Resolve(network, features, targets, task, target, outputs, preprocessing, splitSpec, loss, split);
        string[] unusedColumns = [.. _table.Columns.Select(column => column.Name).Except(features).Except(targets)];
        return new TrainingPlan(configuration, network, encoding, target, split, outputs, shape.ParameterCount!.Value, unusedColumns, _warnings);
    }

    private IReadOnlyList<string>? Targets()
    {
        if (_asked.Target is not { Columns: { Count: > 0 } targets })
        {
            _problems.Add(new SpecProblem("#/target", $"target is missing; name the column to predict. The dataset has {Some(_table.Columns.Select(column => column.Name))}."));
            return null;
        }

        for (var i = 0; i < targets.Count; i++)
        {
            var pointer = targets.Count == 1 ? "#/target" : $"#/target/{i}";
            if (_table.Find(targets[i]) is not { } column)
                _problems.Add(new SpecProblem(pointer, $"The dataset has no column \"{targets[i]}\"; it has {Some(_table.Columns.Select(there => there.Name))}."));
            else if (column.Type == ColumnType.Text)
                _problems.Add(new SpecProblem(pointer, $"Column \"{targets[i]}\" is text: it has too many distinct values to be told apart."));
            else if (targets.Count > 1 && !column.IsNumeric)
                _problems.Add(new SpecProblem(pointer, $"Column \"{targets[i]}\" does not hold numbers; several targets are for regression."));
            else if (column.Missing == column.Rows)
                _problems.Add(new SpecProblem(pointer, $"Column \"{targets[i]}\" is missing in every row."));
        }

        return _problems.Count == 0 ? targets : null;
    }

    private TaskKind Task(IReadOnlyList<string> targets, NetworkSpec? network)
    {
        if (_asked.Task is { } asked)
            return asked;
        if (targets.Count > 1)
            return TaskKind.Regression;
        var column = _table.Find(targets[0])!;
        var saysClasses = network?.EndsInSoftmax == true || _asked.Loss is { Link: not OutputLink.Identity };
        var task = TargetEncoding.InferTask(column, saysClasses);
        if (column.Type == ColumnType.Number && !saysClasses && task == TaskKind.MulticlassClassification)
            _warnings.Add($"Column \"{column.Name}\" holds few different whole numbers and was taken for classes. To predict it as a number, set task to regression.");
        return task;
    }

    private List<string>? Features(IReadOnlyList<string> targets, NetworkSpec? network)
    {
        var notFeatures = new HashSet<string>(targets.Concat(_asked.Ignore ?? []), StringComparer.Ordinal);
        for (var i = 0; i < _asked.Ignore?.Count; i++)
            if (_table.Find(_asked.Ignore[i]) is null)
                _problems.Add(new SpecProblem($"#/ignore/{i}", $"The dataset has no column \"{_asked.Ignore[i]}\"."));
        if (_asked.Features is { } named)
        {
            if (named.Count == 0)
                _problems.Add(new SpecProblem("#/features", "features is empty; name at least one column, or leave it out."));
            for (var i = 0; i < named.Count; i++)
                if (WhyNoFeature(named, i, targets) is { } why)
                    _problems.Add(new SpecProblem($"#/features/{i}", why));
            return [.. named];
        }

        if (_asked.Split is { } split)
            notFeatures.UnionWith(new[] { split.Column, split.GroupBy }.OfType<string>());
        var chosen = new List<string>();
        foreach (var column in _table.Columns.Where(column => !notFeatures.Contains(column.Name)))
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
                chosen.Add(column.Name);
            else
                _warnings.Add($"Column \"{column.Name}\" was left out: it is {reason}. Name it in features to use it.");
        }

        if (chosen.Count == 0)
            _problems.Add(new SpecProblem("#/features", "No column is left to predict from. Name the features."));
        return chosen;
    }

    private string? WhyNoFeature(IReadOnlyList<string> named, int i, IReadOnlyList<string> targets) =>
        _table.Find(named[i]) is not { } column ? $"The dataset has no column \"{named[i]}\"; it has {Some(_table.Columns.Select(there => there.Name))}."
        : targets.Contains(named[i]) ? $"\"{named[i]}\" is the target; it cannot be a feature too."
        : _asked.Ignore?.Contains(named[i]) == true ? $"\"{named[i]}\" is in ignore too; take it out of one of them."
        : named.Take(i).Contains(named[i]) ? $"\"{named[i]}\" stands there twice."
        : column.Type == ColumnType.Text && !IsDates(named[i]) ? $"\"{named[i]}\" is text: it has too many distinct values to encode."
        : null;

    private bool IsDates(string column) => (_asked.Preprocessing ?? new PreprocessingSpec()).Dates == DateCells.Parts && DatePart.IsColumnOfDates(_table.Find(column)!);

    // Units given or a softmax settle whether two labels take one output or two.
    private int Outputs(TaskKind task, IReadOnlyList<string> targets, NetworkSpec? network) => task switch
    {
        TaskKind.Regression => targets.Count,
        TaskKind.BinaryClassification => network?.OutputLayer?.FixedOutputs is 1 or 2 ? network.OutputLayer.FixedOutputs.Value
            : network?.EndsInSoftmax == true || _asked.Loss is SoftmaxCrossEntropySpec ? 2
            : 1,
        _ => 0, // as many as there are labels, which are not known yet
    };

    private void CheckLast(NetworkSpec network, LossSpec loss, TaskKind task, int outputs)
    {
        var last = network.Layers.Count - 1;
        var crossEntropy = loss.Link != OutputLink.Identity;
        if (crossEntropy && task == TaskKind.Regression)
            _problems.Add(new SpecProblem("#/loss", $"{loss.Type} is for classification; the task is regression. Use meanSquaredError."));
        else if (loss.Link == OutputLink.Sigmoid && outputs != 1)
            _problems.Add(new SpecProblem("#/loss", $"binaryCrossEntropy is for two labels; the target was taken for {outputs} classes. Use softmaxCrossEntropy, or say what the task is."));
        else if (loss.Link == OutputLink.Softmax && outputs == 1)
            _problems.Add(new SpecProblem("#/loss", "softmaxCrossEntropy needs one output for each label; the network has one. Use binaryCrossEntropy, or two units."));
        else if (task != TaskKind.Regression && !(outputs == 1 ? network.EndsInSigmoid : network.EndsInSoftmax) && !(crossEntropy && network.EndsInLinear))
            _problems.Add(new SpecProblem(
                _asked.Network?.Spec is null ? "#/network" : $"#/network/layers/{last}/activation",
                outputs == 1
                    ? "A classifier with one output ends in sigmoid, or in linear with binaryCrossEntropy."
                    : "A classifier with an output for each label ends in softmax, or in linear with softmaxCrossEntropy."));
    }

    private void CheckBatchSize(NetworkSpec network, int trainRows)
    {
        var batchSize = Math.Min(_asked.BatchSize ?? int.MaxValue, _asked.Order == VisitOrder.WithReplacement ? int.MaxValue : trainRows);
        if (batchSize < network.LeastBatchSize)
            _problems.Add(new SpecProblem(
                "#/batchSize", $"A minibatch would have {batchSize} rows; batch normalization needs at least {network.LeastBatchSize}, or there is no variance."));
    }

    private void CheckClassSettings(TaskKind task, TargetEncoding target)
    {
        if (task == TaskKind.Regression)
        {
            if (_asked.LabelSmoothing > 0)
                _problems.Add(new SpecProblem("#/labelSmoothing", "labelSmoothing is for classification; the task is regression."));
            if (_asked.ClassWeights is not (null or { Rule: ClassWeightsChoice.None }))
                _problems.Add(new SpecProblem("#/classWeights", "classWeights is for classification; the task is regression."));
            return;
        }

        foreach (var (label, weight) in _asked.ClassWeights?.Weights ?? new Dictionary<string, double>())
        {
            if (!target.Labels.Contains(label))
                _problems.Add(new SpecProblem($"#/classWeights/{SpecJson.Escape(label)}", $"There is no label \"{label}\"; there are {Some(target.Labels)}."));
            if (weight <= 0)
                _problems.Add(new SpecProblem($"#/classWeights/{SpecJson.Escape(label)}", $"The weight of \"{label}\" is {weight}; it must be greater than 0."));
        }
    }

    private void CheckEarlyStopping(Split split)
    {
        if (_asked.EarlyStopping is { Patience: > 0, Monitor: MonitoredLoss.ValidationLoss } && split.Validation.IsEmpty)
            _problems.Add(new SpecProblem("#/earlyStopping/monitor", "There is no validation part to watch. Make one in split, monitor trainLoss, or set patience to 0."));
    }

    // Where it matters how the classes are weighed and nobody has said it.
    private ClassWeightsChoice ClassWeights(TargetEncoding target, LossSpec loss, Split split)
    {
        if (_asked.ClassWeights is { } asked)
            return asked;
        var none = new ClassWeightsChoice(ClassWeightsChoice.None, null);
        if (target.Task == TaskKind.Regression || loss.Link == OutputLink.Identity)
            return none;
        var labels = new int[split.Train.Length];
        target.EncodeLabels(_table, split.Train.Span, labels);
        var counts = new int[target.Labels.Count];
        foreach (var label in labels)
            counts[label]++;
        if (TrainingDefaults.ClassWeights(counts) is not { } weights)
            return none;
        var (rarest, most) = (Array.IndexOf(counts, counts.Where(count => count > 0).Min()), Array.IndexOf(counts, counts.Max()));
        _warnings.Add(
            $"The classes are very unequal: {counts[most]:N0} training rows of \"{target.Labels[most]}\", {counts[rarest]:N0} of \"{target.Labels[rarest]}\". "
            + "Rare classes were given more weight (classWeights in the configuration); set classWeights to \"none\" to weigh every row the same. Look at balancedAccuracy and averagePrecision rather than accuracy.");
        return new ClassWeightsChoice(null, target.Labels.Zip(weights).ToDictionary(label => label.First, label => label.Second));
    }

    private TrainingConfiguration Resolve(
        NetworkSpec network,
        List<string> features,
        IReadOnlyList<string> targets,
        TaskKind task,
        TargetEncoding target,
        int outputs,
        PreprocessingSpec preprocessing,
        SplitSpec split,
        LossSpec loss,
        Split parts)
    {
        var trainRows = parts.Train.Length;
        var order = _asked.Order ?? VisitOrder.Shuffled;
        var batchSize = _asked.BatchSize ?? TrainingDefaults.BatchSize(trainRows);
        if (order != VisitOrder.WithReplacement && batchSize > trainRows)
            batchSize = trainRows;
        var stepsOfAllRows = (trainRows + batchSize - 1) / batchSize;
        var steps = order == VisitOrder.WithReplacement ? _asked.StepsPerEpoch ?? stepsOfAllRows : (int?)null;
        if (_asked.StepsPerEpoch is not null && steps is null)
            _warnings.Add("stepsPerEpoch is only for order withReplacement; it was left out.");
        var epochs = _asked.Epochs ?? TrainingDefaults.Epochs(trainRows);
        return new TrainingConfiguration
        {
            Network = _asked.Network ?? new Networks.NetworkChoice(null, network),
            InitialModel = _asked.InitialModel,
            Dataset = _asked.Dataset,
            Target = new TargetChoice(targets),
            PositiveLabel = task == TaskKind.BinaryClassification && (outputs == 1 || _asked.PositiveLabel is not null) ? target.PositiveLabel : null,
            Features = features,
            Ignore = _asked.Ignore ?? [],
            Task = task,
            Preprocessing = preprocessing with { Columns = preprocessing.Columns ?? new Dictionary<string, ColumnScaling>() },
            Split = split,
            Loss = loss,
            LossReduction = _asked.LossReduction ?? LossReduction.Mean,
            LabelSmoothing = _asked.LabelSmoothing ?? 0,
            ClassWeights = ClassWeights(target, loss, parts),
            Optimizer = _asked.Optimizer ?? TrainingDefaults.Optimizer(batchSize),
            Schedule = _asked.Schedule ?? TrainingDefaults.Schedule(_asked.Optimizer is null),
            GradientClipNorm = _asked.GradientClipNorm,
            BatchSize = batchSize,
            Epochs = epochs,
            Order = order,
            StepsPerEpoch = steps,
            EarlyStopping = _asked.EarlyStopping ?? TrainingDefaults.EarlyStopping(!parts.Validation.IsEmpty, epochs),
            MaxSeconds = _asked.MaxSeconds,
            Priority = _asked.Priority ?? 0,
            HistoryEvery = _asked.HistoryEvery ?? 1,
            HistoryLoss = _asked.HistoryLoss ?? (trainRows <= ExactHistoryRows ? HistoryLoss.Exact : HistoryLoss.Running),
            Seed = _asked.Seed ?? 0,
            Precision = _asked.Precision ?? Precision.Float32,
            Model = _asked.Model ?? _asked.Dataset,
        };
    }

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

    private static string Some(IEnumerable<string> names)
    {
        var list = names.ToList();
        return string.Join(", ", list.Take(12)) + (list.Count > 12 ? $" and {list.Count - 12} more" : "");
    }
}
