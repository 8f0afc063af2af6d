namespace NnService.Engine.Data;

/// <summary>Reads dates as ISO 8601 and databases write them.</summary>
// 2024-05-31, or with a time behind T or a blank: 18:00, 18:00:59, 18:00:59.123456789;
// and a zone: Z, UTC, +02, +0200, +02:00, with or without a blank before it.
internal static class DateText
{
    private const int LongestFraction = 9; // nanoseconds
    private const int TickDigits = 7; // of a fraction of a second; what is finer is cut off
    private const int MostZoneHours = 14;

    /// <summary>Reads a date; without a zone it is universal time.</summary>
    internal static bool TryRead(string text, out DateTime date)
    {
        date = default;
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        if (!TryDigits(ref rest, 4, out int year) || !TryTake(ref rest, '-') || !TryDigits(ref rest, 2, out int month)
            || !TryTake(ref rest, '-') || !TryDigits(ref rest, 2, out int day)
            || year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
            return false;
        date = new DateTime(year, month, day, 0, 0, 0, DateTimeKind.Utc);
        if (rest.IsEmpty)
            return true;
        if (!(TryTake(ref rest, 'T') || TryTake(ref rest, ' ')) || !TryTime(ref rest, out long ticks) || !TryZone(rest, out int offsetMinutes))
            return false;
        long universal = date.Ticks + ticks - offsetMinutes * TimeSpan.TicksPerMinute;
        if (universal < DateTime.MinValue.Ticks || universal > DateTime.MaxValue.Ticks)
            return false;
        date = new DateTime(universal, DateTimeKind.Utc);
        return true;
    }

    private static bool TryTime(ref ReadOnlySpan<char> rest, out long ticks)
    {
        ticks = 0;
        if (!TryDigits(ref rest, 2, out int hour) || !TryTake(ref rest, ':') || !TryDigits(ref rest, 2, out int minute) || hour > 23 || minute > 59)
            return false;
        ticks = hour * TimeSpan.TicksPerHour + minute * TimeSpan.TicksPerMinute;
        if (!TryTake(ref rest, ':'))
            return true;
        if (!TryDigits(ref rest, 2, out int second) || second > 59)
            return false;
        ticks += second * TimeSpan.TicksPerSecond;
        if (!TryTake(ref rest, '.'))
            return true;
        int digits = 0;
        long fraction = 0;
        for (; digits < rest.Length && char.IsAsciiDigit(rest[digits]); digits++)
        {
            if (digits < TickDigits)
                fraction = fraction * 10 + (rest[digits] - '0');
        }

        for (int i = digits; i < TickDigits; i++)
            fraction *= 10;
        ticks += fraction;
        rest = rest[digits..];
        return digits is >= 1 and <= LongestFraction;
    }

    private static bool TryZone(ReadOnlySpan<char> rest, out int offsetMinutes)
    {
        offsetMinutes = 0;
        if (rest.IsEmpty)
            return true;
        TryTake(ref rest, ' ');
        if (rest is "Z" or "UTC")
            return true;
        int sign = TryTake(ref rest, '+') ? 1 : TryTake(ref rest, '-') ? -1 : 0;
        if (sign == 0 || !TryDigits(ref rest, 2, out int hours))
            return false;
        int minutes = 0;
        if (!rest.IsEmpty)
        {
            TryTake(ref rest, ':');
            if (!TryDigits(ref rest, 2, out minutes) || !rest.IsEmpty)
                return false;
        }

        offsetMinutes = sign * (hours * 60 + minutes);
        return minutes < 60 && hours * 60 + minutes <= MostZoneHours * 60;
    }

    private static bool TryTake(ref ReadOnlySpan<char> rest, char expected)
    {
        if (rest.IsEmpty || rest[0] != expected)
            return false;
        rest = rest[1..];
        return true;
    }

    private static bool TryDigits(ref ReadOnlySpan<char> rest, int count, out int value)
    {
        value = 0;
        if (rest.Length < count)
            return false;
        foreach (char digit in rest[..count])
        {
            if (!char.IsAsciiDigit(digit))
                return false;
            value = value * 10 + (digit - '0');
        }

        rest = rest[count..];
        return true;
    }
}
