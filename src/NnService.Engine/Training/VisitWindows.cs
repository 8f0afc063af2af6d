using System.Numerics;

namespace NnService.Engine.Training;

/// <summary>
/// The rows of a file in the order of an epoch, a window of consecutive visits at a time. At the start of the epoch the rows are read once from first to last
/// and written into a second file, those of each window side by side (a distribution sort); a window is then one read. Where the epoch goes through the rows
/// as they stand, the windows are runs of the first file.
/// </summary>
internal sealed class VisitWindows<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int BlockBytes = 4 << 20; // of the pass over the first file
    private const int BucketBytes = 1 << 20; // of a window's rows that are written at once

    private readonly RowFile<T> _rows;
    private readonly RowStorage _storage;
    private readonly int _rowCount;
    private readonly int _width;
    private readonly int _windowRows;
    private readonly T[] _window;
    private readonly int[] _slots; // [window] where each visit's row lies in the window
    private RowFile<T>? _distributed;
    private T[] _buckets = [];
    private int[] _places = []; // [visits] of each window its visits' places, by ascending row: the order in which its rows lie in the second file
    private int _visits;
    private bool _isInOrder;
    private int _start; // the first visit of the window in memory
    private int _count;

    /// <param name="rows">The rows as they stand.</param>
    /// <param name="rowCount">How many.</param>
    /// <param name="visits">Row visits of an epoch.</param>
    /// <param name="storage">Where the second file is made, and how large a window is.</param>
    public VisitWindows(RowFile<T> rows, int rowCount, int visits, RowStorage storage)
    {
        (_rows, _rowCount, _storage, _width) = (rows, rowCount, storage, rows.Width);
        _windowRows = (int)Math.Clamp(storage.WindowBytes / rows.RowBytes, 1, Math.Min(visits, Array.MaxLength / rows.RowBytes));
        _window = new T[_windowRows * _width];
        _slots = new int[_windowRows];
    }

    /// <summary>Brings the rows into the order of an epoch, from the window of a visit on; left in the middle where an end is asked for.</summary>
    public void Begin(ReadOnlySpan<int> visits, int from, TrainingControl? control)
    {
        (_visits, _count) = (visits.Length, 0);
        _isInOrder = IsInOrder(visits[from..], from);
        if (!_isInOrder)
            Distribute(visits, from / _windowRows, control);
    }

    /// <summary>The row of a visit.</summary>
    public ReadOnlySpan<T> Row(int visit)
    {
        if ((uint)(visit - _start) >= (uint)_count)
            Load(visit / _windowRows);
        var place = visit - _start;
        return _window.AsSpan((_isInOrder ? place : _slots[place]) * _width, _width);
    }

    /// <inheritdoc />
    public void Dispose() => _distributed?.Dispose();

    private static bool IsInOrder(ReadOnlySpan<int> visits, int from)
    {
        for (var i = 0; i < visits.Length; i++)
            if (visits[i] != from + i)
                return false;
        return true;
    }

    private void Load(int window)
    {
        _count = 0;
        var start = window * _windowRows;
        var count = LengthOf(window);
        (_isInOrder ? _rows : _distributed!).Read(start, _window.AsSpan(0, count * _width));
        for (var i = 0; !_isInOrder && i < count; i++)
            _slots[_places[start + i]] = i;
        (_start, _count) = (start, count);
    }

    private int LengthOf(int window) => Math.Min(_windowRows, _visits - (window * _windowRows));

    private void Distribute(ReadOnlySpan<int> visits, int firstWindow, TrainingControl? control)
    {
        _distributed ??= new RowFile<T>(_storage.Create((long)visits.Length * _rows.RowBytes), _width);
        if (_places.Length != visits.Length)
            _places = new int[visits.Length];
        var windows = ((visits.Length - 1) / _windowRows) + 1 - firstWindow;
        var bucketRows = Math.Clamp(_windowRows / windows, 1, Math.Max(1, BucketBytes / _rows.RowBytes));
        if (_buckets.Length < windows * bucketRows * _width)
            _buckets = new T[windows * bucketRows * _width];
        var (next, held) = (new int[windows], new int[windows]); // visits taken of each window, and those of them that are not yet written
        for (var w = 0; w < windows; w++)
            Sort(visits, firstWindow + w);

        var blockRows = Math.Clamp(BlockBytes / _rows.RowBytes, 1, _windowRows);
        for (var first = 0; first < _rowCount; first += blockRows)
        {
            if (control is not null && control.Request != TrainingRequest.None)
                return;
            var block = _window.AsSpan(0, Math.Min(blockRows, _rowCount - first) * _width); // no window is in memory now
            _rows.Read(first, block);
            var end = first + (block.Length / _width);
            for (var w = 0; w < windows; w++)
            {
                var start = (firstWindow + w) * _windowRows;
                var length = LengthOf(firstWindow + w);
                for (; next[w] < length && visits[start + _places[start + next[w]]] is var row && row < end; next[w]++)
                {
                    if (held[w] == bucketRows)
                        Flush(w, start);
                    block.Slice((row - first) * _width, _width).CopyTo(_buckets.AsSpan(((w * bucketRows) + held[w]) * _width));
                    held[w]++;
                }
            }

            if (end == _rowCount)
                break;
        }

        for (var w = 0; w < windows; w++)
            Flush(w, (firstWindow + w) * _windowRows);

        void Flush(int w, int start)
        {
            _distributed.Write(start + next[w] - held[w], _buckets.AsSpan(w * bucketRows * _width, held[w] * _width));
            held[w] = 0;
        }
    }

    // The places of a window's visits by the rows that they visit. Visits of one row may come in any order: they are alike.
    private void Sort(ReadOnlySpan<int> visits, int window)
    {
        var (start, length) = (window * _windowRows, LengthOf(window));
        var rows = _slots.AsSpan(0, length);
        var places = _places.AsSpan(start, length);
        visits.Slice(start, length).CopyTo(rows);
        for (var i = 0; i < length; i++)
            places[i] = i;
        rows.Sort(places);
    }
}
