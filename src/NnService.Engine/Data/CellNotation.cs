using System.Text;
using System.Text.Json.Serialization;

namespace NnService.Engine.Data;

/// <summary>How the cells of a table are written: what is missing, and how numbers are spelled. Travels with a table and with the models made from
/// it.</summary>
public sealed class CellNotation
{
    private const int ShortNumber = 256;

    // Missing in every column, the empty cell first; and missing among numbers only, since elsewhere they may be words.
    private static readonly string[] s_everywhere = ["", "NA", "NaN", "null", "?"];
    private static readonly string[] s_amongNumbers = ["nan", "NULL", "None", "N/A", "n/a", "#N/A", "<NA>", "\\N", "-"];

    private readonly (int Index, byte[] Text)[][] _byLength;
    private readonly int _everywhere;
    private readonly bool[] _begins = new bool[256]; // whether some spelling begins with a byte
    private readonly (int Index, double Value)[] _numbers;

    /// <summary>A notation from its parts.</summary>
    /// <param name="decimalMark">What stands before the fraction: a point or a comma.</param>
    /// <param name="thousands">What stands between groups of three digits; a blank means every kind of space; null: nothing.</param>
    /// <param name="missing">What stands for a missing cell in every column besides the empty one; null: the usual spellings.</param>
    /// <exception cref="ArgumentException">The marks are none, or the same.</exception>
    [JsonConstructor]
    public CellNotation(char decimalMark = '.', char? thousands = null, IReadOnlyList<string>? missing = null)
    {
        if (decimalMark is not ('.' or ',') || thousands is not (null or '.' or ',' or '\'' or '_' or ' ') || thousands == decimalMark)
            throw new ArgumentException($"\"{decimalMark}\" before the fraction and \"{thousands}\" between thousands do not make a notation of numbers.");
        DecimalMark = decimalMark;
        Thousands = thousands;
        Missing = missing;
        Spellings = missing is null ? [.. s_everywhere, .. s_amongNumbers] : ["", .. missing];
        _everywhere = missing is null ? s_everywhere.Length : Spellings.Count;
        byte[][] texts = [.. Spellings.Select(Encoding.UTF8.GetBytes)];
        _byLength = new (int, byte[])[texts.Max(text => text.Length) + 1][];
        for (int length = 0; length < _byLength.Length; length++)
            _byLength[length] = [.. texts.Index().Where(text => text.Item.Length == length)];
        foreach (byte[] text in texts.Where(text => text.Length > 0))
            _begins[text[0]] = true;
        var numbers = new List<(int, double)>();
        for (int i = 1; i < texts.Length; i++)
        {
            if (ToNumber(texts[i], out double value) == NumberKind.Number)
                numbers.Add((i, value));
        }

        _numbers = [.. numbers];
        MissingBeyondSingle = MissingNumbers.Where(number => float.IsFinite((float)number) && (float)number != number)
            .DistinctBy(number => (float)number).ToDictionary(number => (double)(float)number);
    }

    /// <summary>Numbers with a decimal point, and the usual spellings of missing cells.</summary>
    public static CellNotation Default { get; } = new();

    /// <summary>What stands before the fraction of a number.</summary>
    public char DecimalMark { get; }

    /// <summary>What stands between groups of three digits; null: nothing.</summary>
    public char? Thousands { get; }

    /// <summary>What stands for a missing cell besides the empty one; null: the usual spellings.</summary>
    public IReadOnlyList<string>? Missing { get; }

    /// <summary>Every spelling of a missing cell; the first is the empty one.</summary>
    [JsonIgnore]
    internal IReadOnlyList<string> Spellings { get; }

    /// <summary>The spellings of a missing cell in every column; the first is the empty one.</summary>
    [JsonIgnore]
    internal IEnumerable<string> SpellingsEverywhere => Spellings.Take(_everywhere);

    /// <summary>Numbers that stand for missing cells.</summary>
    [JsonIgnore]
    internal IEnumerable<double> MissingNumbers => _numbers.Select(number => number.Value).Distinct();

    /// <summary>Of the numbers that stand for missing cells those that float32 has not, by the nearest that it has: 9999.9 by 9999.900390625.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<double, double> MissingBeyondSingle { get; }

    /// <summary>Whether this is how tables are read unless something else is said.</summary>
    [JsonIgnore]
    public bool IsDefault => DecimalMark == '.' && Thousands is null && Missing is null;

    /// <summary>Whether some numbers stand for missing cells.</summary>
    [JsonIgnore]
    internal bool HasMissingNumbers => _numbers.Length > 0;

    /// <summary>The index among <see cref="Spellings"/> of trimmed text that stands for a missing cell in every column; -1: it does not.</summary>
    internal int MissingIn(ReadOnlySpan<byte> trimmed) => Find(trimmed, _everywhere);

    /// <summary>The same in a column of numbers.</summary>
    internal int MissingAmongNumbers(ReadOnlySpan<byte> trimmed) => Find(trimmed, Spellings.Count);

    /// <summary>The index among <see cref="Spellings"/> of a number that stands for a missing cell; -1: it does not.</summary>
    internal int MissingNumber(double value)
    {
        foreach ((int index, double number) in _numbers)
        {
            if (number == value)
                return index;
        }

        return -1;
    }

    /// <summary>Whether a text stands for a missing cell.</summary>
    internal bool IsMissing(string text, bool amongNumbers = false)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        return Find(CellText.Trim(utf8), amongNumbers ? Spellings.Count : _everywhere) >= 0;
    }

    /// <inheritdoc cref="ToNumber(ReadOnlySpan{byte}, out double)"/>
    internal NumberKind ToNumber(string text, out double value)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        return ToNumber(CellText.Trim(utf8), out value);
    }

    /// <summary>Reads a number in this notation; see <see cref="CellText.ToNumber(ReadOnlySpan{byte}, out double)"/>.</summary>
    internal NumberKind ToNumber(ReadOnlySpan<byte> trimmed, out double value)
    {
        if (DecimalMark == '.' && Thousands is null)
            return CellText.ToNumber(trimmed, out value);
        value = double.NaN;
        Span<byte> plain = trimmed.Length <= ShortNumber ? stackalloc byte[ShortNumber] : new byte[trimmed.Length];
        return TryRewrite(trimmed, plain, out int length) ? CellText.ToNumber(plain[..length], out value) : NumberKind.NotANumber;
    }

    /// <summary>Reads a cell of a boolean column: true or false in any case, or the number 1 or 0; null where it is neither.</summary>
    internal bool? ToBoolean(ReadOnlySpan<byte> trimmed) =>
        CellText.ToBoolean(trimmed) ?? (ToNumber(trimmed, out double value) == NumberKind.Number && value is 0 or 1 ? value == 1 : null);

    /// <summary>Writes a number without marks between thousands and with a point; false where a point or the groups are not as they should be.</summary>
    // 1.234.567,8 → 1234567.8. The first group has one to three digits and begins with none of 0, the others have three.
    private bool TryRewrite(ReadOnlySpan<byte> text, Span<byte> plain, out int length)
    {
        length = 0;
        int digits = 0;
        bool isGrouped = false;
        bool isWhole = true; // before the fraction and the exponent
        for (int at = 0; at < text.Length;)
        {
            int mark = isWhole ? ThousandsMark(text[at..]) : 0;
            if (mark > 0)
            {
                if (isGrouped ? digits != 3 : digits is 0 or > 3 || plain[length - digits] == '0')
                    return false;
                (isGrouped, digits) = (true, 0);
                at += mark;
                continue;
            }

            byte next = text[at++];
            bool isDigit = (uint)(next - '0') <= 9;
            if (isWhole && !isDigit && !(length == 0 && next is (byte)'-' or (byte)'+'))
            {
                if (isGrouped && digits != 3)
                    return false;
                isWhole = false;
            }

            if (next == '.' && DecimalMark != '.')
                return false;
            digits += isDigit ? 1 : 0;
            plain[length++] = next == DecimalMark ? (byte)'.' : next;
        }

        return !(isWhole && isGrouped) || digits == 3;
    }

    // Bytes of the mark between thousands at the start of a text; 0: there is none.
    private int ThousandsMark(ReadOnlySpan<byte> text) => Thousands switch
    {
        null => 0,
        ' ' => text[0] == ' ' ? 1 : text.StartsWith("\u00A0"u8) ? 2 : text.StartsWith("\u202F"u8) || text.StartsWith("\u2009"u8) ? 3 : 0,
        '\'' => text[0] == '\'' ? 1 : text.StartsWith("\u2019"u8) ? 3 : 0,
        _ => text[0] == Thousands ? 1 : 0,
    };

    private int Find(ReadOnlySpan<byte> trimmed, int count)
    {
        if (trimmed.IsEmpty)
            return 0;
        if (!_begins[trimmed[0]] || trimmed.Length >= _byLength.Length)
            return -1;
        foreach ((int index, byte[] text) in _byLength[trimmed.Length])
        {
            if (index < count && trimmed.SequenceEqual(text))
                return index;
        }

        return -1;
    }
}
