using System.Numerics;

namespace NnService.Engine.Training;

/// <summary>Encoded rows that a trainer draws minibatches from.</summary>
public sealed class Samples<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T[] _inputs;
    private readonly T[] _targets;
    private readonly T[] _weights;

    /// <param name="inputs">[rows, inputWidth]</param>
    /// <param name="inputWidth">Numbers of a row's encoded features.</param>
    /// <param name="targets">[rows, targetWidth]</param>
    /// <param name="targetWidth">Numbers of a row's encoded target.</param>
    /// <param name="weights">[rows]; empty: every row weighs 1.</param>
    public Samples(T[] inputs, int inputWidth, T[] targets, int targetWidth, T[]? weights = null)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(targets);
        if (inputs.Length % inputWidth != 0 || inputs.Length / inputWidth != targets.Length / targetWidth || targets.Length % targetWidth != 0)
            throw new ArgumentException(
                $"{inputs.Length} inputs of width {inputWidth} and {targets.Length} targets of width {targetWidth} are not the same number of rows.");
        Rows = inputs.Length / inputWidth;
        if (weights is { Length: > 0 } && weights.Length != Rows)
            throw new ArgumentException($"There are {weights.Length} weights for {Rows} rows.", nameof(weights));
        (_inputs, _targets, _weights) = (inputs, targets, weights ?? []);
        (InputWidth, TargetWidth) = (inputWidth, targetWidth);
    }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Numbers of a row's encoded features.</summary>
    public int InputWidth { get; }

    /// <summary>Numbers of a row's encoded target.</summary>
    public int TargetWidth { get; }

    /// <summary>Whether rows have weights.</summary>
    public bool HasWeights => _weights.Length > 0;

    /// <summary>A run of consecutive rows, without copying.</summary>
    public Minibatch<T> Range(int start, int rows) => new(
        _inputs.AsSpan(start * InputWidth, rows * InputWidth),
        _targets.AsSpan(start * TargetWidth, rows * TargetWidth),
        HasWeights ? _weights.AsSpan(start, rows) : []);

    /// <summary>The given rows: where they lie if they follow one another, else copied into the given memory.</summary>
    /// <param name="rows">Row numbers; a row may come more than once.</param>
    /// <param name="inputs">Room for [rows, InputWidth].</param>
    /// <param name="targets">Room for [rows, TargetWidth].</param>
    /// <param name="weights">Room for [rows], or empty without weights.</param>
    public Minibatch<T> Batch(ReadOnlySpan<int> rows, Span<T> inputs, Span<T> targets, Span<T> weights)
    {
        if (FollowOneAnother(rows))
            return Range(rows[0], rows.Length);
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
            _inputs.AsSpan(rows[i] * InputWidth, InputWidth).CopyTo(inputs[(i * InputWidth)..]);
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
