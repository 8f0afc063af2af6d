using System.Buffers;
using System.Collections;
using System.Text.Json;

namespace NnService.Api.Inference.Scoring;

/// <summary>
/// Rows that are written in this service's own form when they are asked for, some at a time and in their order: all of them would take several times the memory
/// of the body. An element is good until one of another piece is asked for.
/// </summary>
/// <param name="count">Number of rows.</param>
/// <param name="write">Writes a row.</param>
internal sealed class WrittenRows(int count, Action<Utf8JsonWriter, int> write) : IReadOnlyList<JsonElement>, IDisposable
{
    private const int RowsAtOnce = 1024;
    private const int BytesAtOnce = 256 << 10;

    private readonly ArrayBufferWriter<byte> _bytes = new(1 << 12);
    private JsonDocument? _document;
    private JsonElement[] _rows = [];
    private int _first;

    public int Count => count;

    public JsonElement this[int index]
    {
        get
        {
            if (index < _first || index >= _first + _rows.Length)
                Write(index);
            return _rows[index - _first];
        }
    }

    public IEnumerator<JsonElement> GetEnumerator()
    {
        for (var row = 0; row < count; row++)
            yield return this[row];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void Dispose() => _document?.Dispose();

    private void Write(int first)
    {
        _document?.Dispose();
        _bytes.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(_bytes, new JsonWriterOptions { SkipValidation = true }))
        {
            json.WriteStartArray();
            for (var row = first; row < count && row < first + RowsAtOnce && json.BytesCommitted + json.BytesPending < BytesAtOnce; row++)
                write(json, row);
            json.WriteEndArray();
        }

        _document = JsonDocument.Parse(_bytes.WrittenMemory);
        (_first, _rows) = (first, [.. _document.RootElement.EnumerateArray()]);
    }
}
