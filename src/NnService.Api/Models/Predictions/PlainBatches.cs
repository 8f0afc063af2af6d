using System.Buffers;
using NnService.Api.Http;
using NnService.Engine;
using NnService.Engine.Data.Json;

namespace NnService.Api.Models.Predictions;

/// <summary>
/// Rows of plain numbers from a JSON body, read from its bytes straight into the inputs of the network: asked for thousands of times a second.
/// What it does not read goes to <see cref="JsonBatches"/>.
/// </summary>
internal sealed class PlainBatches : RowBatches
{
    private const int MostBytes = 1 << 20;

    private readonly double[] _values; // from the shared pool
    private readonly int _rows;
    private readonly int _width;
    private int _first;
    private int _count;

    private PlainBatches(ModelDescription description, double[] values, int rows)
        : base(description) => (_values, _rows, _width) = (values, rows, description.Features.Width);

    public override long? Count => _rows;

    public override ReadOnlySpan<double> Values => _values.AsSpan(_first * _width, _count * _width);

    /// <summary>Whether a body looks like one for this source, without a look into it.</summary>
    public static bool IsFor(HttpRequest request, LoadedModel loaded) =>
        loaded.PlainRows is not null && request.ContentLength is > 0 and <= MostBytes
        && request.ContentType is "application/json" or "application/json; charset=utf-8";

    /// <summary>Whether the rows of such a body, however short they are, are answered in a few milliseconds.</summary>
    public static bool IsQuick(HttpRequest request, LoadedModel loaded) =>
        loaded.IsQuick(request.ContentLength!.Value / (2 * loaded.Model.Description.Features.Columns.Count));

    /// <summary>Reads the rows of a body; null where they are not for this source, with the body still to be read.</summary>
    public static async ValueTask<PlainBatches?> TryReadAsync(HttpRequest request, LoadedModel loaded)
    {
        if (!IsFor(request, loaded))
            return null;
        var length = (int)request.ContentLength!.Value;
        var body = ArrayPool<byte>.Shared.Rent(length + JsonRowEncoder.ReadableBytes);
        try
        {
            var size = await RequestBytes.ReadAsync(request, body, length, JsonRowEncoder.ReadableBytes);
            if (Of(body.AsSpan(0, size + JsonRowEncoder.ReadableBytes), loaded) is { } rows)
                return rows;
            request.Body = new MemoryStream(body.AsSpan(0, size).ToArray(), writable: false);
            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(body);
        }
    }

    public override int Next()
    {
        _first += _count;
        return _count = Math.Min(MostRows, _rows - _first);
    }

    public override void Release() => ArrayPool<double>.Shared.Return(_values);

    private static PlainBatches? Of(ReadOnlySpan<byte> text, LoadedModel loaded)
    {
        var description = loaded.Model.Description;
        var values = ArrayPool<double>.Shared.Rent(description.Features.Width);
        if (loaded.PlainRows!.TryRead(text, description.Features.Width, ref values, out var rows))
            return new PlainBatches(description, values, rows);
        ArrayPool<double>.Shared.Return(values);
        return null;
    }
}
