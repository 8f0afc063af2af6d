using NnService.Engine.Data.Columns;

namespace NnService.Engine.Data;

/// <summary>Whether the numbers of a column are dates that were written as digits alone, such as 20240531: the last day of a month is then far from the
/// next one.</summary>
internal static class DatesInDigits
{
    private const int Fewest = 3; // different ones
    private const double First = 19000101;
    private const double Last = 21001231;

    /// <summary>A sentence without its subject; null where they are not, or are too few to tell.</summary>
    internal static string? Describe(Column column, ColumnProfile profile)
    {
        if (column.Type != ColumnType.Number || !column.IsInteger || profile.Distinct < Fewest || !(profile.Min >= First && profile.Max <= Last))
            return null;
        bool areAll = true;
        column.Scan(numbers =>
        {
            foreach (double number in numbers)
                areAll = areAll && (double.IsNaN(number) || IsDate((int)number));
        });
        return areAll
            ? $"looks like dates in digits, such as {profile.Min:0}, and is read as numbers, which jump from one month to the next; "
                + "dates are read as dates where they are written as in ISO 8601: "
                + $"{(int)profile.Min! / 10000}-{(int)profile.Min / 100 % 100:00}-{(int)profile.Min % 100:00}."
            : null;
    }

    private static bool IsDate(int number)
    {
        int year = number / 10000;
        int month = number / 100 % 100;
        int day = number % 100;
        return month is >= 1 and <= 12 && day >= 1 && day <= DateTime.DaysInMonth(year, month);
    }
}
