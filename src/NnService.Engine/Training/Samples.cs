using System.Numerics;
using System.Runtime.CompilerServices;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Losses;

namespace NnService.Engine.Training;

/// <summary>
/// Encoded rows that a trainer draws minibatches from: in memory (<see cref="MemorySamples{T}"/>), or in a file (<see cref="StoredSamples{T}"/>). What is made
/// of them has the same bits. What a call returns is good until another run of rows is asked for; one thread at a time.
/// </summary>
public abstract class Samples<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int ChunkRows = 1024;

    private T[] _targetRoom = [];

    private protected Samples(int rows, int rowWidth, RowLayout? layout, int targetWidth, OneHotTarget<T>? labels)
    {
        (Rows, RowWidth, Layout, InputWidth) = (rows, rowWidth, layout, layout?.Width ?? rowWidth);
        (Labels, TargetWidth, KeptTargetWidth) = (labels, targetWidth, labels is null ? targetWidth : 1);
    }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Numbers of a row's encoded features.</summary>
    public int InputWidth { get; }

    /// <summary>Numbers of a row's encoded target.</summary>
    public int TargetWidth { get; }

    /// <summary>Whether rows have weights.</summary>
    public abstract bool HasWeights { get; }

    /// <summary>Numbers of room that <see cref="Range"/> needs for so many rows; 0 where rows are the inputs already.</summary>
    public int RoomFor(int rows) => Layout is null ? 0 : rows * InputWidth;

    /// <summary>A run of consecutive rows: where they lie, or, from compact rows, in the given memory.</summary>
    /// <param name="start">The first row.</param>
    /// <param name="rows">How many.</param>
    /// <param name="room">At least <see cref="RoomFor"/> numbers.</param>
    public virtual Minibatch<T> Range(int start, int rows, Span<T> room)
    {
        var inputs = Compact(start, rows);
        return new(Layout is null ? inputs : Spread(inputs, rows, room), Targets(start, rows), Weights(start, rows));
    }

    /// <summary>[rows, InputWidth] of compact rows, in the given memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private protected ReadOnlySpan<T> Spread(ReadOnlySpan<T> compact, int rows, Span<T> room)
    {
        for (var i = 0; i < rows; i++)
            Layout!.Spread(compact.Slice(i * RowWidth, RowWidth), room.Slice(i * InputWidth, InputWidth));
        return room[..(rows * InputWidth)];
    }

    /// <summary>How a label's index becomes a target; null: targets are kept as they are.</summary>
    private protected OneHotTarget<T>? Labels { get; }

    /// <summary>Numbers that are kept of a row's target.</summary>
    private protected int KeptTargetWidth { get; }

    /// <summary>[rows, TargetWidth] of what is kept of some rows' targets, in memory that the next call takes again.</summary>
    private protected ReadOnlySpan<T> SpreadTargets(ReadOnlySpan<T> kept)
    {
        if (Labels is null)
            return kept;
        var count = kept.Length * TargetWidth;
        if (_targetRoom.Length < count)
            _targetRoom = new T[count];
        Labels.Spread(kept, _targetRoom);
        return _targetRoom.AsSpan(0, count);
    }

    /// <summary>How a compact row becomes inputs; null: it is the inputs already.</summary>
    private protected RowLayout? Layout { get; }

    /// <summary>What the compact rows are made of.</summary>
    internal IReadOnlyList<RowLayout.Piece> Pieces => Layout?.Pieces ?? [new RowLayout.Piece(0, 0, RowWidth, IsOneHot: false)];

    /// <summary>Numbers of a compact row.</summary>
    internal int RowWidth { get; }

    /// <summary>A run of consecutive rows, [rows, RowWidth].</summary>
    internal abstract ReadOnlySpan<T> Compact(int start, int rows);

    /// <summary>An input in all rows, not one of a category's; the caller may change the array, and has it until another is asked for. Asked for in ascending
    /// order, a file is read through less often.</summary>
    public abstract T[] Column(int input);

    /// <summary>The targets of a run of consecutive rows, [rows, TargetWidth].</summary>
    public abstract ReadOnlySpan<T> Targets(int start, int rows);

    /// <summary>The weights of a run of consecutive rows; empty: every row weighs 1.</summary>
    public abstract ReadOnlySpan<T> Weights(int start, int rows);

    /// <summary>The weights in scores of a run of consecutive rows; empty: every row weighs 1.</summary>
    public abstract ReadOnlySpan<T> RowWeights(int start, int rows);

    /// <summary>Σ weights of all rows; their number where they have none.</summary>
    internal double TotalWeight()
    {
        if (!HasWeights)
            return Rows;
        var total = 0.0;
        for (var start = 0; start < Rows; start += ChunkRows)
            total += Loss<T>.TotalWeight(Weights(start, Math.Min(ChunkRows, Rows - start)), Math.Min(ChunkRows, Rows - start));
        return total;
    }

    /// <summary>Gets ready for the minibatches of an epoch. A file's rows are brought into their order, which takes a while.</summary>
    /// <param name="visits">Row numbers in the order of the epoch; a row may come more than once.</param>
    /// <param name="from">The first visit that is still to be made.</param>
    /// <param name="control">Where it asks for an end, there are no minibatches; null: it never does.</param>
    public abstract void Begin(ReadOnlySpan<int> visits, int from, TrainingControl? control);

    /// <summary>A minibatch of the epoch that was begun: where its rows lie if they follow one another, else copied into the given memory.</summary>
    /// <param name="rows">Its row numbers.</param>
    /// <param name="at">The first one's place among the visits.</param>
    /// <param name="inputs">Room for [rows, InputWidth].</param>
    /// <param name="targets">Room for [rows, TargetWidth].</param>
    /// <param name="weights">Room for [rows], or empty without weights.</param>
    public abstract Minibatch<T> Batch(ReadOnlySpan<int> rows, int at, Span<T> inputs, Span<T> targets, Span<T> weights);

    /// <inheritdoc />
    public void Dispose()
    {
        Dispose(isDisposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives up files.</summary>
    protected virtual void Dispose(bool isDisposing)
    {
        // Memory needs nothing of the kind.
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
