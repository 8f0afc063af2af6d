using System.Runtime.CompilerServices;

namespace NnService.Engine.Training;

/// <summary>
/// Probabilities label by label, of the positive one of two labels or of each label that has rows, in memory that the next label takes over.
/// </summary>
// Several labels are copied at once: a row's numbers of neighbouring labels lie in one cache line, those of one label in different rows far apart.
internal ref struct LabelColumns
{
    private const int AtOnce = 8;

    private readonly ReadOnlySpan<double> _probabilities;
    private readonly int[] _starts; // [labels + 1] where the rows of a label begin among those below
    private readonly int[] _rows; // [rows] label by label
    private readonly int[] _wanted; // labels, ascending
    private readonly double[][] _scores;
    private int _at = -1;

    /// <param name="probabilities">[rows, labels]</param>
    /// <param name="actual">[rows] label indexes.</param>
    /// <param name="labels">Number of labels.</param>
    /// <param name="positive">Index of the positive label of two; −1: there is none.</param>
    public LabelColumns(ReadOnlySpan<double> probabilities, ReadOnlySpan<int> actual, int labels, int positive)
    {
        _probabilities = probabilities;
        var starts = new int[labels + 1];
        foreach (var label in actual)
            starts[label + 1]++;
        _wanted = labels == 2 ? [Math.Max(positive, 0)] : [.. Enumerable.Range(0, labels).Where(label => starts[label + 1] > 0)];
        for (var label = 0; label < labels; label++)
            starts[label + 1] += starts[label];
        (_starts, _rows) = (starts, new int[actual.Length]);
        var next = starts[..labels];
        for (var row = 0; row < actual.Length; row++)
            _rows[next[actual[row]]++] = row;
        _scores = new double[Math.Min(AtOnce, _wanted.Length)][];
        for (var i = 0; i < _scores.Length; i++)
            _scores[i] = new double[actual.Length];
        IsOwn = new bool[actual.Length];
    }

    /// <summary>The label.</summary>
    public readonly int Label => _wanted[_at];

    /// <summary>[rows] the label's probabilities.</summary>
    public readonly double[] Scores => _scores[_at % AtOnce];

    /// <summary>[rows] whether they are of the label.</summary>
    public bool[] IsOwn { get; }

    /// <summary>Goes on to the next label; false: there is none.</summary>
    public bool MoveNext()
    {
        if (_at >= 0)
            Mark(isOwn: false);
        if (++_at == _wanted.Length)
            return false;
        Mark(isOwn: true);
        if (_at % AtOnce == 0)
            Copy(_wanted.AsSpan(_at, Math.Min(AtOnce, _wanted.Length - _at)));
        return true;
    }

    private readonly void Mark(bool isOwn)
    {
        foreach (var row in _rows.AsSpan(_starts[Label].._starts[Label + 1]))
            IsOwn[row] = isOwn;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Copy(ReadOnlySpan<int> labels)
    {
        var count = _starts.Length - 1;
        for (var row = 0; row < _rows.Length; row++)
        {
            var shares = _probabilities.Slice(row * count, count);
            for (var i = 0; i < labels.Length; i++)
                _scores[i][row] = shares[labels[i]];
        }
    }
}
