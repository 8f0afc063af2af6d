using System.Text.RegularExpressions;

namespace NnService.Api.Models.Explanations;

/// <summary>Breaks an equation into lines that fit the page, in front of operators and texts outside of braces. TeX itself breaks no displayed
/// equation.</summary>
internal static class LatexLines
{
    // 17 cm are 483 points; what stands on the left, on other lines too, and estimates that are short take the rest.
    private const double MostPoints = 425;

    // Names of columns stand inside: each search is one pass, whatever they hold.
    private static readonly Regex s_boxes = new(@"\\parbox\{([0-9]+)em\}\{(\\.|[^{}\\]|\{[^{}]*\})*\}", RegexOptions.NonBacktracking);
    private static readonly Regex s_commands = new(@"\\([a-zA-Z]+|.)", RegexOptions.NonBacktracking);

    private static readonly string[] s_breaks = [" + ", " - ", " = ", " \\quad", "\\text{", "\\parbox{"];
    private static readonly string[] s_breaksOfProducts = [" \\cdot "];

    /// <summary>The lines; all but the first are indented behind the alignment.</summary>
    public static IEnumerable<string> Of(string math)
    {
        var (start, points) = (0, 0.0);
        foreach (var (at, end, width) in Pieces(math, 0, math.Length, s_breaks))
        {
            if (at > start && points + width > MostPoints)
            {
                yield return Line(math, start, at);
                (start, points) = (at, 0);
            }

            points += width;
        }

        yield return Line(math, start, math.Length);
    }

    // {} in front of an operator keeps its spaces.
    private static string Line(string math, int start, int end) => start == 0 ? math[..end] : $"&\\quad {{}}{math[start..end]}";

    // What must stay together: from one place for a break to the next. Products are taken apart where they alone are too wide.
    private static IEnumerable<(int Start, int End, double Points)> Pieces(string math, int from, int to, string[] breaks)
    {
        var (start, depth) = (from, 0);
        for (var i = Math.Max(from, math.IndexOf("&=", StringComparison.Ordinal)); i < to; i++)
        {
            if (depth == 0 && i > start && IsBreak(math, i, breaks))
            {
                foreach (var piece in Whole(start, i))
                    yield return piece;
                start = i;
            }

            if (math[i] == '\\')
            {
                depth += string.CompareOrdinal(math, i, "\\begin{", 0, 7) == 0 ? 1 : string.CompareOrdinal(math, i, "\\end{", 0, 5) == 0 ? -1 : 0;
                i++; // an escaped brace is none
            }
            else
            {
                depth += math[i] == '{' ? 1 : math[i] == '}' ? -1 : 0;
            }
        }

        foreach (var piece in Whole(start, to))
            yield return piece;

        IEnumerable<(int, int, double)> Whole(int start, int end)
        {
            var points = Points(math[start..end]);
            return points > MostPoints && breaks == s_breaks ? Pieces(math, start, end, s_breaksOfProducts) : [(start, end, points)];
        }
    }

    private static bool IsBreak(string math, int at, string[] breaks) =>
        (math[at] != '\\' || math[at - 1] == '}') && Array.Exists(breaks, text => string.CompareOrdinal(math, at, text, 0, text.Length) == 0);

    // About what ten-point type takes; a fraction counts with both of its sides.
    private static double Points(string piece)
    {
        var points = 0.0;
        foreach (var letter in s_commands.Replace(
            s_boxes.Replace(piece, box => new string('m', 2 * int.Parse(box.Groups[1].ValueSpan))),
            command => command.Value is "\\cdot" or "\\partial" or { Length: 2 } ? "m" : ""))
            points += letter switch { '+' or '-' or '=' => 9, '{' or '}' or '^' or '_' or '&' => 0, ' ' => 2, '.' or ',' or '(' or ')' => 3.5, _ => 5.2 };
        return points;
    }
}
