using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
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
    private readonly (int Actual, int Predicted, double Count)[] _cells;
    private readonly double[] _occurs; // as found
    private readonly int[] _used; // labels that occur or are predicted, and those that are lacking and count
    private readonly int[] _counted; // those of them that occur, or are lacking
    private readonly Vector512<double>[] _rows; // of each label, as drawn, and as many in all; a lane is a draw, here and below
    private readonly Vector512<double>[] _hits;
    private readonly Vector512<double>[] _predicted;
    private readonly Vector512<double>[] _sums;
    private readonly Vector512<double>[] _wrong;
    private readonly Vector512<double>[] _drawn; // of each cell

    internal ConfusionDraws(ConfusionMatrix matrix)
    {
        var labels = matrix.Labels.Count;
        _cells = [.. matrix.Cells.Where(cell => cell.Weight > 0).Select(cell => (cell.Actual, cell.Predicted, cell.Weight * OfOne(matrix, cell.Actual)))];
        _occurs = new double[labels];
        (_rows, _hits, _predicted) = (new Vector512<double>[labels], new Vector512<double>[labels], new Vector512<double>[labels]);
        (_sums, _wrong, _drawn) = (new Vector512<double>[labels], new Vector512<double>[labels], new Vector512<double>[_cells.Length]);
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
    /// <param name="draws">How many, a multiple of 8: so many are made at once, each as if it were alone.</param>
    /// <param name="seed">Their seed.</param>
    internal (double[] MacroF1, double[] Matthews) Draw(int draws, ulong seed)
    {
        var (macroF1, matthews) = (new double[draws], new double[draws]);
        for (var draw = 0; draw < draws; draw += Vector512<double>.Count)
        {
            Fill(new GammaLanes(new RandomLanes(seed, RandomPurpose.Bootstrap, (uint)(Bootstrap.Resamples + 1 + draw))));
            MacroF1().CopyTo(macroF1, draw);
            Matthews().CopyTo(matthews, draw);
        }

        return (macroF1, matthews);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Fill(GammaLanes chance)
    {
        _sums.AsSpan().Clear();
        _hits.AsSpan().Clear();
        _predicted.AsSpan().Clear();
        foreach (var label in _counted)
        {
            var (isHit, one) = (chance.Coin(), chance.Next(1));
            (_hits[label], _wrong[label]) = (one & isHit, Vector512.AndNot(one, isHit));
            _sums[label] = _hits[label] + _wrong[label];
            _rows[label] = _occurs[label] > 0 ? chance.Next(_occurs[label]) : chance.Half();
        }

        var (rows, all) = (0.0, Vector512<double>.Zero);
        for (var label = 0; label < _occurs.Length; label++)
            (rows, all) = (rows + _occurs[label], all + _rows[label]);
        var part = Vector512.Create(rows) / all;
        foreach (var label in _used)
            _rows[label] *= part;

        for (var c = 0; c < _cells.Length; c++)
        {
            _drawn[c] = chance.Next(_cells[c].Count);
            _sums[_cells[c].Actual] += _drawn[c];
        }

        for (var c = 0; c < _cells.Length; c++)
        {
            var (actual, predicted, _) = _cells[c];
            if (actual == predicted)
                _hits[actual] += _drawn[c];
            else
                _predicted[predicted] += _drawn[c] / _sums[actual] * _rows[actual];
        }

        var allWrong = Vector512<double>.Zero;
        foreach (var label in _counted)
        {
            _hits[label] *= _rows[label] / _sums[label];
            _predicted[label] += _hits[label];
            allWrong += _wrong[label] *= _rows[label] / _sums[label];
        }

        for (var i = 0; i < _used.Length && _used.Length > 1; i++) // what was wrong by the prior was taken for any of the others
        {
            var label = _used[i];
            _predicted[label] += (allWrong - _wrong[label]) / Vector512.Create(_used.Length - 1.0); // 0 where it was not counted
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Vector512<double> MacroF1()
    {
        var sum = Vector512<double>.Zero;
        foreach (var label in _used)
            sum += Vector512.Create(2.0) * _hits[label] / (_rows[label] + _predicted[label]);
        return Vector512.Min(sum / Vector512.Create((double)_used.Length), Vector512<double>.One); // but for rounding, it is no more
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Vector512<double> Matthews()
    {
        var (rows, hits, products) = (Vector512<double>.Zero, Vector512<double>.Zero, Vector512<double>.Zero);
        var (predictedSquares, occurringSquares) = (Vector512<double>.Zero, Vector512<double>.Zero);
        foreach (var label in _used)
        {
            rows += _rows[label];
            hits += _hits[label];
            products += _predicted[label] * _rows[label];
            predictedSquares += _predicted[label] * _predicted[label];
            occurringSquares += _rows[label] * _rows[label];
        }

        var spread = ((rows * rows) - predictedSquares) * ((rows * rows) - occurringSquares);
        var isSpread = Vector512.GreaterThan(spread, Vector512<double>.Zero);
        var found = Vector512.ConditionalSelect(isSpread, ((hits * rows) - products) / Vector512.Sqrt(spread), Vector512<double>.Zero);
        return Vector512.Max(Vector512.Min(found, Vector512<double>.One), -Vector512<double>.One); // but for rounding, it is within
    }
}
