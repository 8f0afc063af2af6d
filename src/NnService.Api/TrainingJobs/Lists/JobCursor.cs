using System.Globalization;
using NnService.Api.Errors;
using NnService.Engine.Specs;

namespace NnService.Api.TrainingJobs.Lists;

/// <summary>
/// Where the next page of a sorted list begins: behind this job. Newest first it is the job's number; otherwise it also says the order, and the figure
/// by its bits, so that pages fit together whatever is added or deleted between them.
/// </summary>
/// <param name="Number">The last job of the page before.</param>
/// <param name="Figure">What it is sorted by; null: it has none, and stands behind those that have one.</param>
internal readonly record struct JobCursor(long Number, double? Figure)
{
    private const char Separator = '~';

    /// <summary>As it stands in a query.</summary>
    public string Text(JobSort sort) => sort == JobSort.Newest ? $"{Number}"
        : string.Join(Separator, sort, Figure is { } figure ? $"{BitConverter.DoubleToInt64Bits(figure):x16}" : "", Number);

    /// <summary>The cursor of a request; null: it asks for the first page. Errors: <see cref="ProblemException"/>.</summary>
    public static JobCursor? Of(HttpRequest request, JobSort sort)
    {
        var text = request.Query["cursor"].ToString();
        if (text.Length == 0)
            return null;
        return Parse(text, sort) ?? throw Refusal.Exception(
            400, $"\"{Echo.Cut(text)}\" is not a cursor of this order; use the nextCursor of the page before, with the same sort.");
    }

    private static JobCursor? Parse(string text, JobSort sort)
    {
        if (sort == JobSort.Newest)
            return NumberOf(text) is { } newest ? new JobCursor(newest, null) : null;
        if (text.Split(Separator) is not [var order, var bits, var last] || order != sort.ToString() || NumberOf(last) is not { } number)
            return null;
        if (bits.Length == 0)
            return new JobCursor(number, null);
        return long.TryParse(bits, NumberStyles.AllowHexSpecifier, null, out var figure) && double.IsFinite(BitConverter.Int64BitsToDouble(figure))
            ? new JobCursor(number, BitConverter.Int64BitsToDouble(figure))
            : null;
    }

    private static long? NumberOf(string text) => long.TryParse(text, NumberStyles.None, null, out var number) ? number : null;
}
