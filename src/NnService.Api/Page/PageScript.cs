using System.Text;

namespace NnService.Api.Page;

/// <summary>
/// A module without its comments, in which its types stand, and without the blanks and ends of lines that mean nothing. Strings, templates and regular
/// expressions stay as they are, and ends of lines where they may end a statement within a block. tests/Page compares the words with those of the source.
/// </summary>
internal static class PageScript
{
    // Behind these the end of a line means nothing.
    private const string InMiddleOfStatement = ";{,([\n";

    // A slash after one of these begins a regular expression; after anything else it divides.
    private const string BeforeExpression = "(,=:[!&|?{};+-*%<>~^\n";

    public static string Shortened(string source)
    {
        var sent = new StringBuilder(source.Length);
        for (int at = 0, end; at < source.Length; at = end)
        {
            end = EndOfComment(source, at);
            if (end == at && source[at] == '\n')
                end++;
            if (end > at)
                AppendEndOfLine(sent, source.AsSpan(at, end - at));
            else if (source[at] == ' ')
                AppendBlanks(sent, source, at, end = EndOfBlanks(source, at));
            else
                AppendPiece(sent, source, at, end = EndOfPiece(source, at, sent));
        }

        return sent.ToString();
    }

    private static void AppendEndOfLine(StringBuilder sent, ReadOnlySpan<char> left)
    {
        if (left.Contains('\n') && sent.Length > 0 && !InMiddleOfStatement.Contains(sent[^1]))
            sent.Append('\n');
    }

    // The end of a block ends its last statement too.
    private static void AppendPiece(StringBuilder sent, string source, int at, int end)
    {
        if (source[at] == '}' && sent.Length > 0 && sent[^1] is ';' or '\n')
            sent.Length--;
        sent.Append(source, at, end - at);
    }

    // Between two words, and between two signs that would be another one together.
    private static void AppendBlanks(StringBuilder sent, string source, int at, int end)
    {
        if (sent.Length == 0 || end == source.Length)
            return;
        var (before, after) = (sent[^1], source[end]);
        if ((IsWord(before) && IsWord(after)) || (before == after && before is '+' or '-'))
            sent.Append(' ');
    }

    private static int EndOfComment(string source, int at)
    {
        if (source[at] != '/' || at + 1 == source.Length)
            return at;
        var end = source[at + 1] switch
        {
            '/' => source.IndexOf('\n', at),
            '*' => source.IndexOf("*/", at, StringComparison.Ordinal) + 2,
            _ => at,
        };
        return end < at ? source.Length : end;
    }

    private static int EndOfBlanks(string source, int at)
    {
        while (at < source.Length && source[at] == ' ')
            at++;
        return at;
    }

    private static int EndOfPiece(string source, int at, StringBuilder sent) => source[at] switch
    {
        '\'' or '"' => EndOfString(source, at),
        '`' => EndOfTemplate(source, at),
        '/' when sent.Length == 0 || BeforeExpression.Contains(sent[^1]) => EndOfExpression(source, at),
        _ => at + 1,
    };

    private static int EndOfString(string source, int at)
    {
        for (var i = at + 1; i < source.Length; i++)
        {
            if (source[i] == '\\')
                i++;
            else if (source[i] == source[at])
                return i + 1;
        }

        return source.Length;
    }

    private static int EndOfTemplate(string source, int at)
    {
        for (var i = at + 1; i < source.Length; i++)
        {
            if (source[i] == '\\')
                i++;
            else if (source[i] == '`')
                return i + 1;
            else if (source[i] == '$' && source[i + 1] == '{')
                i = EndOfPlaceholder(source, i + 2) - 1;
        }

        return source.Length;
    }

    private static int EndOfPlaceholder(string source, int at)
    {
        for (var depth = 1; at < source.Length && depth > 0;)
        {
            depth += source[at] switch { '{' => 1, '}' => -1, _ => 0 };
            at = source[at] switch { '\'' or '"' => EndOfString(source, at), '`' => EndOfTemplate(source, at), _ => at + 1 };
        }

        return at;
    }

    private static int EndOfExpression(string source, int at)
    {
        var isClass = false;
        for (var i = at + 1; i < source.Length; i++)
        {
            if (source[i] == '\\')
                i++;
            else if (source[i] is '[' or ']')
                isClass = source[i] == '[';
            else if (source[i] == '/' && !isClass)
                return i + 1;
        }

        return source.Length;
    }

    private static bool IsWord(char one) => char.IsLetterOrDigit(one) || one is '_' or '$' or '#';
}
