using System.Text.Json.Serialization;
using NnService.Engine.Data.Columns;
using NnService.Engine.Specs;

namespace NnService.Engine.Data.Encodings;

/// <summary>A number that a date is told by.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<DatePartKind>))]
public enum DatePartKind
{
    /// <summary>Days since 1970-01-01, the time of day as a fraction: how the years go on.</summary>
    Days,

    /// <summary>The year.</summary>
    Year,

    /// <summary>The month, 1 to 12.</summary>
    Month,

    /// <summary>The day of the month, 1 to 31.</summary>
    Day,

    /// <summary>The day of the week, 1 for Monday to 7 for Sunday.</summary>
    Weekday,

    /// <summary>Seconds since midnight, in universal time.</summary>
    Seconds,
}

/// <summary>One input of a column of dates: (part − shift) / scale.</summary>
/// <param name="Kind">Which number.</param>
/// <param name="Shift">Its mean over the training rows.</param>
/// <param name="Scale">Its standard deviation; not 0.</param>
public sealed record DatePart(DatePartKind Kind, double Shift, double Scale)
{
    private const int RowsOfFirstLook = 1024; // of a column of text, before all of it is read

    /// <inheritdoc cref="DateText.TryRead"/>
    internal static bool TryRead(string text, out DateTime date) => DateText.TryRead(text, out date);

    /// <summary>Whether a column holds dates and nothing else.</summary>
    public static bool IsColumnOfDates(Column column) =>
        !column.IsNumeric && column.Missing < column.Rows && AreDates(column.Slice(0, Math.Min(column.Rows, RowsOfFirstLook))) && AreDates(column.InMemory());

    private static bool AreDates(Column column) => column.Categories.All(text => TryRead(text, out _));

    /// <summary>The part of a date, as it is.</summary>
    internal static double Of(DatePartKind kind, DateTime date) => kind switch
    {
        DatePartKind.Days => (date - DateTime.UnixEpoch).TotalDays,
        DatePartKind.Year => date.Year,
        DatePartKind.Month => date.Month,
        DatePartKind.Day => date.Day,
        DatePartKind.Weekday => date.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)date.DayOfWeek,
        _ => date.TimeOfDay.TotalSeconds,
    };

    /// <summary>The input for a date.</summary>
    internal double Scaled(DateTime date) => (Of(Kind, date) - Shift) / Scale;

    /// <summary>
    /// The parts that vary among the dates in some rows of a column of dates: of what does not, nothing would be learnt. Where none varies, the days alone.
    /// The days are always there, and first. Where constants are not ignored, all parts, of times as soon as there is one.
    /// </summary>
    internal static DatePart[] Fit(Column column, ReadOnlyMemory<int> rows, bool ignoresConstants)
    {
        var dates = new List<DateTime>();
        foreach ((Column cells, ReadOnlyMemory<int> some) in column.Pieces(rows))
        {
            foreach (int row in some.Span)
            {
                if (!cells.IsMissing(row) && TryRead(cells.TextAt(row)!, out DateTime date))
                    dates.Add(date);
            }
        }

        var parts = new List<DatePart>();
        foreach (DatePartKind kind in Enum.GetValues<DatePartKind>())
        {
            var moments = Moments.Of([.. dates.Select(date => Of(kind, date))]);
            if (moments.StandardDeviation > 0)
                parts.Add(new DatePart(kind, moments.Mean, moments.StandardDeviation));
            else if (!ignoresConstants && (kind != DatePartKind.Seconds || moments.Max > 0))
                parts.Add(new DatePart(kind, moments.Mean, 1));
            else if (ignoresConstants && kind == DatePartKind.Days)
                parts.Add(new DatePart(kind, moments.Mean, Scaling.OfOneValue));
        }

        return [.. parts];
    }
}
