using Microsoft.AspNetCore.Connections;

namespace NnService.Api.Errors;

/// <summary>Tells callers who have hung up from failures of the service.</summary>
internal static class CallerGone
{
    // What the server says of a body that is cut short; it has given the connection up by then.
    private const string CutShort = "Unexpected end of request content.";

    /// <summary>Whether it is why a request came to no end. Whoever reads the body may hear of it before the request is aborted.</summary>
    public static bool Caused(Exception failure, HttpContext context) => failure switch
    {
        ConnectionResetException or BadHttpRequestException { Message: CutShort } => true,
        BadHttpRequestException => false,
        OperationCanceledException or IOException => context.RequestAborted.IsCancellationRequested,
        _ => false,
    };
}
