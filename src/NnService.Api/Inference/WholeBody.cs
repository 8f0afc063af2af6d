using Microsoft.AspNetCore.Http.Features;
using NnService.Api.Errors;

namespace NnService.Api.Inference;

/// <summary>Reads a body into memory, up to the doors' own limit.</summary>
internal static class WholeBody
{
    private const int FirstBytes = 1 << 20;

    /// <summary>The bytes. Errors: <see cref="ProblemException"/>, 413 beyond the limit.</summary>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpContext context, InferenceLimits limits)
    {
        var request = context.Request;
        // The server's own limit is meant for small JSON.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = null;
        if (request.ContentLength > limits.MaxBytes)
            throw TooLarge(limits);

        // A length that is only claimed gets no memory: it grows with what comes.
        var bytes = GC.AllocateUninitializedArray<byte>((int)Math.Min(request.ContentLength ?? FirstBytes, FirstBytes) + 1);
        var length = 0;
        for (int read; (read = await request.Body.ReadAsync(bytes.AsMemory(length), context.RequestAborted)) > 0;)
        {
            length += read;
            if (length > limits.MaxBytes)
                throw TooLarge(limits);
            if (length == bytes.Length)
                Array.Resize(ref bytes, (int)Math.Min(bytes.Length * 2L, Array.MaxLength));
        }

        return bytes.AsMemory(0, length);
    }

    private static ProblemException TooLarge(InferenceLimits limits) =>
        Refusal.Exception(413, $"The body has more than {limits.MaxBytes:N0} bytes, the limit Inference:MaxBytes; send fewer rows at a time.");
}
