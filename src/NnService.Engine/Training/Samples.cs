using System.Numerics;
using NnService.Engine.Data.Csv;

namespace NnService.Engine.Training;

/// <summary>Encoded rows that a trainer draws minibatches from.</summary>
public sealed class Samples<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T[] _rows;
    private readonly RowLayout? _layout;
    private readonly int _rowWidth;
    private readonly T[] _targets;
    private readonly T[] _weights;
    private readonly T[] _rowWeights;

    /// <param name="inputs">[rows, inputWidth]</param>
    /// <param name="inputWidth">Numbers of a row's encoded features.</param>
    /// <param name="targets">[rows, targetWidth]</param>
    /// <param name="targetWidth">Numbers of a row's encoded target.</param>
    /// <param name="weights">[rows] in the loss; empty: every row weighs 1.</param>
    public Samples(T[] inputs, int inputWidth, T[] targets, int targetWidth, T[]? weights = null)
        : this(inputs, inputWidth, null, targets, targetWidth, weights, null)
    {
    }

    /// <param name="compact">[rows, CompactWidth]</param>
    /// <param name="layout">How a compact row becomes inputs, when a minibatch is made.</param>
    /// <param name="targets">[rows, targetWidth]</param>
    /// <param name="targetWidth">Numbers of a row's encoded target.</param>
    /// <param name="weights">[rows] in the loss, those of classes included; empty: every row weighs 1.</param>
    /// <param name="rowWeights">[rows] in scores, which do not see weights of classes; empty: every row weighs 1.</param>
    public Samples(T[] compact, RowLayout layout, T[] targets, int targetWidth, T[]? weights = null, T[]? rowWeights = null)
        : this(compact, layout.CompactWidth, layout.IsPlain ? null : layout, targets, targetWidth, weights, rowWeights)
    {
    }

    private Samples(T[] rows, int rowWidth, RowLayout? layout, T[] targets, int targetWidth, T[]? weights, T[]? rowWeights)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(targets);
        if (rows.Length % rowWidth != 0 || rows.Length / rowWidth != targets.Length / targetWidth || targets.Length % targetWidth != 0)
            throw new ArgumentException(
                $"{rows.Length} inputs of width {rowWidth} and {targets.Length} targets of width {targetWidth} are not the same number of rows.");
        Rows = rows.Length / rowWidth;
        if (weights is { Length: > 0 } && weights.Length != Rows)
            throw new ArgumentException($"There are {weights.Length} weights for {Rows} rows.", nameof(weights));
        (_rows, _rowWidth, _layout, _targets, _weights, _rowWeights) = (rows, rowWidth, layout, targets, weights ?? [], rowWeights ?? []);
        (InputWidth, TargetWidth) = (layout?.Width ?? rowWidth, targetWidth);
    }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Numbers of a row's encoded features.</summary>
    public int InputWidth { get; }

    /// <summary>Numbers of a row's encoded target.</summary>
    public int TargetWidth { get; }

    /// <summary>Whether rows have weights.</summary>
    public bool HasWeights => _weights.Length > 0;

    /// <summary>Numbers of room that <see cref="Range"/> needs for so many rows; 0 where rows are the inputs already.</summary>
    public int RoomFor(int rows) => _layout is null ? 0 : rows * InputWidth;

    /// <summary>A run of consecutive rows: where they lie, or, from compact rows, in the given memory.</summary>
    /// <param name="start">The first row.</param>
    /// <param name="rows">How many.</param>
    /// <param name="room">At least <see cref="RoomFor"/> numbers.</param>
    public Minibatch<T> Range(int start, int rows, Span<T> room)
    {
        ReadOnlySpan<T> inputs = _rows.AsSpan(start * _rowWidth, rows * _rowWidth);
        if (_layout is not null)
        {
            for (var i = 0; i < rows; i++)
                _layout.Spread(inputs.Slice(i * _rowWidth, _rowWidth), room.Slice(i * InputWidth, InputWidth));
            inputs = room[..(rows * InputWidth)];
        }

        return new(inputs, _targets.AsSpan(start * TargetWidth, rows * TargetWidth), Weights(start, rows));
    }

    /// <summary>What the compact rows are made of.</summary>
    internal IReadOnlyList<RowLayout.Piece> Pieces => _layout?.Pieces ?? [new RowLayout.Piece(0, 0, _rowWidth, IsOneHot: false)];

    /// <summary>Numbers of a compact row.</summary>
    internal int RowWidth => _rowWidth;

    /// <summary>A run of consecutive rows as they lie, [rows, RowWidth].</summary>
    internal ReadOnlySpan<T> Compact(int start, int rows) => _rows.AsSpan(start * _rowWidth, rows * _rowWidth);

    /// <summary>An input in all rows; not one of a category's.</summary>
    public T[] Column(int input)
    {
        var place = _layout?.CompactPlaceOf(input) ?? input;
        var values = new T[Rows];
        for (var row = 0; row < values.Length; row++)
            values[row] = _rows[(row * _rowWidth) + place];
        return values;
    }

    /// <summary>The targets of a run of consecutive rows, [rows, TargetWidth].</summary>
    public ReadOnlySpan<T> Targets(int start, int rows) => _targets.AsSpan(start * TargetWidth, rows * TargetWidth);

    /// <summary>The weights of a run of consecutive rows; empty: every row weighs 1.</summary>
    public ReadOnlySpan<T> Weights(int start, int rows) => HasWeights ? _weights.AsSpan(start, rows) : [];

    /// <summary>The weights in scores of a run of consecutive rows; empty: every row weighs 1.</summary>
    public ReadOnlySpan<T> RowWeights(int start, int rows) => _rowWeights.Length > 0 ? _rowWeights.AsSpan(start, rows) : [];

    /// <summary>The given rows: where they lie if they follow one another, else copied into the given memory.</summary>
    /// <param name="rows">Row numbers; a row may come more than once.</param>
    /// <param name="inputs">Room for [rows, InputWidth].</param>
    /// <param name="targets">Room for [rows, TargetWidth].</param>
    /// <param name="weights">Room for [rows], or empty without weights.</param>
    public Minibatch<T> Batch(ReadOnlySpan<int> rows, Span<T> inputs, Span<T> targets, Span<T> weights)
    {
        if (FollowOneAnother(rows))
            return Range(rows[0], rows.Length, inputs);
        inputs = inputs[..(rows.Length * InputWidth)];
        targets = targets[..(rows.Length * TargetWidth)];
        weights = HasWeights ? weights[..rows.Length] : [];
        Gather(rows, inputs, targets, weights);
        return new Minibatch<T>(inputs, targets, weights);
    }

    private static bool FollowOneAnother(ReadOnlySpan<int> rows)
    {
        for (var i = 1; i < rows.Length; i++)
            if (rows[i] != rows[0] + i)
                return false;
        return rows.Length > 0;
    }

    /// <summary>Copies the given rows into a minibatch.</summary>
    /// <param name="rows">Row numbers; a row may come more than once.</param>
    /// <param name="inputs">[rows, InputWidth], overwritten.</param>
    /// <param name="targets">[rows, TargetWidth], overwritten.</param>
    /// <param name="weights">[rows] or empty without weights, overwritten.</param>
    public void Gather(ReadOnlySpan<int> rows, Span<T> inputs, Span<T> targets, Span<T> weights)
    {
        for (var i = 0; i < rows.Length; i++)
        {
            ReadOnlySpan<T> row = _rows.AsSpan(rows[i] * _rowWidth, _rowWidth);
            if (_layout is null)
                row.CopyTo(inputs[(i * InputWidth)..]);
            else
                _layout.Spread(row, inputs.Slice(i * InputWidth, InputWidth));
            _targets.AsSpan(rows[i] * TargetWidth, TargetWidth).CopyTo(targets[(i * TargetWidth)..]);
            if (HasWeights)
                weights[i] = _weights[rows[i]];
        }
    }
}

/// <summary>Some rows side by side: inputs [rows, inputWidth], targets [rows, targetWidth], weights [rows] or empty.</summary>
public readonly ref struct Minibatch<T>(ReadOnlySpan<T> inputs, ReadOnlySpan<T> targets, ReadOnlySpan<T> weights)
{
    /// <summary>[rows, inputWidth]</summary>
    public ReadOnlySpan<T> Inputs { get; } = inputs;

    /// <summary>[rows, targetWidth]</summary>
    public ReadOnlySpan<T> Targets { get; } = targets;

    /// <summary>[rows]; empty: every row weighs 1.</summary>
    public ReadOnlySpan<T> Weights { get; } = weights;
}
