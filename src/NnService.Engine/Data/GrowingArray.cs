namespace NnService.Engine.Data;

/// <summary>An array that grows without copying: values go into chunks, which are put together once at the end.</summary>
// A doubling list of a long column is copied again and again and leaves large dead arrays to the collector.
internal sealed class GrowingArray<T>
    where T : unmanaged
{
    private const int ChunkLength = 8 << 10; // at most 64 KiB: below the large-object heap

    private readonly List<T[]> _full = [];
    private T[] _chunk = new T[16];
    private int _used;

    internal int Count => _full.Count * ChunkLength + _used;

    internal void Add(T value)
    {
        if (_used == _chunk.Length)
            Grow();
        _chunk[_used++] = value;
    }

    internal void Add(T value, int count)
    {
        for (int i = 0; i < count; i++)
            Add(value);
    }

    internal T[] ToArray()
    {
        var values = new T[Count];
        for (int i = 0; i < _full.Count; i++)
            _full[i].CopyTo(values, i * ChunkLength);
        _chunk.AsSpan(0, _used).CopyTo(values.AsSpan(_full.Count * ChunkLength));
        return values;
    }

    private void Grow()
    {
        if (_used < ChunkLength)
        {
            Array.Resize(ref _chunk, 2 * _used); // a short column stays small
            return;
        }

        _full.Add(_chunk);
        _chunk = new T[ChunkLength];
        _used = 0;
    }
}
