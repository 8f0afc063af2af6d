using NnService.Api.Errors;
using NnService.Engine;
using NnService.Engine.Data.Encodings;

namespace NnService.Api.Models.Predictions;

/// <summary>The answers of a model to a batch of rows: labels and probabilities, or values in the targets' own units.</summary>
/// <param name="loaded">The model.</param>
/// <param name="threshold">Binary classification: the positive label from this probability on.</param>
internal sealed class Predictor(LoadedModel loaded, double threshold = LabelRule.EvenThreshold)
{
    private double[] _answers = [];
    private int[] _labels = []; // of each row of the batch: where a model has many, finding one takes a look at every answer
    private long _before; // rows of the batches before this one

    /// <summary>The model.</summary>
    public LoadedModel Loaded => loaded;

    /// <summary>Takes the times of the request.</summary>
    public UsageWatch Watch { get; } = new(loaded.Usage);

    /// <summary>What the answers mean.</summary>
    public TargetEncoding Target { get; } = loaded.Model.Description.Target;

    /// <summary>Whether the answers are float32, and written as such.</summary>
    public bool AreSingle { get; } = loaded.Model.Description.AnswerPrecision == Precision.Float32;

    /// <summary>Numbers of an answer.</summary>
    public int Outputs { get; } = loaded.Model.Outputs;

    /// <summary>What intervals, or sets of labels, take in (<see cref="IntervalLevel"/>); null: answers have none.</summary>
    public ConformalThresholds? Thresholds { get; set; }

    /// <summary>Whether answers have intervals, or sets of labels.</summary>
    public bool HasIntervals => Thresholds is not null;

    /// <summary>Rows of the batch.</summary>
    public int Rows { get; private set; }

    /// <summary>Asks the model about the next batch and forgets the last. Errors: <see cref="ProblemException"/> where an answer is not finite.</summary>
    /// <param name="values">[rows, width of the features]</param>
    /// <param name="rows">Number of rows.</param>
    public void Ask(ReadOnlySpan<double> values, int rows)
    {
        _before += Rows;
        Rows = rows;
        var count = checked(rows * Outputs);
        if (_answers.Length < count)
            _answers = new double[count];
        var answers = _answers.AsSpan(0, count);
        loaded.Model.Predict(values, rows, answers);
        for (var i = 0; i < answers.Length; i++)
            if (!double.IsFinite(answers[i]))
                throw TooLarge(_before + (i / Outputs));
        if (Target.Task != TaskKind.Regression)
            FindLabels();
    }

    /// <summary>The answer of a regression for a row, in the target's own units.</summary>
    public double ValueOf(int row, int target) => _answers[(row * Outputs) + target];

    /// <summary>Index of a row's label; only of a classification.</summary>
    public int LabelOf(int row) => _labels[row];

    /// <summary>Probability of a label in a row.</summary>
    public double ProbabilityOf(int row, int label)
    {
        if (Outputs > 1)
            return _answers[(row * Outputs) + label];
        return label == Target.PositiveIndex ? _answers[row] : 1 - _answers[row];
    }

    /// <summary>The interval around the answer of a regression; only where there are intervals.</summary>
    public (double Low, double High) IntervalOf(int row, int target)
    {
        var (value, most) = (ValueOf(row, target), AreSingle ? float.MaxValue : double.MaxValue);
        var (low, high) = Thresholds!.Around(target, value);
        return (Math.Max(low, -most), Math.Min(high, most));
    }

    /// <summary>Whether a row's set of labels holds one: each that is likely enough, and the row's own; only where there are sets.</summary>
    public bool IsInSet(int row, int label) => 1 - ProbabilityOf(row, label) <= Thresholds!.Scores[0] || LabelOf(row) == label;

    // A threshold is compared as probabilities are written: a float32 that reads 0.7 has reached 0.7.
    private void FindLabels()
    {
        if (_labels.Length < Rows)
            _labels = new int[Rows];
        var reached = AreSingle ? (float)threshold : threshold;
        for (var row = 0; row < Rows; row++)
            _labels[row] = LabelRule.Of<double>(_answers.AsSpan(row * Outputs, Outputs), Target.PositiveIndex, reached);
    }

    private static ProblemException TooLarge(long row) =>
        Refusal.Exception(400, $"The prediction for row {row} is too large for a number; check that row's values.", $"#/rows/{row}");
}
