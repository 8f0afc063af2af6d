using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace NnService.Engine.Data;

/// <summary>What a cell that is no number looks like: a number in another notation, or one with something around it.</summary>
/// <param name="Notations">A bit for each of <see cref="Written"/> that reads the cell; 0: it looks like no number at all.</param>
/// <param name="Around">What stands around the number.</param>
/// <param name="Unit">The unit that stands behind it; null: none.</param>
/// <param name="Space">The white space around it that is neither blank nor tab; null: none.</param>
internal readonly partial record struct NumberLook(int Notations, NumberLook.Surrounding Around, string? Unit = null, char? Space = null)
{
    /// <summary>How to write numbers that are spelled in another way.</summary>
    internal const string PlainSpelling = "write plain decimal numbers, such as 1500 or 1.5e3";

    /// <summary>What asks for a decimal comma and points between thousands.</summary>
    internal const string DecimalCommaAndPoints = "?decimal=,&thousands=.";

    private const int Longest = 64;
    private const int LastLatin1 = 0xFF; // there and before it 0 to 9 are the only digits
    private const Surrounding Signs = Surrounding.Minus | Surrounding.MinusBehind | Surrounding.Parentheses;
    private const Surrounding Respelled = Surrounding.Digits | Surrounding.Fortran | Surrounding.Hexadecimal;

    private static readonly string[] s_currencies = ["EUR", "USD", "GBP", "CHF", "JPY", "CNY", "INR", "SEK", "NOK", "DKK", "PLN"];

    private static readonly Dictionary<Surrounding, string> s_surroundings = new()
    {
        [Surrounding.WhiteSpace] = "white space other than blanks and tabs",
        [Surrounding.Percent] = "a sign for per cent",
        [Surrounding.Currency] = "a currency",
        [Surrounding.Minus] = "a minus sign that is not '-' (U+2212)",
        [Surrounding.Parentheses] = "parentheses",
        [Surrounding.Quotes] = "quotation marks that are not those of CSV",
        [Surrounding.MinusBehind] = "a minus sign at the end",
        [Surrounding.Lakhs] = "commas between lakhs and crores",
        [Surrounding.Digits] = "digits other than 0 to 9 (such as full-width ones)",
        [Surrounding.Fortran] = "a D before the exponent, as Fortran writes it",
        [Surrounding.Hexadecimal] = "hexadecimal digits behind 0x",
    };

    /// <summary>What may stand around a number.</summary>
    [Flags]
    internal enum Surrounding
    {
        None = 0,
        WhiteSpace = 1,
        Percent = 2,
        Currency = 4,
        Minus = 8,
        Parentheses = 16,
        Quotes = 32,
        MinusBehind = 64,
        Lakhs = 128,
        Digits = 256,
        Fortran = 512,
        Hexadecimal = 1024,
        Unit = 2048,
    }

    /// <summary>Notations, the likelier first; what each is called, and how it is asked for.</summary>
    internal static IReadOnlyList<(CellNotation Notation, string Name, string Query)> Written { get; } =
    [
        (new CellNotation(), "a decimal point", "?decimal=."),
        (new CellNotation(','), "a decimal comma", "?decimal=,"),
        (new CellNotation('.', ','), "commas between thousands", "?thousands=,"),
        (new CellNotation(',', '.'), "a decimal comma and points between thousands", DecimalCommaAndPoints),
        (new CellNotation('.', '\''), "apostrophes between thousands", "?thousands='"),
        (new CellNotation(',', '\''), "a decimal comma and apostrophes between thousands", "?decimal=,&thousands='"),
        (new CellNotation('.', '_'), "underscores between thousands", "?thousands=_"),
        (new CellNotation('.', ' '), "blanks between thousands", "?thousands=space"),
        (new CellNotation(',', ' '), "a decimal comma and blanks between thousands", "?decimal=,&thousands=space"),
    ];

    /// <summary>Every notation.</summary>
    internal static int All => (1 << Written.Count) - 1;

    /// <summary>The likeliest of the notations that read the cell, of which there is one.</summary>
    internal (CellNotation Notation, string Name, string Query) Likeliest => Written[int.TrailingZeroCount(Notations)];

    /// <summary>Whether a comma stands before the fraction or between thousands, and nothing says which: 1,234 is 1.234 or 1234.</summary>
    internal bool IsEitherComma => (Notations & 0b110) == 0b110 && (Notations & 1) == 0;

    /// <summary>Whether the comma stands before the fraction, and points may stand between thousands.</summary>
    internal bool MayHaveDecimalCommaAndPoints => !IsEitherComma && (Notations & 0b1010) == 0b1010 && (Notations & 1) == 0;

    /// <summary>What the likeliest of the notations is called, beside others in a notation.</summary>
    internal string NameIn(CellNotation others) => HasPointsIn(others) ? "points between thousands" : Likeliest.Name;

    /// <summary>What asks for a notation that reads the cell beside others in a notation; both where nothing says which.</summary>
    internal string QueriesIn(CellNotation others) =>
        IsEitherComma ? "?thousands=, or with ?decimal=," : HasPointsIn(others) ? DecimalCommaAndPoints : Likeliest.Query;

    /// <summary>Whether points that may stand before a fraction stand between thousands, for beside them a comma stands before it.</summary>
    internal bool HasPointsIn(CellNotation others) => others is { DecimalMark: ',', Thousands: null } && (Notations & 0b1001) == 0b1001;

    /// <summary>What stands around the number, in words.</summary>
    internal string Surroundings
    {
        get
        {
            (Surrounding around, char? space) = (Around, Space);
            IEnumerable<string> what = s_surroundings.Where(what => around.HasFlag(what.Key)).Select(what =>
                what.Key == Surrounding.WhiteSpace && space is { } letter ? $"{what.Value} (U+{(int)letter:X4})" : what.Value);
            return string.Join(" and ", Unit is null ? what : what.Append($"the unit {CellText.Quote(Unit)}"));
        }
    }

    /// <summary>Whether something stands around the number, and not at its end or within.</summary>
    internal bool IsSurrounded => (Around & ~(Surrounding.MinusBehind | Surrounding.Lakhs | Surrounding.Unit | Respelled)) != 0;

    /// <summary>Whether the number itself is spelled in a way that is not read, so that there is nothing to take away.</summary>
    internal bool IsRespelled => (Around & Respelled) != 0;

    /// <summary>What to write for a minus sign that is taken out with the rest; nothing where there is none.</summary>
    internal string SignInstead => (Around & Signs) != 0 ? ", and write a - in front of negative numbers instead" : "";

    /// <summary>What to change so that the cell of a CSV to predict is read beside others in a notation; null: it looks like no number.</summary>
    internal string? Advice(CellNotation others) =>
        Notations == 0 ? null
        : IsRespelled ? PlainSpelling
        : Around != Surrounding.None ? $"take {Surroundings} out of the cell{SignInstead}{((Notations & 1) == 0 ? $", and send the rows with {QueriesIn(others)}" : "")}"
        : IsEitherComma ? "send the rows with ?thousands=, if that is a whole number, or with ?decimal=, if the comma stands before the fraction"
        : $"it has {NameIn(others)}; send the rows with {QueriesIn(others)} to have it read";

    /// <summary>Looks at a text.</summary>
    internal static NumberLook Of(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > Longest || (utf8.IndexOfAnyInRange((byte)'0', (byte)'9') < 0 && Ascii.IsValid(utf8)))
            return default;
        ReadOnlySpan<char> text = Encoding.UTF8.GetString(utf8).AsSpan().Trim(" \t");
        Surrounding around = Surrounding.None;
        if (HasOtherDigits(text))
        {
            around |= Surrounding.Digits;
            text = WithPlainDigits(text);
        }

        if (!text.ContainsAnyInRange('0', '9'))
            return default;
        char? space = text.Length == 0 ? null : IsSpace(text[^1]) ? text[^1] : IsSpace(text[0]) ? text[0] : null;
        text = Strip(text, IsSpace, Surrounding.WhiteSpace, ref around);
        text = Strip(text, letter => "'\"\u2018\u2019\u201A\u201C\u201D\u201E\u00AB\u00BB".Contains(letter), Surrounding.Quotes, ref around);
        if (text.StartsWith('\u2212') || text.StartsWith('\u2013'))
        {
            around |= Surrounding.Minus;
            text = $"-{text[1..]}";
        }

        text = Strip(text, letter => letter is '%' or '‰', Surrounding.Percent, ref around);
        text = Strip(text, letter => char.GetUnicodeCategory(letter) == UnicodeCategory.CurrencySymbol, Surrounding.Currency, ref around);
        foreach (string currency in s_currencies)
        {
            ReadOnlySpan<char> without = text.StartsWith(currency, StringComparison.Ordinal) ? text[currency.Length..]
                : text.EndsWith(currency, StringComparison.Ordinal) ? text[..^currency.Length]
                : text;
            around |= without.Length < text.Length ? Surrounding.Currency : 0;
            text = without.Trim();
        }

        if (text is ['(', .. var inside, ')'])
        {
            around |= Surrounding.Parentheses;
            text = inside.Trim();
        }

        if (text.EndsWith('-') && !text.StartsWith('-'))
        {
            around |= Surrounding.MinusBehind;
            text = text[..^1].TrimEnd();
        }

        if (text.Contains(',') && Lakhs().IsMatch(text))
        {
            around |= Surrounding.Lakhs;
            text = text.ToString().Replace(",", "", StringComparison.Ordinal);
        }

        if (NotationsOf(text) is > 0 and var notations)
            return new NumberLook(notations, around, Space: space);
        if (text.ContainsAny('x', 'X') && Hexadecimal().IsMatch(text))
            return new NumberLook(All, around | Surrounding.Hexadecimal, Space: space);
        if (text.ContainsAny('d', 'D') && Fortran().IsMatch(text))
            return new NumberLook(NotationsOf(text.ToString().Replace('d', 'e').Replace('D', 'e')), around | Surrounding.Fortran);
        if (!char.IsAsciiDigit(text[^1]) && Measured().Match(text.ToString()) is { Success: true } measured && IsUnit(measured.Groups["unit"].Value, text))
            return new NumberLook(NotationsOf(measured.Groups["number"].ValueSpan), around | Surrounding.Unit, measured.Groups["unit"].Value);
        return new NumberLook(0, around);
    }

    // Not 4th, 10am, 12B or 7 Main: ordinals, times, codes and names.
    private static bool IsUnit(string unit, ReadOnlySpan<char> text)
    {
        if (text[^(unit.Length + 1)] == ' ')
            return unit.Length <= 3 || !char.IsUpper(unit[0]) || char.IsUpper(unit[1]);
        return unit.ToUpperInvariant() is not ("ST" or "ND" or "RD" or "TH" or "AM" or "PM" or "S") && (unit.Length > 1 || !char.IsUpper(unit[0]));
    }

    private static int NotationsOf(ReadOnlySpan<char> text)
    {
        byte[] number = Encoding.UTF8.GetBytes(text.ToString());
        int notations = 0;
        for (int i = 0; i < Written.Count; i++)
            notations |= Written[i].Notation.ToNumber(number, out _) == NumberKind.Number ? 1 << i : 0;
        return notations;
    }

    private static bool HasOtherDigits(ReadOnlySpan<char> text)
    {
        foreach (char letter in text)
        {
            if (letter > LastLatin1 && char.IsDigit(letter))
                return true;
        }

        return false;
    }

    // Digits of other scripts and widths as 0 to 9, and with them the full-width signs.
    private static char[] WithPlainDigits(ReadOnlySpan<char> text)
    {
        char[] plain = text.ToArray();
        for (int i = 0; i < plain.Length; i++)
        {
            if (plain[i] > LastLatin1 && char.IsDigit(plain[i]))
                plain[i] = (char)('0' + CharUnicodeInfo.GetDecimalDigitValue(plain[i]));
            else if (plain[i] is '．' or '，' or '－' or '＋')
                plain[i] -= (char)('．' - '.');
        }

        return plain;
    }

    // 12,34,567: groups of two digits before the last one of three.
    [GeneratedRegex(@"^[-+]?[0-9]{1,2}(,[0-9]{2})+,[0-9]{3}(\.[0-9]+)?$")]
    private static partial Regex Lakhs();

    [GeneratedRegex("^[-+]?0[xX][0-9a-fA-F]{1,16}$")]
    private static partial Regex Hexadecimal();

    // Fortran writes a point; 12d3 is a code.
    [GeneratedRegex(@"^[-+]?([0-9]+\.[0-9]*|\.[0-9]+)[dD][-+]?[0-9]{1,3}$")]
    private static partial Regex Fortran();

    // 12 kg, 5.1cm, 7 m², 60 km/h.
    [GeneratedRegex(@"^(?<number>[-+]?[0-9][0-9.,'_ ]*?) ?(?<unit>[\p{L}°][\p{L}°/]{0,11}[²³]?)$")]
    private static partial Regex Measured();

    // Takes letters of a kind away from both ends, with the blanks between them and the number.
    private static ReadOnlySpan<char> Strip(ReadOnlySpan<char> text, Predicate<char> isOne, Surrounding what, scoped ref Surrounding around)
    {
        while (text.Length > 0 && (isOne(text[0]) || isOne(text[^1])))
        {
            around |= what;
            text = (isOne(text[0]) ? text[1..] : text[..^1]).Trim(" \t\u00A0\u202F");
        }

        return text;
    }

    // Blanks and tabs around a number are passed over anyway.
    private static bool IsSpace(char letter) => letter is not (' ' or '\t') && (char.IsWhiteSpace(letter) || letter is '\u200B' or '\u2060' or '\uFEFF');
}
