using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using NnService.Engine.Data;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Kernels;
using NnService.Engine.Specs;
using NnService.Engine.Training.Curves;
using NnService.Engine.Training.Intervals;

namespace NnService.Engine.Training;

/// <summary>What rows really are, and how good answers to them are. Rows that weigh nothing have no part in it.</summary>
public sealed class Truth
{
    private const int LabelsOfLargeMatrix = 100;

    private static readonly string[] s_errors = MetricFigure.NamesOf(regressions: true);
    private static readonly string[] s_scores = MetricFigure.NamesOf(regressions: false);

    private readonly TargetEncoding _target;
    private readonly double[] _values; // [rows that weigh, targets] of a regression
    private readonly int[] _labels; // [rows that weigh] of a classification
    private readonly double[] _weights; // [rows that weigh]; empty: every row weighs 1
    private readonly int[]? _weighing; // indexes of the rows that weigh; null: all of them

    /// <summary>Reads the target of rows of a table. Errors: <see cref="PreparationException"/>.</summary>
    /// <param name="target">How the target is encoded.</param>
    /// <param name="table">The table.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="weights">[rows] how much each counts, at least one above 0; null: all the same.</param>
    public Truth(TargetEncoding target, Table table, ReadOnlySpan<int> rows, double[]? weights = null)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(table);
        (_target, Rows) = (target, rows.Length);
        if (weights?.Contains(0) == true)
        {
            var (all, ofAll) = (rows.ToArray(), weights);
            _weighing = [.. Enumerable.Range(0, all.Length).Where(row => ofAll[row] > 0)];
            rows = Array.ConvertAll(_weighing, row => all[row]);
            weights = Array.ConvertAll(_weighing, row => ofAll[row]);
        }

        _weights = weights is null ? [] : RowWeights.InEffectiveRows(weights);
        (_values, _labels) = IsRegression ? (new double[checked(rows.Length * target.Columns.Count)], Array.Empty<int>()) : ([], new int[rows.Length]);
        if (IsRegression)
            target.Values(table, rows, _values);
        else
            target.EncodeLabels(table, rows, _labels);
    }

    /// <summary>Names of the metrics that are one number, of classifications and then of regressions.</summary>
    public static IReadOnlyList<string> Figures { get; } = [.. s_scores, .. s_errors];

    /// <summary>Names of the metrics that are tables, of classifications.</summary>
    public static IReadOnlyList<string> Tables { get; } = ["confusionMatrix", "perClass"];

    /// <summary>Number of rows, whatever they weigh.</summary>
    public int Rows { get; }

    /// <summary>Number of rows that weigh anything: those that the metrics are of.</summary>
    public int WeighingRows => _weighing?.Length ?? Rows;

    /// <summary>How many rows of equal weight tell as much as they do.</summary>
    public double EffectiveRowCount => EffectiveRows.Of(_weights, WeighingRows);

    /// <summary>Whether numbers are predicted.</summary>
    public bool IsRegression => _target.Task == TaskKind.Regression;

    /// <summary>Labels that the model knows; 0 for a regression.</summary>
    public int Labels => _target.Labels.Count;

    /// <summary>Share of the most frequent label; 0 for a regression.</summary>
    public double LargestShare => IsRegression ? 0
        : LabelWeights().Max() / Magnitude.Total(_weights, WeighingRows);

    /// <summary>[labels] how many rows of equal weight tell as much as those of each label; null where every row weighs the same.</summary>
    public IReadOnlyList<double>? EffectiveRowsOfLabels()
    {
        if (_weights.Length == 0)
            return null;
        var (sums, squares) = (new double[Labels], new double[Labels]);
        for (int row = 0; row < _labels.Length; row++)
        {
            sums[_labels[row]] += _weights[row];
            squares[_labels[row]] += _weights[row] * _weights[row];
        }

        return [.. sums.Zip(squares, EffectiveRows.Of)];
    }

    /// <summary>
    /// Metrics of the task as JSON, each null where an answer is not finite. The confusion matrix of many labels is written when all is: as nodes a million numbers
    /// would take longer than the metrics.
    /// </summary>
    /// <param name="answers">[rows, outputs] of a model.</param>
    public JsonObject Metrics(double[] answers) => Metrics(answers, withTables: true);

    /// <summary>The same without the <see cref="Tables"/>.</summary>
    public JsonObject BriefMetrics(double[] answers) => Metrics(answers, withTables: false);

    private JsonObject Metrics(double[] answers, bool withTables)
    {
        ArgumentNullException.ThrowIfNull(answers);
        answers = Weighing(answers);
        if (!Reductions.AllFinite<double>(answers))
            return [.. (IsRegression ? s_errors : [.. s_scores, .. withTables ? Tables : []]).Select(name => KeyValuePair.Create(name, (JsonNode?)null))];
        if (IsRegression)
            return JsonSerializer.SerializeToNode(RegressionMetrics.Of(answers, _values, _target.Columns, _weights), SpecJson.Options)!.AsObject();
        var metrics = ClassificationMetrics.Of(ProbabilitiesOf(answers), _labels, _target.Labels, _target.PositiveIndex, _weights);
        bool withMatrix = withTables && _target.Labels.Count <= ConfusionMatrix.MostLabels; // of more labels it has no counts
        bool isLarge = withMatrix && _target.Labels.Count > LabelsOfLargeMatrix;
        var written = metrics with
        {
            ConfusionMatrix = withMatrix && !isLarge ? metrics.ConfusionMatrix : ConfusionMatrix.Empty,
            PerClass = withTables ? metrics.PerClass : [],
        };
        var json = JsonSerializer.SerializeToNode(written, SpecJson.Options)!.AsObject();
        if (isLarge)
            json[Tables[0]] = JsonValue.Create(metrics.ConfusionMatrix, (JsonTypeInfo<ConfusionMatrix>)SpecJson.Options.GetTypeInfo(typeof(ConfusionMatrix)));
        else if (!withMatrix)
            json.Remove(Tables[0]);
        if (!withTables)
            json.Remove(Tables[1]);
        return json;
    }

    /// <summary>The metric by which one set of answers is compared with another for the same rows, such as those to shuffled columns.</summary>
    public string FigureOfMerit => !IsRegression ? "logLoss" : _target.Columns.Count == 1 ? "rootMeanSquaredError" : "r2";

    /// <summary>How much worse a figure of merit is than another: of losses what it is more, of a share of the variance what it is less.</summary>
    public double Worsening(double before, double after) => FigureOfMerit == "r2" ? before - after : after - before;

    /// <summary>The <see cref="FigureOfMerit"/> of answers; NaN where it is undefined.</summary>
    /// <param name="answers">[rows, outputs] of a model.</param>
    public double Merit(double[] answers)
    {
        answers = Weighing(answers);
        if (!Reductions.AllFinite<double>(answers))
            return double.NaN;
        if (!IsRegression)
            return ClassificationMetrics.LogLossOf(ProbabilitiesOf(answers), _labels, _target.Labels.Count, _weights);
        var metrics = RegressionMetrics.Of(answers, _values, _target.Columns, _weights);
        return (FigureOfMerit == "r2" ? metrics.R2 : metrics.RootMeanSquaredError) ?? double.NaN;
    }

    /// <summary>Why metrics are null: <c>r2 is null: the target is constant</c>, without a full stop.</summary>
    /// <param name="metrics">The metrics of <paramref name="answers"/>.</param>
    /// <param name="answers">[rows, outputs] of a model.</param>
    public IEnumerable<string> WhyNull(JsonObject metrics, double[] answers)
    {
        bool areFinite = Reductions.AllFinite<double>(Weighing(answers));
        foreach (var (name, value) in metrics)
            if (value is null && name != "perOutput")
                yield return $"{name} is null: "
                    + $"{(areFinite ? Reason(name, Enumerable.Range(0, _target.Columns.Count)) : "an answer is too large for a number")}";
        foreach (var (column, own) in metrics["perOutput"]?.AsObject() ?? [])
            foreach (var (name, value) in own!.AsObject())
                if (value is null && name != "perOutput" && metrics[name] is not null)
                    yield return $"{name} of \"{column}\" is null: {Reason(name, [_target.Columns.ToList().IndexOf(column)])}";
    }

    private string Reason(string name, IEnumerable<int> targets) => name switch
    {
        "rocAuc" => "all rows have one label",
        "averagePrecision" => "no row has the positive label",
        "r2" when targets.All(target => ValuesOf(target).Distinct().Count() == 1) => WeighingRows == 1 ? "there is one row" : "the target is constant",
        "meanAbsolutePercentageError" when targets.Any(target => ValuesOf(target).Contains(0)) => "a target is 0",
        _ => "it is too large for a number",
    };

    private IEnumerable<double> ValuesOf(int target)
    {
        for (int at = target; at < _values.Length; at += _target.Columns.Count)
            yield return _values[at];
    }

    /// <summary>What one model's figure is above another's: of the root mean squared error, or of the accuracy or balanced accuracy.</summary>
    /// <param name="answers">[rows, outputs] of the first model, all finite.</param>
    /// <param name="others">[rows, outputs] of the other, all finite; of a classifier with one output also [rows, labels].</param>
    /// <param name="perLabel">Of a classification: whether every label has the same weight.</param>
    public PairedDifference Compare(double[] answers, double[] others, bool perLabel) => IsRegression
        ? PairedDifference.OfErrors(Weighing(answers), Weighing(others), _values, _target.Columns.Count, _weights)
        : PairedDifference.OfShares(_labels, LabelsOf(answers), LabelsOf(others), _target.Labels.Count, perLabel, _weights);

    /// <summary>
    /// What one model's log loss or mean absolute error is above another's: figures that every row adds to, and so tell two models apart whose accuracy is the
    /// same or whose errors have heavy tails. Arguments as of <see cref="Compare"/>.
    /// </summary>
    public PairedDifference CompareMeans(double[] answers, double[] others) =>
        PairedDifference.OfMeans(LossesOf(Weighing(answers)), LossesOf(Weighing(others)), _weights);

    /// <summary>What one classifier's ROC area is above another's. Arguments as of <see cref="Compare"/>.</summary>
    public PairedDifference CompareAreas(double[] answers, double[] others) => PairedDifference.OfAreas(
        ProbabilitiesOf(Weighing(answers)), ProbabilitiesOf(Weighing(others)), _labels, _target.Labels.Count, _target.PositiveIndex, _weights);

    // Of each row −ln of its label's probability, or the mean absolute error over the targets.
    private double[] LossesOf(double[] answers)
    {
        if (!IsRegression)
            return ClassificationMetrics.LossesOf(ProbabilitiesOf(answers), _labels, _target.Labels.Count);
        var losses = new double[WeighingRows];
        for (int i = 0; i < _values.Length; i++)
            losses[i / _target.Columns.Count] += Math.Abs(answers[i] / 2 - _values[i] / 2) / _target.Columns.Count * 2;
        return losses;
    }

    /// <summary>Whether the target of another is the same, its columns, its task and its labels, and the rows weigh the same.</summary>
    public bool AsksTheSame(Truth other) => other is not null
        && _weights.SequenceEqual(other._weights) && (_weighing ?? []).SequenceEqual(other._weighing ?? [])
        && _target.Task == other._target.Task && _target.Columns.SequenceEqual(other._target.Columns) && _target.Labels.SequenceEqual(other._target.Labels);

    /// <summary>Answers in the form in which those of different networks are comparable: [rows, targets], or [rows, labels] whatever the outputs are.</summary>
    /// <param name="answers">[rows, outputs], all finite.</param>
    public double[] Comparable(double[] answers) => IsRegression ? Weighing(answers) : ProbabilitiesOf(Weighing(answers));

    /// <summary>What each metric of one model is above another's, with its interval.</summary>
    /// <param name="answers">Of the model, as <see cref="Comparable"/> gives them.</param>
    /// <param name="others">Of the other, likewise.</param>
    /// <param name="seed">Seed of the draws.</param>
    public IReadOnlyDictionary<string, PairedFigure> Differences(double[] answers, double[] others, ulong seed) => IsRegression
        ? PairedMetrics.OfNumbers(answers, others, _values, _target.Columns, seed, _weights)
        : PairedMetrics.OfClasses(ProbabilitiesOf(answers), ProbabilitiesOf(others), _labels, _target.Labels, _target.PositiveIndex, seed, _weights);

    // [labels]
    private double[] LabelWeights()
    {
        var sums = new double[_target.Labels.Count];
        for (int row = 0; row < _labels.Length; row++)
            sums[_labels[row]] += _weights.Length == 0 ? 1 : _weights[row];
        return sums;
    }

    // The answers to the rows that weigh.
    private double[] Weighing(double[] answers)
    {
        if (_weighing is null)
            return answers;
        int outputs = answers.Length / Rows;
        var kept = new double[_weighing.Length * outputs];
        for (int row = 0; row < _weighing.Length; row++)
            answers.AsSpan(_weighing[row] * outputs, outputs).CopyTo(kept.AsSpan(row * outputs));
        return kept;
    }

    private int[] LabelsOf(double[] answers)
    {
        var (probabilities, labels) = (ProbabilitiesOf(Weighing(answers)), new int[WeighingRows]);
        for (int row = 0; row < labels.Length; row++)
            labels[row] = LabelRule.Of<double>(
                probabilities.AsSpan(row * _target.Labels.Count, _target.Labels.Count), _target.PositiveIndex, LabelRule.EvenThreshold);
        return labels;
    }

    /// <summary>95 % intervals of the metrics as JSON: [low, high].</summary>
    /// <param name="answers">[rows, outputs], all finite.</param>
    /// <param name="seed">Seed of the draws.</param>
    public JsonObject Intervals(double[] answers, ulong seed) => JsonSerializer.SerializeToNode(
        IsRegression
            ? RegressionMetrics.IntervalsOf(Weighing(answers), _values, _target.Columns, seed, _weights)
            : ClassificationMetrics.IntervalsOf(
                ProbabilitiesOf(Weighing(answers)), _labels, _target.Labels, _target.PositiveIndex, seed, _weights),
        SpecJson.Options)!.AsObject();

    /// <summary>What intervals of new answers are made of; null where an answer is too far from the truth for a number.</summary>
    /// <param name="answers">[rows, outputs] of the model to rows that it has not learned from.</param>
    public ConformalScores? ConformalScores(double[] answers)
    {
        bool ofLogs = IsRegression && _target.Log1p;
        var scores = ScoresOf(Weighing(answers), ofLogs);
        return scores.All(own => own.All(double.IsFinite)) ? Engine.ConformalScores.Of(scores, _weights, ofLogs) : null;
    }

    /// <summary>Share of the rows whose truth lies in the interval, or in the set of labels, of the answer; of several targets the mean.</summary>
    /// <param name="answers">[rows, outputs], all finite.</param>
    /// <param name="thresholds">What the intervals, or the sets, take in.</param>
    public double Coverage(double[] answers, ConformalThresholds thresholds)
    {
        ArgumentNullException.ThrowIfNull(thresholds);
        var scores = ScoresOf(Weighing(answers), thresholds.OfLogs);
        int[] answered = IsRegression ? [] : LabelsOf(answers);
        double sum = 0;
        for (int target = 0; target < scores.Length; target++)
            for (int row = 0; row < WeighingRows; row++)
                if (scores[target][row] <= thresholds.Scores[target] || (!IsRegression && answered[row] == _labels[row]))
                    sum += _weights.Length == 0 ? 1 : _weights[row];
        return sum / scores.Length / Magnitude.Total(_weights, WeighingRows);
    }

    // [targets][rows that weigh], see ConformalScores.
    private double[][] ScoresOf(double[] answers, bool ofLogs)
    {
        if (!IsRegression)
        {
            var probabilities = ProbabilitiesOf(answers);
            return [Array.ConvertAll(Enumerable.Range(0, _labels.Length).ToArray(), row => 1 - probabilities[(row * _target.Labels.Count) + _labels[row]])];
        }

        int targets = _target.Columns.Count;
        var scores = new double[targets][];
        for (int target = 0; target < targets; target++)
        {
            scores[target] = new double[WeighingRows];
            for (int row = 0; row < WeighingRows; row++)
                scores[target][row] = Engine.ConformalScores.ScoreOf(answers[(row * targets) + target], _values[(row * targets) + target], ofLogs);
        }

        return scores;
    }

    /// <summary>What the metrics sum up, as curves to draw, of the rows that weigh anything.</summary>
    /// <param name="answers">[rows, outputs], all finite.</param>
    /// <param name="precision">The numbers that the model answers with.</param>
    public EvaluationCurves Curves(double[] answers, Precision precision) => IsRegression
        ? CurvesOfNumbers.Of(Weighing(answers), _values, _target.Columns, precision)
        : CurvesOfClasses.Of(ProbabilitiesOf(Weighing(answers)), _labels, _target.Labels, precision);

    /// <summary>[rows, labels] from the outputs of a classifier: one output is the positive label's probability.</summary>
    private double[] ProbabilitiesOf(double[] answers)
    {
        if (answers.Length != WeighingRows)
            return answers;
        double[] probabilities = new double[checked(answers.Length * 2)];
        for (int row = 0; row < answers.Length; row++)
        {
            probabilities[(row * 2) + _target.PositiveIndex] = answers[row];
            probabilities[(row * 2) + 1 - _target.PositiveIndex] = 1 - answers[row];
        }

        return probabilities;
    }
}
