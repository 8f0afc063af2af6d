using NnService.Api.Errors;
using NnService.Api.Http.Describing;
using NnService.Engine.Specs;

namespace NnService.Api.Http;

/// <summary>One page of a list, newest first.</summary>
/// <param name="Items">The items.</param>
/// <param name="NextCursor">Give it as <c>?cursor=</c> for the next page; null on the last one.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? NextCursor);

/// <summary>Which page is asked for: <c>?limit=</c> (1 to 500, default 50) and <c>?cursor=</c>.</summary>
internal sealed record PageQuery(int Limit, long Before)
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 500;

    public static readonly QueryParameter[] Parameters =
    [
        new("limit", $"Items on a page, 1 to {MaxLimit} (default {DefaultLimit}).", "50") { Form = ValueForm.Whole(1, MaxLimit) },
        new("cursor", "nextCursor of the page before.", null),
    ];

    public static ValueTask<PageQuery> BindAsync(HttpContext context)
    {
        var limit = LimitOf(context.Request);
        var cursor = context.Request.Query["cursor"].ToString();
        var before = long.MaxValue;
        if (cursor.Length > 0 && !long.TryParse(cursor, System.Globalization.NumberStyles.None, null, out before))
            throw Refusal.Exception(400, $"\"{Echo.Cut(cursor)}\" is not a cursor; use the nextCursor of the page before.");
        return ValueTask.FromResult(new PageQuery(limit, before));
    }

    /// <summary>Items asked for.</summary>
    public static int LimitOf(HttpRequest request) => QueryValue.Int(request, "limit", DefaultLimit, 1, MaxLimit);

    /// <summary>Makes a page of what was read: at most one item more than the limit, newest first.</summary>
    public Page<TItem> Of<TRow, TItem>(IReadOnlyList<TRow> rows, Func<TRow, long> number, Func<TRow, TItem> item) => new(
        [.. rows.Take(Limit).Select(item)],
        rows.Count > Limit ? number(rows[Limit - 1]).ToString() : null);
}
