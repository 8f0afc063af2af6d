namespace NnService.Api.Http;

/// <summary>A stream of which the first bytes have been looked at, and come all the same.</summary>
internal sealed class PeekedStream : ReadOnlyStream
{
    private readonly Stream _inner;
    private readonly ReadOnlyMemory<byte> _start;
    private int _given;

    private PeekedStream(Stream inner, ReadOnlyMemory<byte> start) => (_inner, _start) = (inner, start);

    /// <summary>The first bytes: as many as were asked for, or all there are.</summary>
    public ReadOnlySpan<byte> Start => _start.Span;

    /// <summary>Looks at the first bytes of a stream.</summary>
    public static async ValueTask<PeekedStream> OfAsync(Stream stream, int bytes, CancellationToken cancellation)
    {
        var start = new byte[bytes];
        var read = await stream.ReadAtLeastAsync(start, bytes, throwOnEndOfStream: false, cancellation);
        return new PeekedStream(stream, start.AsMemory(0, read));
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_given == _start.Length)
            return await _inner.ReadAsync(buffer, cancellationToken);
        var count = Math.Min(buffer.Length, _start.Length - _given);
        _start.Slice(_given, count).CopyTo(buffer);
        _given += count;
        return count;
    }
}
