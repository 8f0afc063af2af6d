using Microsoft.AspNetCore.Http.Features;

namespace NnService.Api.Http;

/// <summary>Answers HEAD wherever there is a GET: with its status and headers, and the length of its body for the body (RFC 9110, section 9.3.2).</summary>
internal static class HeadRequests
{
    public static void UseHeadRequests(this WebApplication app) =>
        app.Use(next => context => HttpMethods.IsHead(context.Request.Method) ? Answer(context, next) : next(context));

    /// <summary>The method the caller sent: behind this, a HEAD looks like a GET.</summary>
    public static string MethodOf(HttpContext context) => context.Features.Get<Asked>() is null ? context.Request.Method : HttpMethods.Head;

    /// <summary>Names HEAD beside GET where an answer says what a path takes.</summary>
    public static void AddToAllow(HttpResponse response)
    {
        var allowed = response.Headers.Allow.ToString();
        if (allowed.Split(',', StringSplitOptions.TrimEntries) is var methods && methods.Contains(HttpMethods.Get) && !methods.Contains(HttpMethods.Head))
            response.Headers.Allow = $"{allowed}, {HttpMethods.Head}";
    }

    private static async Task Answer(HttpContext context, RequestDelegate next)
    {
        var own = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        var (method, aborted) = (context.Request.Method, context.RequestAborted);
        var counter = new CountingStream(context.Response, ending);
        var body = new StreamResponseBodyFeature(counter);
        context.Features.Set<IHttpResponseBodyFeature>(body);
        context.Features.Set(new Asked());
        context.Request.Method = HttpMethods.Get;
        context.Request.Headers.Range = default; // defined for GET alone (RFC 9110, section 14.2)
        context.RequestAborted = ending.Token;
        try
        {
            await next(context);
            await body.CompleteAsync();
        }
        finally
        {
            context.Features.Set(own);
            context.Request.Method = method;
            context.RequestAborted = aborted;
        }

        var response = context.Response;
        var hasBody = response.StatusCode is not (StatusCodes.Status204NoContent or StatusCodes.Status304NotModified);
        if (!response.HasStarted && response.ContentLength is null && hasBody && !counter.IsEndless)
            response.ContentLength = counter.Count;
    }

    // Put among a request's features: it was a HEAD.
    private sealed class Asked;

    // Events have no end to wait for: the first byte of them ends the request.
    private sealed class CountingStream(HttpResponse response, CancellationTokenSource ending) : ForwardStream
    {
        public long Count { get; private set; }

        public bool IsEndless { get; private set; }

        public override bool CanWrite => true;

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Count += buffer.Length;
            if (IsEndless || response.ContentType != "text/event-stream")
                return;
            IsEndless = true;
            ending.Cancel();
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        {
            Write(buffer.AsSpan(offset, count));
            return Task.CompletedTask;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Write(buffer.Span);
            return ValueTask.CompletedTask;
        }
    }
}
