using System.IO.Compression;
using System.Security.Cryptography;
using NnService.Api.Errors;

namespace NnService.Api.Http;

/// <summary>Inflates gzip, of several members too, and notices where it is cut short, which the framework's stream passes over in silence.</summary>
// A member of our own is put behind the body. Its content comes out at the end only where everything before it was whole.
internal sealed class InflatedStream : ReadOnlyStream
{
    private const int MarkBytes = 16;

    private readonly byte[] _mark = RandomNumberGenerator.GetBytes(MarkBytes);
    private readonly byte[] _held = new byte[(1 << 16) + MarkBytes];
    private readonly GZipStream _inflated;
    private int _start;
    private int _end;
    private bool _isOver;

    /// <param name="body">The compressed bytes.</param>
    public InflatedStream(Stream body)
    {
        using var member = new MemoryStream();
        using (var gzip = new GZipStream(member, CompressionLevel.NoCompression, leaveOpen: true))
            gzip.Write(_mark);
        _inflated = new GZipStream(new Followed(body, member.ToArray()), CompressionMode.Decompress);
    }

    /// <inheritdoc />
    /// <exception cref="ProblemException">The body is no gzip, damaged or cut short.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!_isOver && _end - _start <= MarkBytes) // the last bytes may be the mark
        {
            _held.AsSpan(_start, _end - _start).CopyTo(_held);
            (_start, _end) = (0, _end - _start);
            var read = await InflateAsync(_held.AsMemory(_end), cancellationToken);
            _end += read;
            _isOver = read == 0;
            if (_isOver && !_held.AsSpan(0, _end).SequenceEqual(_mark))
                throw Broken();
        }

        if (_isOver)
            return 0;
        var count = Math.Min(buffer.Length, _end - _start - MarkBytes);
        _held.AsSpan(_start, count).CopyTo(buffer.Span);
        _start += count;
        return count;
    }

    private async ValueTask<int> InflateAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        try
        {
            return await _inflated.ReadAsync(buffer, cancellation);
        }
        catch (InvalidDataException)
        {
            throw Broken();
        }
    }

    private static ProblemException Broken() => Refusal.Exception(400, "The body is not valid gzip, or it is cut short.");

    /// <summary>A stream, and some bytes behind its end.</summary>
    private sealed class Followed(Stream first, byte[] last) : ReadOnlyStream
    {
        private int _given;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_given == 0 && await first.ReadAsync(buffer, cancellationToken) is > 0 and var read)
                return read;
            var count = Math.Min(buffer.Length, last.Length - _given);
            last.AsMemory(_given, count).CopyTo(buffer);
            _given += count;
            return count;
        }

    }
}
