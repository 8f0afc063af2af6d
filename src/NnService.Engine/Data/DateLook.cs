using System.Text.RegularExpressions;

namespace NnService.Engine.Data;

/// <summary>Tells texts that look like dates but are not written as they are read here: 31.05.2024, 5/31/2024, 2024/05/31, 31 May 2024, 31MAY2024, May 2024.</summary>
// Whether 01/02/2022 is in January or in February nobody can tell, so such texts are pointed out and never read.
internal static partial class DateLook
{
    private const int Longest = 40;
    private const int LettersOfMonth = 3; // at least, as in Sep and Sept

    private static readonly string[] s_months =
    [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
    ];

    /// <summary>Whether a text looks like a date, which may have a time behind it.</summary>
    internal static bool Is(string text)
    {
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        return rest.Length is >= 6 and <= Longest
            && (IsInParts(rest) || (MayBeginOthers(rest[0]) && rest.ContainsAnyInRange('0', '9') && Others().IsMatch(rest)));
    }

    // A digit, or a day of the week; the look itself takes ten times as long, and most texts are no dates.
    private static bool MayBeginOthers(char first) => char.IsAsciiDigit(first) || (first | 0x20) is 'm' or 't' or 'w' or 'f' or 's';

    private static bool IsInParts(ReadOnlySpan<char> rest) =>
        TryPart(ref rest, out Part first) && TrySeparator(ref rest, out char mark)
            && TryPart(ref rest, out Part second)
            && (rest.IsEmpty ? IsMonthOfYear(first, second, mark) : TrySeparator(ref rest, out char secondMark)
                && TryPart(ref rest, out Part third)
                && IsTimeOrNothing(rest)
                && (first.IsMonth || second.IsMonth ? IsWithName(first, second, third) : mark == secondMark && IsOfDigits(first, second, third, mark)));

    // In this order: SAS and web servers (31MAY2024:18:30:00, 31/May/2024:18:30:00), RFC 1123 and asctime (Fri, 31 May 2024; Fri May 31 18:30:00 2024),
    // 2024年5月31日, 20240531T183000Z, 2024-05-31T18, a month (2024-05, 2024M05), a week (2024-W22-5), and months in other languages (31. Mai 2024, 31 de mayo de 2024).
    [GeneratedRegex(
        "^([0-9]{1,2}/?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*/?[0-9]{2,4}(:[0-9]{2}:[0-9]{2}.*)?"
        + "|(mon|tue|wed|thu|fri|sat|sun)[a-z]*,? ([0-9]{1,2} [a-z]{3,9}|[a-z]{3,9} [0-9]{1,2}),? .*[0-9]{4}.*"
        + "|[0-9]{4}[年년] ?[0-9]{1,2}[月월].*"
        + "|(19|20)[0-9]{6}T[0-9]{4,6}Z?"
        + "|[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}"
        + "|(19|20)[0-9]{2}[-M](0[1-9]|1[0-2])"
        + "|(19|20)[0-9]{2}-W[0-9]{2}(-[1-7])?"
        + @"|[0-9]{1,2}\.? (de )?\p{L}{3,10}\.?,? (de )?(19|20)[0-9]{2})$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Others();

    // May 2024, 05/2024, 2024/05; 5/2024 is the fifth of a year as likely.
    private static bool IsMonthOfYear(Part first, Part second, char mark) =>
        ((first.IsMonth || (mark == '/' && first is { IsNumberOfMonth: true, Digits: 2 })) && second.IsYear)
            || (mark == '/' && first.IsYear && second is { IsNumberOfMonth: true, Digits: 2 });

    // 31 May 2024, 31-May-24, May 31, 2024
    private static bool IsWithName(Part first, Part second, Part third)
    {
        Part day = first.IsMonth ? second : first;
        return day.IsDay && third.Digits is 2 or 4;
    }

    private static bool IsOfDigits(Part first, Part second, Part third, char mark)
    {
        if (mark is not ('.' or '/' or '-'))
            return false;
        if (first.Digits == 4)
            return second.IsNumberOfMonth && third.IsDay;
        bool isDayFirst = first.IsDay && second.IsNumberOfMonth;
        bool isMonthFirst = mark != '.' && first.IsNumberOfMonth && second.IsDay;
        // With a year of two digits a version (1.2.22) or a code (10-11-12) is as likely.
        bool isYear = third.Digits == 4 || (third.Digits == 2 && mark != '-' && (mark == '/' || (first.Digits == 2 && second.Digits == 2)));
        return isYear && (isDayFirst || isMonthFirst);
    }

    private static bool IsTimeOrNothing(ReadOnlySpan<char> rest)
    {
        ReadOnlySpan<char> time = rest.TrimStart("T ,");
        return rest.IsEmpty || (time.Length < rest.Length && time.Contains(':') && char.IsAsciiDigit(time[0]));
    }

    private static bool TryPart(ref ReadOnlySpan<char> rest, out Part part)
    {
        int length = 0;
        while (length < rest.Length && char.IsAsciiDigit(rest[length]))
            length++;
        if (length > 0)
        {
            part = length <= 4 ? new Part(int.Parse(rest[..length]), length) : default;
            rest = rest[length..];
            return length <= 4;
        }

        while (length < rest.Length && char.IsAsciiLetter(rest[length]))
            length++;
        ReadOnlySpan<char> name = rest[..length];
        rest = rest[length..];
        part = default;
        for (int i = 0; i < s_months.Length && name.Length >= LettersOfMonth; i++)
        {
            if (s_months[i].AsSpan().StartsWith(name, StringComparison.OrdinalIgnoreCase))
                part = new Part(i + 1, 0);
        }

        return part.IsMonth;
    }

    private static bool TrySeparator(ref ReadOnlySpan<char> rest, out char mark)
    {
        mark = rest.IsEmpty ? '\0' : rest[0];
        if (mark is not ('.' or '/' or '-' or ',' or ' '))
            return false;
        rest = rest[1..].TrimStart(' ');
        return true;
    }

    /// <summary>A number of a date, or with no digits the month that a name stands for.</summary>
    private readonly record struct Part(int Number, int Digits)
    {
        internal bool IsMonth => Digits == 0 && Number > 0;

        internal bool IsNumberOfMonth => Digits is 1 or 2 && Number is >= 1 and <= 12;

        internal bool IsYear => Digits == 4 && Number is >= 1900 and < 2100;

        internal bool IsDay => Digits is 1 or 2 && Number is >= 1 and <= 31;
    }
}
