using System.Text;

namespace NnService.Engine.Export;

/// <summary>Names and texts as C writes them.</summary>
internal static class CNames
{
    private static readonly HashSet<string> s_keywords =
    [
        "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum", "extern", "float", "for", "goto", "if", "inline", "int",
        "long", "register", "restrict", "return", "short", "signed", "sizeof", "static", "struct", "switch", "typedef", "union", "unsigned", "void", "volatile", "while",
        // words that C++ and later versions of C keep for themselves
        "and", "or", "not", "xor", "bool", "true", "false", "class", "new", "delete", "this", "template", "public", "private", "namespace", "operator", "try", "catch",
    ];

    /// <summary>A name of letters, digits and underscores that begins with a letter.</summary>
    public static string Of(string name)
    {
        var text = new string([.. name.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '_')]).TrimStart('_');
        if (text.Length == 0 || char.IsAsciiDigit(text[0]))
            text = "x" + text;
        return s_keywords.Contains(text) ? text + "_" : text;
    }

    /// <summary>Names for each of the given ones, no two alike.</summary>
    public static IReadOnlyList<string> Of(IEnumerable<string> names)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        var all = new List<string>();
        foreach (var name in names.Select(Of))
        {
            var free = name;
            for (var i = 2; !taken.Add(free); i++)
                free = $"{name}_{i}";
            all.Add(free);
        }

        return all;
    }

    /// <summary>A string literal of UTF-8: everything but plain ASCII as three octal digits, which no digit behind them can lengthen.</summary>
    public static string Literal(string text)
    {
        var literal = new StringBuilder("\"");
        foreach (var unit in Encoding.UTF8.GetBytes(text))
        {
            if (unit is < 0x20 or > 0x7e or (byte)'"' or (byte)'\\' or (byte)'?')
                literal.Append('\\').Append(Convert.ToString(unit, 8).PadLeft(3, '0'));
            else
                literal.Append((char)unit);
        }

        return literal.Append('"').ToString();
    }

    /// <summary>A number that reads back to the same bits.</summary>
    public static string Number(double value, bool isSingle)
    {
        if (!double.IsFinite(value))
            return double.IsNaN(value) ? "NAN" : value > 0 ? "INFINITY" : "-INFINITY";
        var text = isSingle ? ((float)value).ToString() : value.ToString();
        if (!text.AsSpan().ContainsAny('.', 'E'))
            text += ".0";
        return isSingle ? text + "f" : text;
    }
}
