using Microsoft.Net.Http.Headers;
using NnService.Api.Errors;

namespace NnService.Api.Http;

/// <summary>The conditions of a request (RFC 9110, section 13.1): a caller that has seen a thing says which one the request is about.</summary>
internal static class Preconditions
{
    /// <summary>Whether the ETag of what there is decides over a request that changes something.</summary>
    public static bool NeedTag(HttpRequest request) => request.Headers.IfMatch.Count > 0 || request.Headers.IfNoneMatch.Count > 0;

    /// <summary>
    /// The refusal of a request whose conditions do not hold, in the order of section 13.2.2; null: they hold. It is asked for last: what would be refused anyway
    /// is refused as ever.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="tag">The strong ETag of what there is, in quotes; null: it has none. Asked for where there is a condition.</param>
    /// <param name="isThere">Whether there is anything.</param>
    public static ProblemResult? Failed(HttpRequest request, Func<string?> tag, bool isThere = true)
    {
        if (!NeedTag(request))
            return null;
        var (headers, itself) = (request.GetTypedHeaders(), isThere && tag() is { } text ? new EntityTagHeaderValue(text) : null);
        if (request.Headers.IfMatch.Count > 0 && !headers.IfMatch.Any(named => IsAny(named) ? isThere : named.Compare(itself, useStrongComparison: true)))
            return Refusal.Result(412, $"{(isThere ? "What there is now is not" : "There is nothing yet, and not")} what If-Match names. {Advice(headers.IfMatch, itself)}");
        return !IsRead(request) && headers.IfNoneMatch.Any(named => IsAny(named) ? isThere : named.Compare(itself, useStrongComparison: false))
            ? Refusal.Result(412, "There is already what If-None-Match rules out. Leave the header out to go on all the same.")
            : null;
    }

    /// <summary>Which ETag in <c>If-None-Match</c> says that the caller of a GET has this very thing; null: none.</summary>
    public static EntityTagHeaderValue? Known(HttpRequest request, string tag) =>
        request.GetTypedHeaders().IfNoneMatch.FirstOrDefault(named => named.Tag == tag || IsAny(named));

    private static bool IsAny(EntityTagHeaderValue named) => named.Equals(EntityTagHeaderValue.Any);

    private static bool IsRead(HttpRequest request) => HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);

    // Compressed answers carry weak tags, and If-Match compares strong ones (section 13.1.1).
    private static string Advice(IList<EntityTagHeaderValue> named, EntityTagHeaderValue? itself) =>
        itself is null ? "It has no ETag; leave the header out, or send *, which stands for anything that is there."
        : named.Any(one => one.IsWeak && one.Tag == itself.Tag) ? $"An ETag with W/ in front is that of a compressed answer and does not count here; send {itself.Tag} without it."
        : "Ask for it again, and send the ETag of that answer if it is still what you mean.";
}
