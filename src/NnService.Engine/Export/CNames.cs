using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace NnService.Engine.Export;

/// <summary>Names and texts as C writes them.</summary>
internal static partial class CNames
{
    /// <summary>Most letters that are taken over; the comment behind a member has its column's whole name.</summary>
    private const int MostLetters = 40;

    private const int HashDigits = 6;

    /// <summary>
    /// What every name of a model's source begins with, no two models' the same: hyphens become underscores, and where a name has anything but
    /// letters, digits and single hyphens, digits of its hash tell it from those that look like it.
    /// </summary>
    public static string Prefix(string model)
    {
        if (Plain().IsMatch(model))
            return model.Replace('-', '_');
        var (word, hash) = (Word(model), Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(model))));
        return $"{(char.IsAsciiLetter(word[0]) ? "" : "x")}{word}_{hash[..HashDigits]}";
    }

    /// <summary>What follows the prefix for each of the given names, no two alike: letters, digits and single underscores.</summary>
    public static IReadOnlyList<string> Of(IEnumerable<string> names)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        var next = new Dictionary<string, int>(StringComparer.Ordinal);
        var all = new List<string>();
        foreach (var name in names.Select(Word))
        {
            var free = name;
            for (var i = next.GetValueOrDefault(name, 2); !taken.Add(free); next[name] = ++i)
                free = $"{name}_{i}";
            all.Add(free);
        }

        return all;
    }

    /// <summary>
    /// A string literal of UTF-8: everything but plain ASCII as three octal digits, which no digit behind them can lengthen; so is $, which stands for the
    /// prefix.
    /// </summary>
    public static string Literal(string text)
    {
        var literal = new StringBuilder("\"");
        foreach (var unit in Encoding.UTF8.GetBytes(text))
        {
            if (unit is < 0x20 or > 0x7e or (byte)'"' or (byte)'\\' or (byte)'?' or (byte)'$')
                literal.Append('\\').Append(Convert.ToString(unit, 8).PadLeft(3, '0'));
            else
                literal.Append((char)unit);
        }

        return literal.Append('"').ToString();
    }

    /// <summary>The text of a <see cref="Literal"/>.</summary>
    public static string TextOf(ReadOnlySpan<char> literal)
    {
        var units = new List<byte>();
        for (var rest = literal[1..^1]; rest.Length > 0; rest = rest[(rest[0] == '\\' ? 4 : 1)..])
            units.Add(rest[0] == '\\' ? Convert.ToByte(rest[1..4].ToString(), 8) : (byte)rest[0]);
        return Encoding.UTF8.GetString([.. units]);
    }

    /// <summary>A number that reads back to the same bits.</summary>
    public static string Number(double value, bool isSingle)
    {
        if (!double.IsFinite(value))
            return (isSingle ? "" : "(double)") + (double.IsNaN(value) ? "NAN" : value > 0 ? "INFINITY" : "-INFINITY");
        var text = isSingle ? ((float)value).ToString() : value.ToString();
        if (!text.AsSpan().ContainsAny('.', 'E'))
            text += ".0";
        return isSingle ? text + "f" : text;
    }

    /// <summary>A text inside a comment: nothing in it may end the comment, look like the start of one, join lines, or stand for the prefix.</summary>
    public static string Comment(string text)
    {
        return new([.. text.Select(letter => IsHarmless(letter) ? letter : '_')]);

        static bool IsHarmless(char letter) =>
            (letter is >= ' ' and <= '~' and not ('*' or '/' or '\\' or '?' or '$')) || (letter > '\u00A0' && char.IsLetterOrDigit(letter));
    }

    // Two underscores in a row are the compiler's own in C++.
    private static string Word(string name)
    {
        var words = Others().Replace(name, "_").Trim('_');
        return words.Length == 0 ? "x" : words[..Math.Min(words.Length, MostLetters)].TrimEnd('_');
    }

    [GeneratedRegex("^[a-z][a-z0-9]*(-[a-z0-9]+)*\\z")]
    private static partial Regex Plain();

    [GeneratedRegex("[^A-Za-z0-9]+")]
    private static partial Regex Others();
}
