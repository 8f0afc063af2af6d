using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Data.Splits;
using NnService.Engine.Specs;

namespace NnService.Api.TrainingJobs.Planning;

/// <summary>
/// What in a table is likely to make the figures of a model worse, or better than they should be. Looked for once, before the training, in each feature while
/// its cells are in memory to be fitted.
/// </summary>
/// <param name="split">The rows.</param>
/// <param name="preprocessing">What was asked of the columns.</param>
/// <param name="target">The encoding of the target.</param>
internal sealed class TableSurvey(SplitPlan split, PreprocessingSpec preprocessing, TargetEncoding target)
{
    private const int FewRows = 10;
    private const int MostNamed = 10;

    private readonly Table _table = split.Columns.Request.Table;
    private readonly bool _isWarmStart = split.Columns.Request.Start is not null;
    private readonly bool _isNetworkChosen = split.Columns.Request.Network is null && split.Columns.Request.Start is null;
    private readonly Precision _precision = split.Columns.Request.Asked.Precision ?? Precision.Float32;
    private readonly LeakSearch _leaks = new(split.Columns.Request.Table, target, split.Parts.Train.Span);
    private readonly RepeatedRows? _repeated = split.Parts.Validation.Length + split.Parts.Test.Length == 0 ? null : new(split.Columns.Request.Table.Rows);
    private readonly List<string> _extreme = [];
    private readonly List<string> _pooled = [];
    private readonly List<string> _rounded = [];
    private readonly List<string> _leaking = [];

    /// <summary>Looks at a feature.</summary>
    /// <param name="cells">The whole column.</param>
    /// <param name="feature">How it becomes inputs.</param>
    public void Look(Column cells, FeatureColumn feature)
    {
        if (!_isWarmStart && TableFlaws.IsScaledByAllValues(feature, preprocessing))
            Note(_extreme, TableFlaws.ExtremeFeature(feature, cells, split.Used));
        if (!_isWarmStart && feature.HasOther)
            Note(_pooled, TableFlaws.Pooled(feature, cells, target, _table, split.Parts.Train));
        Note(_rounded, NumberFit.Of(cells, feature)?.Rounded(_precision));
        if (_leaks.Try(cells) is { } figure)
            _leaking.Add($"Column \"{cells.Name}\" predicts the target almost alone ({figure}). "
                + "If it is not known when predictions are made, put it into ignore.");
        _repeated?.Add(cells);
    }

    /// <summary>A sentence for each thing found.</summary>
    public IEnumerable<string> WarningsOf(TrainingPlan plan) =>
    [
        .. plan.Features.Columns.Where(column => column is { Dates: null, Imputed: null, ImputedCategory: null } && column.MissingIndicator)
            .Select(column => $"Column \"{column.Name}\" is missing in every training row; nothing can be learnt from it."),
        .. OfOneValue(plan),
        .. _extreme,
        .. target.Columns.Select(name => TableFlaws.ExtremeTarget(target, _table.Find(name)!, split.Used)).OfType<string>(),
        .. _pooled,
        .. TableFlaws.ConstantTargets(target, _table, split.Parts.Train),
        .. _rounded,
        .. NumberFit.Of(_table, target).Select(fit => fit.Rounded(_precision)).OfType<string>(),
        .. SmallClasses(),
        .. LargeNetwork(plan),
        .. Repeated(),
        .. _leaking,
    ];

    private static void Note(List<string> notes, string? note)
    {
        if (note is not null)
            notes.Add(note);
    }

    private IEnumerable<string> OfOneValue(TrainingPlan plan)
    {
        string[] names = [.. plan.Features.Columns.Where(column => column.IsOfOneValue && !(column.Imputed is null && column.MissingIndicator)).Select(column => column.Name)];
        if (!_isWarmStart && names.Length > 0)
            yield return $"{(names.Length == 1 ? $"Column \"{names[0]}\" has" : $"The columns {NearestNames.List(names)} have")} one value in all training rows: nothing is learnt of "
                + "others, and the answer is the same whatever stands there.";
    }

    private IEnumerable<string> SmallClasses()
    {
        if (target.Task == TaskKind.Regression)
            yield break;
        var small = target.Labels.Zip(target.CountLabels(_table, split.Used)).Where(label => label.Second < FewRows)
            .Select(label => $"\"{label.First}\" ({label.Second})").ToList();
        if (small.Count > 0)
            yield return $"{(small.Count == 1 ? "A class has" : $"{small.Count} classes have")} fewer than {FewRows} rows, too few to learn or to judge: "
                + $"{string.Join(", ", small.Take(MostNamed))}{(small.Count > MostNamed ? " …" : "")}.";
    }

    private IEnumerable<string> LargeNetwork(TrainingPlan plan)
    {
        if (!_isNetworkChosen && plan.ParameterCount > (long)plan.Split.Train.Length * plan.Outputs)
            yield return $"The network has {plan.ParameterCount:N0} parameters for {plan.Split.Train.Length:N0} training rows with "
                + $"{(plan.Outputs == 1 ? "1 output" : $"{plan.Outputs:N0} outputs")} each: it can learn them by heart. "
                + "Watch the test part, or take a smaller network.";
    }

    private IEnumerable<string> Repeated()
    {
        if (_repeated is null)
            yield break;
        foreach (var name in target.Columns)
            _repeated.Add(_table.Find(name)!);
        int[] others = [.. split.Parts.Validation.Span, .. split.Parts.Test.Span];
        if (_repeated.Count(others, split.Parts.Train.Span) is > 0 and var repeated)
            yield return $"{repeated:N0} of the {others.Length:N0} rows kept for validation and test also {(repeated == 1 ? "stands" : "stand")} in the training part, the same "
                + "in every feature and target: unless new rows will repeat old ones as often, they flatter the figures. Where rows belong together, say so with groupBy.";
    }
}
