namespace NnService.Api.Http;

/// <summary>A stream that is read, and nothing else.</summary>
internal abstract class ReadOnlyStream : ForwardStream
{
    public sealed override bool CanRead => true;

    public abstract override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default);

    public sealed override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
}
