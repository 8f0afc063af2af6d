using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Storage;

namespace NnService.Api.Limits;

/// <summary>Takes bodies in before anybody works on them, however slowly they come: in memory where it is free, otherwise in a file.</summary>
internal sealed class RequestBodies(MemoryLimits limits, BlobStore blobs)
{
    private const int SmallBytes = 64 << 10;
    private const int BytesBetweenLooks = 1 << 20;
    private long _held;
    private long _filed; // also of bodies that are still coming in

    /// <summary>Reads the whole body; the request's body is then what was read, and can be read again.</summary>
    /// <param name="context">The request.</param>
    /// <param name="limit">The largest body; null: the server's own limit.</param>
    /// <exception cref="ProblemException">413.</exception>
    public async Task<TakenBody> TakeAsync(HttpContext context, ByteLimit? limit)
    {
        var request = context.Request;
        if (request.Body.CanSeek)
            return new TakenBody(request, request.Body, request.Body.Length, null);
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false })
            return new TakenBody(request, new MemoryStream([], writable: false), 0, null); // an empty body can be read again too
        if (limit is not null && context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } server)
            server.MaxRequestBodySize = null; // meant for small JSON
        limit ??= BodyLimit.Of(context); // the server, where it counts, has counted the bytes before they were inflated
        if (request.ContentLength > limit.Bytes)
            throw Refusal.Exception(413, limit.Refusal);
        if (LongRequest.IsCsv(request))
            await InflatedBodies.InflateTableAsync(request);
        var content = new LimitedStream(request.Body, limit);

        return request.ContentLength is { } length && length <= Array.MaxLength && TryHold(length) is { } held
            ? await InMemoryAsync(request, content, (int)length, held, context.RequestAborted)
            : await InFileAsync(request, content, context.RequestAborted);
    }

    private static async Task<TakenBody> InMemoryAsync(HttpRequest request, Stream content, int length, IDisposable held, CancellationToken cancellation)
    {
        try
        {
            var bytes = GC.AllocateUninitializedArray<byte>(length);
            var read = await content.ReadAtLeastAsync(bytes, length, throwOnEndOfStream: false, cancellation);
            return new TakenBody(request, new MemoryStream(bytes, 0, read, writable: false, publiclyVisible: true), read, held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    private async Task<TakenBody> InFileAsync(HttpRequest request, Stream content, CancellationToken cancellation)
    {
        var filed = new Filed(this, content);
        var file = new FileBufferingReadStream(filed, SmallBytes, bufferLimit: null, blobs.Folder);
        try
        {
            await file.DrainAsync(cancellation);
            file.Position = 0;
            return new TakenBody(request, file, file.Length, filed);
        }
        catch
        {
            await using (filed)
                await file.DisposeAsync(); // on a full disk it throws too
            throw;
        }
    }

    // Of all that come in at the same time, as much as they leave free: trainings and uploads need room too.
    private void Note(int read)
    {
        var all = Interlocked.Add(ref _filed, read);
        if (all / BytesBetweenLooks == (all - read) / BytesBetweenLooks)
            return;
        var free = blobs.FreeBytes;
        if (all > free)
            throw Refusal.Exception(
                507, $"Bodies of requests that wait in files take {all:N0} bytes of the data folder, more than the {free:N0} that are left free. "
                    + "Send fewer rows at a time, try again in a moment, or make room.");
    }

    private Held? TryHold(long bytes)
    {
        if (Interlocked.Add(ref _held, bytes) <= limits.BodyBytes)
            return new Held(this, bytes);
        Interlocked.Add(ref _held, -bytes);
        return null;
    }

    /// <summary>A body on its way into a file, and what is counted of it until it is disposed of.</summary>
    private sealed class Filed(RequestBodies owner, Stream content) : ReadOnlyStream
    {
        private long _bytes;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await content.ReadAsync(buffer, cancellationToken);
            _bytes += read;
            owner.Note(read);
            return read;
        }

        protected override void Dispose(bool disposing)
        {
            Interlocked.Add(ref owner._filed, -Interlocked.Exchange(ref _bytes, 0));
            base.Dispose(disposing);
        }
    }

    private sealed class Held(RequestBodies owner, long bytes) : IDisposable
    {
        private int _isOver;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isOver, 1) == 0)
                Interlocked.Add(ref owner._held, -bytes);
        }
    }
}

/// <summary>A body that has been read.</summary>
internal sealed class TakenBody : IAsyncDisposable
{
    private readonly HttpRequest _request;
    private readonly Stream _before;
    private readonly IDisposable? _held;

    /// <param name="request">Whose body it is from now on.</param>
    /// <param name="content">What was read.</param>
    /// <param name="length">Bytes of it.</param>
    /// <param name="held">The memory it takes; null: next to none.</param>
    public TakenBody(HttpRequest request, Stream content, long length, IDisposable? held)
    {
        (_request, _before, _held, Length) = (request, request.Body, held, length);
        if (content != _before)
            request.Body = content;
    }

    public long Length { get; }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_request.Body != _before)
                await _request.Body.DisposeAsync();
        }
        finally
        {
            _request.Body = _before;
            _held?.Dispose();
        }
    }
}
