using NnService.Engine.Data.Encodings;

namespace NnService.Engine.Training.Intervals;

/// <summary>
/// Classified rows, prepared for <see cref="Bootstrap"/>: the definitions are those of <see cref="ClassificationMetrics"/>, but that nothing is taken from the
/// calibration error, since of a difference between two what chance adds to them nearly cancels out.
/// </summary>
internal sealed class ResampledClassification : IResampled
{
    private readonly int[] _cellOf; // [rows] index of the (actual, predicted) pair
    private readonly (int Actual, int Predicted)[] _cells; // places among the labels that occur or are predicted, as in the next three
    private readonly double[] _losses;
    private readonly int[] _binOf;
    private readonly double[] _excess;
    private readonly RankedLabel[] _ranked;
    private readonly double[] _cellCounts;
    private readonly double[] _occurs;
    private readonly double[] _predicted;
    private readonly double[] _hits;
    private readonly int[] _truth;
    private readonly double[] _weights;
    private readonly double[] _bins = new double[ClassificationMetrics.CalibrationBins];

    /// <param name="probabilities">[all rows, labels]</param>
    /// <param name="actual">[all rows] label indexes.</param>
    /// <param name="labels">Number of labels.</param>
    /// <param name="positive">Index of the positive label of two; −1: there is none.</param>
    /// <param name="rows">The rows to draw from.</param>
    /// <param name="weights">[all rows]; empty: every row weighs 1.</param>
    public ResampledClassification(
        ReadOnlySpan<double> probabilities, ReadOnlySpan<int> actual, int labels, int positive, int[] rows, ReadOnlySpan<double> weights = default)
    {
        Rows = rows.Length;
        _weights = Bootstrap.Weights(weights, rows);
        (_cellOf, _losses, _binOf, _excess) = (new int[Rows], new double[Rows], new int[Rows], new double[Rows]);
        _truth = new int[Rows];
        var cells = new Dictionary<(int Actual, int Predicted), int>();
        for (var i = 0; i < Rows; i++)
        {
            var shares = probabilities.Slice(rows[i] * labels, labels);
            _truth[i] = actual[rows[i]];
            var top = LabelRule.Of(shares, labels == 2 ? positive : -1, LabelRule.EvenThreshold);
            if (!cells.TryGetValue((_truth[i], top), out _cellOf[i]))
                cells.Add((_truth[i], top), _cellOf[i] = cells.Count);
            _losses[i] = ClassificationMetrics.LogLossOf(shares[_truth[i]]);
            _binOf[i] = ClassificationMetrics.BinOf(shares[top]);
            _excess[i] = shares[top] - (top == _truth[i] ? 1 : 0);
        }

        // A draw looks at the labels that these rows have or are taken for, and at no other.
        int[] used = [.. cells.Keys.SelectMany(cell => new[] { cell.Actual, cell.Predicted }).Distinct().Order()];
        _cells = [.. cells.OrderBy(cell => cell.Value)
            .Select(cell => (Array.BinarySearch(used, cell.Key.Actual), Array.BinarySearch(used, cell.Key.Predicted)))];
        _cellCounts = new double[_cells.Length];
        (_occurs, _predicted, _hits) = (new double[used.Length], new double[used.Length], new double[used.Length]);
        var ranked = new List<RankedLabel>();
        foreach (var k in labels == 2 ? [Math.Max(positive, 0)] : _truth.Distinct().Order().ToArray())
        {
            var scores = new double[Rows];
            for (var i = 0; i < Rows; i++)
                scores[i] = probabilities[(rows[i] * labels) + k];
            ranked.Add(new RankedLabel(scores, _truth, _weights, k));
        }

        _ranked = [.. ranked];
    }

    public int Rows { get; }

    public IReadOnlyList<string> Names { get; } =
        ["accuracy", "balancedAccuracy", "logLoss", "rocAuc", "averagePrecision", "macroF1", "matthewsCorrelation", "calibrationError"];

    public void Compute(ReadOnlySpan<ushort> counts, Span<double> figures)
    {
        _cellCounts.AsSpan().Clear();
        double rows = 0;
        for (var i = 0; i < counts.Length; i++)
        {
            var count = counts[i] * _weights[i];
            _cellCounts[_cellOf[i]] += count;
            rows += count;
        }

        AddCells();
        figures[0] = Sum(_hits) / rows;
        (figures[1], figures[5]) = MeansOverLabels();
        (figures[2], figures[7]) = LossAndCalibration(counts);
        (figures[3], figures[4]) = Ranks(counts);
        figures[6] = Matthews(rows);
    }

    private (double LogLoss, double CalibrationError) LossAndCalibration(ReadOnlySpan<ushort> counts)
    {
        _bins.AsSpan().Clear();
        double loss = 0, rows = 0, excess = 0;
        for (var i = 0; i < counts.Length; i++)
        {
            var count = counts[i] * _weights[i];
            _bins[_binOf[i]] += count * _excess[i];
            loss += count * _losses[i];
            rows += count;
        }

        foreach (var bin in _bins)
            excess += Math.Abs(bin);
        return (loss / rows, excess / rows);
    }

    private void AddCells()
    {
        _occurs.AsSpan().Clear();
        _predicted.AsSpan().Clear();
        _hits.AsSpan().Clear();
        for (var c = 0; c < _cells.Length; c++)
        {
            var (actual, predicted) = _cells[c];
            _occurs[actual] += _cellCounts[c];
            _predicted[predicted] += _cellCounts[c];
            if (actual == predicted)
                _hits[actual] += _cellCounts[c];
        }
    }

    private (double Recall, double F1) MeansOverLabels()
    {
        double recalls = 0, occurring = 0, f1 = 0, used = 0;
        for (var k = 0; k < _hits.Length; k++)
        {
            if (_occurs[k] > 0)
                (recalls, occurring) = (recalls + (_hits[k] / _occurs[k]), occurring + 1);
            if (_occurs[k] + _predicted[k] > 0)
                (f1, used) = (f1 + (2 * _hits[k] / (_occurs[k] + _predicted[k])), used + 1);
        }

        return (recalls / occurring, f1 / used);
    }

    private double Matthews(double rows)
    {
        double products = 0, predictedSquares = 0, occurringSquares = 0;
        for (var k = 0; k < _hits.Length; k++)
        {
            products += _predicted[k] * _occurs[k];
            predictedSquares += _predicted[k] * _predicted[k];
            occurringSquares += _occurs[k] * _occurs[k];
        }

        var spread = ((rows * rows) - predictedSquares) * ((rows * rows) - occurringSquares);
        return spread == 0 ? 0 : ((Sum(_hits) * rows) - products) / Math.Sqrt(spread);
    }

    // The means over the labels for which they are defined.
    private (double Area, double Precision) Ranks(ReadOnlySpan<ushort> counts)
    {
        double areas = 0, precisions = 0;
        int withArea = 0, withPrecision = 0;
        foreach (var label in _ranked)
        {
            var (area, precision) = label.Compute(counts);
            if (!double.IsNaN(area))
                (areas, withArea) = (areas + area, withArea + 1);
            if (!double.IsNaN(precision))
                (precisions, withPrecision) = (precisions + precision, withPrecision + 1);
        }

        return (areas / withArea, precisions / withPrecision);
    }

    private static double Sum(double[] numbers)
    {
        double sum = 0;
        foreach (var number in numbers)
            sum += number;
        return sum;
    }

    /// <summary>The rows by falling score of one label.</summary>
    private sealed class RankedLabel
    {
        private readonly int[] _order;
        private readonly bool[] _isPositive; // in that order
        private readonly bool[] _endsTie;
        private readonly double[] _weights;

        public RankedLabel(double[] scores, int[] actual, double[] weights, int label)
        {
            _weights = weights;
            _order = [.. Enumerable.Range(0, scores.Length)];
            var keys = Array.ConvertAll(scores, score => -score);
            Array.Sort(keys, _order);
            _isPositive = Array.ConvertAll(_order, row => actual[row] == label);
            _endsTie = new bool[keys.Length];
            for (var i = 0; i < keys.Length; i++)
                _endsTie[i] = i == keys.Length - 1 || keys[i] != keys[i + 1];
        }

        public (double Area, double Precision) Compute(ReadOnlySpan<ushort> counts)
        {
            double positives = 0, negatives = 0, hits = 0, misses = 0;
            double pairs = 0, precision = 0;
            for (var i = 0; i < _order.Length; i++)
            {
                var count = counts[_order[i]] * _weights[_order[i]];
                if (_isPositive[i])
                    hits += count;
                else
                    misses += count;
                if (!_endsTie[i])
                    continue;
                pairs += misses * (positives + (0.5 * hits));
                positives += hits;
                negatives += misses;
                if (hits > 0)
                    precision += hits * (positives / (positives + negatives));
                (hits, misses) = (0, 0);
            }

            return (
                positives == 0 || negatives == 0 ? double.NaN : pairs / (positives * negatives),
                positives == 0 ? double.NaN : precision / positives);
        }
    }
}
