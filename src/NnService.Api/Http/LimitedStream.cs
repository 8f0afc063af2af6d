using NnService.Api.Errors;

namespace NnService.Api.Http;

/// <summary>Passes a stream on up to a number of bytes and refuses more.</summary>
internal sealed class LimitedStream(Stream inner, ByteLimit limit) : ReadOnlyStream
{
    private long _read;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Count(await inner.ReadAsync(buffer, cancellationToken));

    public override int Read(byte[] buffer, int offset, int count) => Count(inner.Read(buffer, offset, count));

    private int Count(int read)
    {
        _read += read;
        return _read <= limit.Bytes ? read : throw Refusal.Exception(413, limit.Refusal);
    }
}
