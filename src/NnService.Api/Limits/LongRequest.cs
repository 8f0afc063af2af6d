using NnService.Api.Http;

namespace NnService.Api.Limits;

/// <summary>Says of an endpoint that its requests may take long, as metadata: the workers answer them.</summary>
internal sealed record LongRequest
{
    /// <summary>Memory that a byte of JSON needs while it is understood: elements, numbers and texts of a few bytes each.</summary>
    public const int JsonBytes = 12;

    /// <summary>JSON up to here is understood in a millisecond or two.</summary>
    public const long QuickJson = 64 << 10;

    /// <summary>A body of at most so many bytes makes a request a quick one, answered where it was taken; null: none does.</summary>
    public long? QuickBytes { get; init; }

    /// <summary>Memory that a byte of the body needs, by estimate, where it is not CSV, which is read piece by piece.</summary>
    public int BytesPerByte { get; init; } = JsonBytes;

    /// <summary>The largest body; null, or an answer of null: the server's own limit.</summary>
    public Func<HttpContext, ByteLimit?>? Limit { get; init; }

    /// <summary>Whether the request is answered where it was taken.</summary>
    public bool IsQuick(HttpRequest request) => request.ContentLength <= QuickBytes && !IsCsv(request);

    /// <summary>Memory that the request needs for its body, by estimate.</summary>
    public long BytesFor(HttpRequest request, long body) => IsCsv(request) ? 0 : body * BytesPerByte;

    /// <summary>Whether the body is a CSV.</summary>
    public static bool IsCsv(HttpRequest request) => TableTypes.IsCsv(request);
}

internal static class LongRequestMetadata
{
    /// <summary>Has all requests of an endpoint answered by the workers, or those with a body above a size.</summary>
    public static RouteHandlerBuilder TakesLong(this RouteHandlerBuilder endpoint, long? above = null) =>
        endpoint.WithMetadata(new LongRequest { QuickBytes = above });
}
