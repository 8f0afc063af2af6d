using Microsoft.AspNetCore.Http.Features;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Limits;

namespace NnService.Api.Inference;

/// <summary>Reads a body into memory, up to the doors' own limit.</summary>
internal static class WholeBody
{
    private const int FirstBytes = 64 << 10;
    private const int BytesPerByte = 8; // of numbers and texts in JSON; binary tensors stay where they are

    /// <summary>Which requests are left to the workers, and how large they may be.</summary>
    /// <param name="quickBytes">Up to which body they are not.</param>
    public static LongRequest Long(long quickBytes) => new()
    {
        QuickBytes = quickBytes,
        BytesPerByte = BytesPerByte,
        Limit = context => LimitOf(context.RequestServices.GetRequiredService<InferenceLimits>()),
    };

    /// <summary>The bytes. Errors: <see cref="ProblemException"/>, 413 beyond the limit.</summary>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpContext context, InferenceLimits limits)
    {
        var request = context.Request;
        if (request.Body is MemoryStream there && there.TryGetBuffer(out var whole))
            return whole;
        // The server's own limit is meant for small JSON.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = null;
        var told = request.Body.CanSeek ? request.Body.Length : request.ContentLength;
        if (told > limits.MaxBytes)
            throw Refusal.Exception(413, LimitOf(limits).Refusal);

        // A length that is only claimed gets no memory: it grows with what comes.
        var first = request.Body.CanSeek ? request.Body.Length : Math.Min(told ?? FirstBytes, FirstBytes);
        var bytes = GC.AllocateUninitializedArray<byte>((int)first + 1);
        var length = 0;
        for (int read; (read = await request.Body.ReadAsync(bytes.AsMemory(length), context.RequestAborted)) > 0;)
        {
            length += read;
            if (length > limits.MaxBytes)
                throw Refusal.Exception(413, LimitOf(limits).Refusal);
            if (length == bytes.Length)
                Array.Resize(ref bytes, (int)Math.Min(bytes.Length * 2L, Array.MaxLength));
        }

        return bytes.AsMemory(0, length);
    }

    private static ByteLimit LimitOf(InferenceLimits limits) =>
        new(limits.MaxBytes, $"The body has more than {limits.MaxBytes:N0} bytes, the limit Inference:MaxBytes; send fewer rows at a time.");
}
