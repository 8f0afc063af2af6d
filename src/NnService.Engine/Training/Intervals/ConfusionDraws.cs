using NnService.Engine.Kernels;
using NnService.Engine.Random;

namespace NnService.Engine.Training.Intervals;

/// <summary>
/// Confusion matrices that may as well stand behind the one found, and the figures that are made of them. For each label the shares of what its rows are taken
/// for are drawn from the distribution that the counts leave (Dirichlet, as Goutte and Gaussier 2005 do for precision and recall), with one row more that was
/// right or wrong by the toss of a coin: so the recalls have the limits of <see cref="BinomialInterval"/>, which come from the even mixture of the two, and a
/// label without a mistake, or without a hit, may still have one. How the rows are shared out among the labels is drawn
/// likewise, so that every label that occurs keeps some. A label that these rows lack counts as half a row, unless most are lacking, and the rows are about the
/// others. Rows with weights count as so many as <see cref="EffectiveRows"/> says, of a label and of all.
/// </summary>
internal sealed class ConfusionDraws
{
    private readonly IReadOnlyList<(int Actual, int Predicted, double Count)> _cells;
    private readonly double[] _occurs; // as found
    private readonly double[] _rows; // as drawn, and as many in all
    private readonly int[] _used; // labels that occur or are predicted, and those that are lacking and count
    private readonly int[] _counted; // those of them that occur, or are lacking
    private readonly double[] _hits;
    private readonly double[] _predicted;
    private readonly double[] _drawn;
    private readonly double[] _sums;
    private readonly double[] _wrong;

    internal ConfusionDraws(ConfusionMatrix matrix)
    {
        var labels = matrix.Labels.Count;
        _cells = [.. matrix.Cells.Where(cell => cell.Weight > 0).Select(cell => (cell.Actual, cell.Predicted, cell.Weight * OfOne(matrix, cell.Actual)))];
        (_occurs, _rows, _hits) = (new double[labels], new double[labels], new double[labels]);
        (_predicted, _sums, _wrong) = (new double[labels], new double[labels], new double[labels]);
        _drawn = new double[_cells.Count];
        double[] weights = matrix.Occurs;
        var squares = weights.Select((weight, label) => weight > 0 ? weight * weight / matrix.EffectiveRows[label] : 0).Sum();
        var all = weights.Sum();
        for (var label = 0; label < labels; label++)
            _occurs[label] = weights[label] * (EffectiveRows.Of(all, squares) / all);
        var isLackingCounted = 2 * _occurs.Count(rows => rows > 0) >= labels;
        _counted = [.. Enumerable.Range(0, labels).Where(label => _occurs[label] > 0 || isLackingCounted)];
        _used = [.. _counted.Union(_cells.Select(cell => cell.Predicted)).Order()];
    }

    // Effective rows of a unit of weight; 1 without weights.
    private static double OfOne(ConfusionMatrix matrix, int actual) => matrix.EffectiveRows[actual] / matrix.Occurs[actual];

    /// <summary>The figures of each draw: macro F1 and Matthews correlation.</summary>
    internal (double[] MacroF1, double[] Matthews) Draw(int draws, ulong seed)
    {
        var (macroF1, matthews) = (new double[draws], new double[draws]);
        for (var draw = 0; draw < draws; draw++)
        {
            Fill(new GammaStream(new RandomStream(seed, RandomPurpose.Bootstrap, (uint)(Bootstrap.Resamples + 1 + draw))));
            (macroF1[draw], matthews[draw]) = (MacroF1(), Matthews());
        }

        return (macroF1, matthews);
    }

    private void Fill(GammaStream chance)
    {
        _sums.AsSpan().Clear();
        _hits.AsSpan().Clear();
        _predicted.AsSpan().Clear();
        foreach (var label in _counted)
        {
            (_hits[label], _wrong[label]) = (0, 0);
            (chance.Coin() ? _hits : _wrong)[label] = chance.Next(1);
            _sums[label] = _hits[label] + _wrong[label];
            _rows[label] = _occurs[label] > 0 ? chance.Next(_occurs[label]) : chance.Half();
        }

        var part = _occurs.Sum() / _rows.Sum();
        foreach (var label in _used)
            _rows[label] *= part;

        for (var c = 0; c < _cells.Count; c++)
        {
            _drawn[c] = chance.Next(_cells[c].Count);
            _sums[_cells[c].Actual] += _drawn[c];
        }

        for (var c = 0; c < _cells.Count; c++)
        {
            var (actual, predicted, _) = _cells[c];
            if (actual == predicted)
                _hits[actual] += _drawn[c];
            else
                _predicted[predicted] += _drawn[c] / _sums[actual] * _rows[actual];
        }

        var allWrong = 0.0;
        foreach (var label in _counted)
        {
            _hits[label] *= _rows[label] / _sums[label];
            _predicted[label] += _hits[label];
            allWrong += _wrong[label] *= _rows[label] / _sums[label];
        }

        for (var i = 0; i < _used.Length && _used.Length > 1; i++) // what was wrong by the prior was taken for any of the others
        {
            var label = _used[i];
            _predicted[label] += (allWrong - _wrong[label]) / (_used.Length - 1); // 0 where it was not counted
        }
    }

    private double MacroF1() => _used.Sum(label => 2 * _hits[label] / (_rows[label] + _predicted[label])) / _used.Length;

    private double Matthews()
    {
        double rows = 0, hits = 0, products = 0, predictedSquares = 0, occurringSquares = 0;
        foreach (var label in _used)
        {
            rows += _rows[label];
            hits += _hits[label];
            products += _predicted[label] * _rows[label];
            predictedSquares += _predicted[label] * _predicted[label];
            occurringSquares += _rows[label] * _rows[label];
        }

        var spread = ((rows * rows) - predictedSquares) * ((rows * rows) - occurringSquares);
        return spread > 0 ? ((hits * rows) - products) / Math.Sqrt(spread) : 0;
    }

    /// <summary>Numbers of the gamma distributions, one after the other.</summary>
    private sealed class GammaStream(RandomStream random)
    {
        private const double Squeeze = 0.0331; // what it takes is taken without it too, and mostly there is no need of the logarithms

        private ulong _index;

        /// <summary>Heads or tails.</summary>
        public bool Coin() => random.Uniform(_index++) < 0.5;

        /// <summary>Of shape ½: half the square of a normal number.</summary>
        public double Half()
        {
            var normal = random.Normal(_index++);
            return normal * normal / 2;
        }

        /// <summary>Of a shape: Marsaglia and Tsang 2000, section 6 where it is below 1.</summary>
        public double Next(double shape)
        {
            if (shape < 1)
                return Next(shape + 1) * Transcendentals.Exp(Transcendentals.Log(1 - random.Uniform(_index++)) / shape);
            var d = shape - (1.0 / 3);
            var c = 1 / Math.Sqrt(9 * d);
            while (true)
            {
                var x = random.Normal(_index++);
                var v = 1 + (c * x);
                if (v <= 0)
                    continue;
                v = v * v * v;
                var u = 1 - random.Uniform(_index++); // not 0
                if (u < 1 - (Squeeze * x * x * x * x) || Transcendentals.Log(u) < (0.5 * x * x) + d - (d * v) + (d * Transcendentals.Log(v)))
                    return d * v;
            }
        }
    }
}
