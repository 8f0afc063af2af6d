using System.Numerics;
using System.Runtime.CompilerServices;
using NnService.Engine.Data.Encodings;

namespace NnService.Engine.Training;

/// <summary>Encoded rows in a file: of each its compact row, its target and its weights, side by side. A piece of the file is in memory at a time.</summary>
public sealed class StoredSamples<T> : Samples<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int PieceBytes = 4 << 20;
    private const long RowBytesOfColumns = 48; // beside a window: metrics take more of each row, when training has ended

    private readonly RowStorage _storage;
    private readonly RowFile<T> _file;
    private readonly bool _hasRowWeights;
    private readonly int _pieceRows;
    private readonly Dictionary<int, T[]> _columns = []; // read in one pass with others, and not yet asked for
    private readonly List<T[]> _columnRoom = []; // for all of a pass
    private VisitWindows<T>? _windows;
    private int _first; // row of the piece in memory
    private int _count;
    private T[] _rows = []; // as they lie in the file
    private T[] _compact = [];
    private T[] _targets = [];
    private T[] _weights = [];
    private T[] _rowWeights = [];

    /// <param name="storage">Where the file is made.</param>
    /// <param name="rows">Rows that will be written.</param>
    /// <param name="layout">How a compact row becomes inputs.</param>
    /// <param name="targetWidth">Numbers of a row's encoded target.</param>
    /// <param name="labels">How a label's index, which is all that is kept of a target, becomes one; null: targets are kept as they are.</param>
    /// <param name="hasWeights">Whether rows have weights in the loss.</param>
    /// <param name="hasRowWeights">Whether they have weights in scores.</param>
    internal StoredSamples(RowStorage storage, int rows, RowLayout layout, int targetWidth, OneHotTarget<T>? labels, bool hasWeights, bool hasRowWeights)
        : base(rows, layout.CompactWidth, layout.IsPlain ? null : layout, targetWidth, labels)
    {
        var width = WidthOf(layout, KeptTargetWidth, hasWeights, hasRowWeights);
        (_storage, HasWeights, _hasRowWeights) = (storage, hasWeights, hasRowWeights);
        _file = new RowFile<T>(storage.Create(BytesOf(rows, width)), width);
        _pieceRows = (int)Math.Max(1, Math.Min(PieceBytes, storage.WindowBytes / 4) / _file.RowBytes);
    }

    /// <inheritdoc />
    public override bool HasWeights { get; }

    /// <summary>Numbers that the file has of a row.</summary>
    public static int WidthOf(RowLayout layout, int keptTargetWidth, bool hasWeights, bool hasRowWeights)
    {
        ArgumentNullException.ThrowIfNull(layout);
        return layout.CompactWidth + keptTargetWidth + (hasWeights ? 1 : 0) + (hasRowWeights ? 1 : 0);
    }

    /// <summary>Bytes of a file of so many rows.</summary>
    public static unsafe long BytesOf(long rows, int width) => rows * width * sizeof(T);

    /// <summary>Writes some rows.</summary>
    /// <param name="start">The first of them.</param>
    /// <param name="compact">[rows, RowWidth]</param>
    /// <param name="targets">[rows, KeptTargetWidth]</param>
    /// <param name="weights">[rows], or empty without weights.</param>
    /// <param name="rowWeights">[rows], or empty without weights in scores.</param>
    internal void Write(int start, ReadOnlySpan<T> compact, ReadOnlySpan<T> targets, ReadOnlySpan<T> weights, ReadOnlySpan<T> rowWeights)
    {
        var (all, width) = (targets.Length / KeptTargetWidth, _file.Width);
        MakeRoom(ref _rows, Math.Min(all, _pieceRows) * width);
        for (int first = 0, rows; first < all; first += rows)
        {
            rows = Math.Min(_pieceRows, all - first);
            for (var i = 0; i < rows; i++)
            {
                var row = _rows.AsSpan(i * width, width);
                compact.Slice((first + i) * RowWidth, RowWidth).CopyTo(row);
                targets.Slice((first + i) * KeptTargetWidth, KeptTargetWidth).CopyTo(row[RowWidth..]);
                if (HasWeights)
                    row[RowWidth + KeptTargetWidth] = weights[first + i];
                if (_hasRowWeights)
                    row[^1] = rowWeights[first + i];
            }

            _file.Write(start + first, _rows.AsSpan(0, rows * width));
        }
    }

    internal override ReadOnlySpan<T> Compact(int start, int rows)
    {
        var place = PlaceOf(start, rows);
        return _compact.AsSpan(place * RowWidth, rows * RowWidth);
    }

    /// <inheritdoc />
    public override ReadOnlySpan<T> Targets(int start, int rows)
    {
        var place = PlaceOf(start, rows);
        return SpreadTargets(_targets.AsSpan(place * KeptTargetWidth, rows * KeptTargetWidth));
    }

    /// <inheritdoc />
    public override ReadOnlySpan<T> Weights(int start, int rows)
    {
        if (!HasWeights)
            return [];
        var place = PlaceOf(start, rows);
        return _weights.AsSpan(place, rows);
    }

    /// <inheritdoc />
    public override ReadOnlySpan<T> RowWeights(int start, int rows)
    {
        if (!_hasRowWeights)
            return [];
        var place = PlaceOf(start, rows);
        return _rowWeights.AsSpan(place, rows);
    }

    /// <inheritdoc />
    // Columns that are likely to be asked for next are taken along, as many as have room.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override T[] Column(int input)
    {
        if (_columns.Remove(input, out var known))
            return known;
        _columns.Clear();
        var most = (int)Math.Clamp((_storage.WindowBytes + (RowBytesOfColumns * Rows)) / Math.Max(1, BytesOf(Rows, 1)), 1, InputWidth);
        var inputs = Pieces.Where(piece => !piece.IsOneHot).SelectMany(piece => Enumerable.Range(piece.To, piece.Length)).Where(next => next >= input)
            .Take(most).ToList();
        var places = inputs.ConvertAll(next => Layout?.CompactPlaceOf(next) ?? next);
        while (_columnRoom.Count < inputs.Count)
            _columnRoom.Add(new T[Rows]);
        var columns = _columnRoom.Take(inputs.Count).ToList();
        for (int start = 0, rows; start < Rows; start += rows)
        {
            rows = Math.Min(_pieceRows, Rows - start);
            var compact = Compact(start, rows);
            for (var c = 0; c < columns.Count; c++)
                for (var i = 0; i < rows; i++)
                    columns[c][start + i] = compact[(i * RowWidth) + places[c]];
        }

        for (var c = 1; c < columns.Count; c++)
            _columns.Add(inputs[c], columns[c]);
        return columns[0];
    }

    /// <inheritdoc />
    public override void Begin(ReadOnlySpan<int> visits, int from, TrainingControl? control)
    {
        _columns.Clear();
        _columnRoom.Clear();
        if (from == visits.Length)
            return;
        _windows ??= new VisitWindows<T>(_file, Rows, visits.Length, _storage);
        _windows.Begin(visits, from, control);
    }

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override Minibatch<T> Batch(ReadOnlySpan<int> rows, int at, Span<T> inputs, Span<T> targets, Span<T> weights)
    {
        var windows = _windows ?? throw new InvalidOperationException("No epoch was begun.");
        inputs = inputs[..(rows.Length * InputWidth)];
        targets = targets[..(rows.Length * TargetWidth)];
        weights = HasWeights ? weights[..rows.Length] : [];
        for (var i = 0; i < rows.Length; i++)
        {
            var row = windows.Row(at + i);
            if (Layout is null)
                row[..RowWidth].CopyTo(inputs[(i * InputWidth)..]);
            else
                Layout.Spread(row[..RowWidth], inputs.Slice(i * InputWidth, InputWidth));
            var target = row.Slice(RowWidth, KeptTargetWidth);
            if (Labels is null)
                target.CopyTo(targets[(i * TargetWidth)..]);
            else
                Labels.Spread(target, targets[(i * TargetWidth)..]);
            if (HasWeights)
                weights[i] = row[RowWidth + KeptTargetWidth];
        }

        return new Minibatch<T>(inputs, targets, weights);
    }

    /// <inheritdoc />
    protected override void Dispose(bool isDisposing)
    {
        if (isDisposing)
        {
            _windows?.Dispose();
            _file.Dispose();
        }

        base.Dispose(isDisposing);
    }

    // Where a run of rows begins in the piece in memory, which is read where it is another one; the arrays may be others after that.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int PlaceOf(int start, int rows)
    {
        if (start >= _first && start + rows <= _first + _count)
            return start - _first;
        _count = 0;
        var (count, width) = (Math.Min(Rows - start, Math.Max(rows, _pieceRows)), _file.Width);
        MakeRoom(ref _rows, count * width);
        MakeRoom(ref _compact, count * RowWidth);
        MakeRoom(ref _targets, count * KeptTargetWidth);
        MakeRoom(ref _weights, HasWeights ? count : 0);
        MakeRoom(ref _rowWeights, _hasRowWeights ? count : 0);
        _file.Read(start, _rows.AsSpan(0, count * width));
        for (var i = 0; i < count; i++)
        {
            ReadOnlySpan<T> row = _rows.AsSpan(i * width, width);
            row[..RowWidth].CopyTo(_compact.AsSpan(i * RowWidth));
            row.Slice(RowWidth, KeptTargetWidth).CopyTo(_targets.AsSpan(i * KeptTargetWidth));
            if (HasWeights)
                _weights[i] = row[RowWidth + KeptTargetWidth];
            if (_hasRowWeights)
                _rowWeights[i] = row[^1];
        }

        (_first, _count) = (start, count);
        return 0;
    }

    private static void MakeRoom(ref T[] room, int count)
    {
        if (room.Length < count)
            room = new T[count];
    }
}
