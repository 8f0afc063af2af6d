namespace NnService.Engine.Tests.Data;

/// <summary>Gives at most a few bytes a read.</summary>
internal sealed class DrippingStream(byte[] bytes, int step) : MemoryStream(bytes)
{
    public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(step, count));

    public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(step, buffer.Length)]);
}
