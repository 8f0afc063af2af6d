using System.Numerics;
using System.Runtime.CompilerServices;
using NnService.Engine.Data.Encodings;

namespace NnService.Engine.Training;

/// <summary>Encoded rows in memory.</summary>
public sealed class MemorySamples<T> : Samples<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T[] _rows;
    private readonly T[] _targets;
    private readonly T[] _weights;
    private readonly T[] _rowWeights;

    /// <param name="inputs">[rows, inputWidth]</param>
    /// <param name="inputWidth">Numbers of a row's encoded features.</param>
    /// <param name="targets">[rows, targetWidth]</param>
    /// <param name="targetWidth">Numbers of a row's encoded target.</param>
    /// <param name="weights">[rows] in the loss; empty: every row weighs 1.</param>
    public MemorySamples(T[] inputs, int inputWidth, T[] targets, int targetWidth, T[]? weights = null)
        : this(inputs, inputWidth, null, targets, targetWidth, null, weights, null)
    {
    }

    /// <param name="compact">[rows, CompactWidth]</param>
    /// <param name="layout">How a compact row becomes inputs, when a minibatch is made.</param>
    /// <param name="targets">[rows, targetWidth]</param>
    /// <param name="targetWidth">Numbers of a row's encoded target.</param>
    /// <param name="weights">[rows] in the loss, those of classes included; empty: every row weighs 1.</param>
    /// <param name="rowWeights">[rows] in scores, which do not see weights of classes; empty: every row weighs 1.</param>
    public MemorySamples(T[] compact, RowLayout layout, T[] targets, int targetWidth, T[]? weights = null, T[]? rowWeights = null)
        : this(compact, layout.CompactWidth, layout.IsPlain ? null : layout, targets, targetWidth, null, weights, rowWeights)
    {
    }

    /// <param name="compact">[rows, CompactWidth]</param>
    /// <param name="layout">How a compact row becomes inputs, when a minibatch is made.</param>
    /// <param name="indexes">[rows] of each row's label.</param>
    /// <param name="labels">How an index becomes a target, when a minibatch is made.</param>
    /// <param name="weights">[rows] in the loss, those of classes included; empty: every row weighs 1.</param>
    /// <param name="rowWeights">[rows] in scores, which do not see weights of classes; empty: every row weighs 1.</param>
    internal MemorySamples(T[] compact, RowLayout layout, T[] indexes, OneHotTarget<T> labels, T[]? weights, T[]? rowWeights)
        : this(compact, layout.CompactWidth, layout.IsPlain ? null : layout, indexes, labels.Width, labels, weights, rowWeights)
    {
    }

    private MemorySamples(T[] rows, int rowWidth, RowLayout? layout, T[] targets, int targetWidth, OneHotTarget<T>? labels, T[]? weights, T[]? rowWeights)
        : base(RowsOf(rows, rowWidth, targets, labels is null ? targetWidth : 1), rowWidth, layout, targetWidth, labels)
    {
        if (weights is { Length: > 0 } && weights.Length != Rows)
            throw new ArgumentException($"There are {weights.Length} weights for {Rows} rows.", nameof(weights));
        (_rows, _targets, _weights, _rowWeights) = (rows, targets, weights ?? [], rowWeights ?? []);
    }

    /// <inheritdoc />
    public override bool HasWeights => _weights.Length > 0;

    /// <inheritdoc />
    // As the base does it, but without calls that would take a tenth of a tiny network's step.
    public override Minibatch<T> Range(int start, int rows, Span<T> room)
    {
        ReadOnlySpan<T> inputs = _rows.AsSpan(start * RowWidth, rows * RowWidth);
        return new(
            Layout is null ? inputs : Spread(inputs, rows, room), SpreadTargets(_targets.AsSpan(start * KeptTargetWidth, rows * KeptTargetWidth)),
            HasWeights ? _weights.AsSpan(start, rows) : []);
    }

    internal override ReadOnlySpan<T> Compact(int start, int rows) => _rows.AsSpan(start * RowWidth, rows * RowWidth);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override T[] Column(int input)
    {
        var place = Layout?.CompactPlaceOf(input) ?? input;
        var values = new T[Rows];
        for (var row = 0; row < values.Length; row++)
            values[row] = _rows[(row * RowWidth) + place];
        return values;
    }

    /// <inheritdoc />
    public override ReadOnlySpan<T> Targets(int start, int rows) => SpreadTargets(_targets.AsSpan(start * KeptTargetWidth, rows * KeptTargetWidth));

    /// <inheritdoc />
    public override ReadOnlySpan<T> Weights(int start, int rows) => HasWeights ? _weights.AsSpan(start, rows) : [];

    /// <inheritdoc />
    public override ReadOnlySpan<T> RowWeights(int start, int rows) => _rowWeights.Length > 0 ? _rowWeights.AsSpan(start, rows) : [];

    /// <inheritdoc />
    public override void Begin(ReadOnlySpan<int> visits, int from, TrainingControl? control)
    {
        // Every row is where it can be had at once.
    }

    /// <inheritdoc />
    public override Minibatch<T> Batch(ReadOnlySpan<int> rows, int at, Span<T> inputs, Span<T> targets, Span<T> weights)
    {
        if (FollowOneAnother(rows))
            return Range(rows[0], rows.Length, inputs);
        inputs = inputs[..(rows.Length * InputWidth)];
        targets = targets[..(rows.Length * TargetWidth)];
        weights = HasWeights ? weights[..rows.Length] : [];
        Gather(rows, inputs, targets, weights);
        return new Minibatch<T>(inputs, targets, weights);
    }

    private static int RowsOf(T[] rows, int rowWidth, T[] targets, int targetWidth)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(targets);
        if (rows.Length % rowWidth != 0 || rows.Length / rowWidth != targets.Length / targetWidth || targets.Length % targetWidth != 0)
            throw new ArgumentException(
                $"{rows.Length} inputs of width {rowWidth} and {targets.Length} targets of width {targetWidth} are not the same number of rows.");
        return rows.Length / rowWidth;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool FollowOneAnother(ReadOnlySpan<int> rows)
    {
        for (var i = 1; i < rows.Length; i++)
            if (rows[i] != rows[0] + i)
                return false;
        return rows.Length > 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Gather(ReadOnlySpan<int> rows, Span<T> inputs, Span<T> targets, Span<T> weights)
    {
        for (var i = 0; i < rows.Length; i++)
        {
            ReadOnlySpan<T> row = _rows.AsSpan(rows[i] * RowWidth, RowWidth);
            if (Layout is null)
                row.CopyTo(inputs[(i * InputWidth)..]);
            else
                Layout.Spread(row, inputs.Slice(i * InputWidth, InputWidth));
            if (Labels is null)
                _targets.AsSpan(rows[i] * TargetWidth, TargetWidth).CopyTo(targets[(i * TargetWidth)..]);
            else
                Labels.Spread(_targets.AsSpan(rows[i], 1), targets[(i * TargetWidth)..]);
            if (HasWeights)
                weights[i] = _weights[rows[i]];
        }
    }
}
