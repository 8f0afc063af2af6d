using NnService.Engine.Data.Columns;

namespace NnService.Engine.Data;

/// <summary>Whether the numbers of a column are dates or months that were written as digits alone, such as 20240531 and 202405: the last of a month or year is
/// then far from the next one.</summary>
internal static class DatesInDigits
{
    private const int Fewest = 3; // different ones
    private const double First = 19000101;
    private const double Last = 21001231;
    private const double FirstMonth = 190001;
    private const double LastMonth = 210012;

    /// <summary>A sentence without its subject; null where they are not, or are too few to tell.</summary>
    internal static string? Describe(Column column, ColumnProfile profile)
    {
        if (column.Type != ColumnType.Number || !column.IsInteger || profile.Distinct < Fewest)
            return null;
        int least = profile.Min is >= FirstMonth and <= Last ? (int)profile.Min : 0;
        if (least >= First && profile.Max <= Last && AreAll(column, IsDate))
            return Sentence("dates", "month", least, $"{least / 10000}-{least / 100 % 100:00}-{least % 100:00}");
        // Those of a single year do not jump, and 200001 to 200012 may be as many numbers in a row.
        if (least > 0 && profile.Max <= LastMonth && (int)profile.Max / 100 > least / 100 && AreAll(column, IsMonth))
            return Sentence("months", "year", least, $"{least / 100}-{least % 100:00}-01");
        return null;
    }

    private static string Sentence(string what, string from, int example, string written) =>
        $"looks like {what} in digits, such as {example}, and is read as numbers, which jump from one {from} to the next; "
            + $"dates are read as dates where they are written as in ISO 8601: {written}.";

    private static bool AreAll(Column column, Predicate<int> are)
    {
        bool areAll = true;
        column.Scan(numbers =>
        {
            foreach (double number in numbers)
                areAll = areAll && (double.IsNaN(number) || are((int)number));
        });
        return areAll;
    }

    private static bool IsDate(int number) =>
        IsMonth(number / 100) && number % 100 >= 1 && number % 100 <= DateTime.DaysInMonth(number / 10000, number / 100 % 100);

    private static bool IsMonth(int number) => number % 100 is >= 1 and <= 12;
}
