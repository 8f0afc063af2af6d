using System.Globalization;
using System.Text;

namespace NnService.Engine.Explain;

/// <summary>A piece of mathematics, as text for a terminal and as LaTeX.</summary>
/// <param name="Text">For a terminal.</param>
/// <param name="Latex">For math mode.</param>
public readonly record struct Notation(string Text, string Latex)
{
    private const int LongName = 40;

    private const int LongText = 70;

    // Of the Latin letters, those that the fonts of plain LaTeX (OT1) neither have nor put together.
    private const string NotInFonts = "ÐÞðþĄąĐđĘęĦħĮįĸĿŀŉŊŋŦŧŲų";

    private static readonly Dictionary<string, string> InMath = Pairs(
        "µ \\mu ° ^\\circ ² ^2 ³ ^3 ± \\pm · \\cdot − - ≤ \\leq ≥ \\geq ≠ \\neq ∞ \\infty √ \\surd → \\to "
        + "α \\alpha β \\beta γ \\gamma δ \\delta ε \\varepsilon ζ \\zeta η \\eta θ \\theta ι \\iota κ \\kappa λ \\lambda "
        + "μ \\mu ν \\nu ξ \\xi π \\pi ρ \\rho σ \\sigma τ \\tau υ \\upsilon φ \\varphi χ \\chi ψ \\psi ω \\omega "
        + "Γ \\Gamma Δ \\Delta Θ \\Theta Λ \\Lambda Ξ \\Xi Π \\Pi Σ \\Sigma Φ \\Phi Ψ \\Psi Ω \\Omega");

    /// <summary>A number in the form that reads back as the same bits: of float32 where <paramref name="isSingle"/>.</summary>
    public static Notation Number(double value, bool isSingle = false)
    {
        var text = isSingle ? ((float)value).ToString(CultureInfo.InvariantCulture) : value.ToString(CultureInfo.InvariantCulture);
        return new(text, LatexOf(text));
    }

    /// <summary>A number of six digits, to read.</summary>
    public static Notation Rounded(double value)
    {
        var text = (value == 0 ? 0 : value).ToString("G6", CultureInfo.InvariantCulture); // no -0
        return new(text, LatexOf(text));
    }

    /// <summary>A symbol such as <c>w12</c>, <c>x̂3</c>, <c>z_h1</c>, <c>γ1</c>, a derivative <c>∂y/∂h1</c>, or a product of those.</summary>
    public static Notation Symbol(string text) => new(text, string.Join(" \\cdot ", text.Split(" · ").Select(LatexOfFactor)));

    /// <summary>A word, for example a column's name.</summary>
    public static Notation Word(string text) => new(text, TextInMath(text));

    /// <summary>
    /// Text in the math mode of LaTeX; where it is longer than a column's name or label usually is, or than a line of text, in a box of several lines.
    /// </summary>
    public static string TextInMath(string text, bool isName = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length <= (isName ? LongName : LongText)
            ? $"\\text{{{Escape(text)}}}"
            : $"\\parbox{{{(isName ? 15 : 30)}em}}{{\\raggedright {Escape(text).Replace("\\_", "\\_\\allowbreak{}", StringComparison.Ordinal)}}}";
    }

    /// <summary>A sum of terms; one that begins with a minus is subtracted. 0 where there is none.</summary>
    public static Notation Sum(params IEnumerable<Notation> terms)
    {
        var (text, latex) = (new StringBuilder(), new StringBuilder());
        foreach (var term in terms)
        {
            var isNegative = text.Length > 0 && term.Text.StartsWith('-');
            var sign = text.Length == 0 ? "" : isNegative ? " - " : " + ";
            text.Append(sign).Append(isNegative ? term.Text[1..] : term.Text);
            latex.Append(sign).Append(isNegative ? term.Latex[1..] : term.Latex);
        }

        return text.Length == 0 ? Number(0) : new(text.ToString(), latex.ToString());
    }

    /// <summary>a · b, without a factor of 1.</summary>
    public static Notation Product(Notation a, Notation b) =>
        a.Text == "1" ? b : b.Text == "1" ? a : new($"{a.Text}·{b.Text}", $"{a.Latex} \\cdot {b.Latex}");

    /// <summary>(x − shift) / scale, as short as it can be.</summary>
    public static Notation Standardized(Notation x, Notation shift, Notation scale)
    {
        var difference = shift.Text == "0"
            ? x
            : Sum(x, shift.Text[0] == '-' ? new(shift.Text[1..], shift.Latex[1..]) : new("-" + shift.Text, "-" + shift.Latex));
        return scale.Text == "1" ? difference : Quotient(difference, scale, shift.Text == "0");
    }

    /// <summary>a / b.</summary>
    public static Notation Quotient(Notation a, Notation b, bool isSimple = false) =>
        new(isSimple ? $"{a.Text} / {b.Text}" : $"({a.Text}) / {b.Text}", $"\\frac{{{a.Latex}}}{{{b.Latex}}}");

    /// <summary>A function of something.</summary>
    public static Notation Call(string name, Notation argument) =>
        new($"{name}({argument.Text})", $"\\operatorname{{{name}}}\\bigl({argument.Latex}\\bigr)"); // unlike \left and \right, these may stand on two lines

    /// <summary>In brackets where it begins with a minus, to stand behind a product sign.</summary>
    public Notation AsFactor() => Text.StartsWith('-') ? new($"({Text})", $"({Latex})") : this;

    /// <summary>
    /// Text for LaTeX outside of math mode. Letters that its own fonts lack become their number, such as <c>U+65E5</c>, since pdflatex stops at them.
    /// </summary>
    public static string Escape(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var escaped = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
            escaped.Append(rune.Value switch
            {
                '\\' => "\\textbackslash{}",
                '~' => "\\textasciitilde{}",
                '^' => "\\textasciicircum{}",
                '<' => "\\textless{}",
                '>' => "\\textgreater{}",
                '|' => "\\textbar{}",
                '`' => "\\textasciigrave{}",
                '-' => "{-}", // two of them would make a dash
                '&' or '%' or '$' or '#' or '_' or '{' or '}' => $"\\{rune}",
                _ when Rune.IsControl(rune) => " ",
                < 0x7F => rune.ToString(),
                0xA0 => "~",
                >= 0xC0 and <= 0x17E when !NotInFonts.Contains((char)rune.Value, StringComparison.Ordinal) => rune.ToString(),
                _ when InMath.TryGetValue(rune.ToString(), out var command) => $"\\ensuremath{{{command}}}",
                _ => $"U+{rune.Value:X4}",
            });
        return escaped.ToString();
    }

    private static Dictionary<string, string> Pairs(string words) =>
        words.Split(' ').Chunk(2).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);

    private static string LatexOf(string number)
    {
        var exponent = number.IndexOf('E', StringComparison.Ordinal);
        return exponent < 0
            ? number
            : $"{number[..exponent]} \\cdot 10^{{{int.Parse(number.AsSpan(exponent + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)}}}";
    }

    private static string LatexOfFactor(string factor) => factor.Split('/') is [var above, var below] && above.StartsWith('∂')
        ? $"\\frac{{\\partial {LatexOfName(above[1..])}}}{{\\partial {LatexOfName(below[1..])}}}"
        : LatexOfName(factor);

    private static string LatexOfName(string name)
    {
        if (name.StartsWith("z_", StringComparison.Ordinal))
            return $"z_{{{LatexOfName(name[2..])}}}";
        var letters = name.TrimEnd([.. "0123456789"]);
        var latin = letters switch { "γ" => "\\gamma", "β" => "\\beta", "x̂" => "\\hat{x}", "ŷ" => "\\hat{y}", "μ" => "\\mu", _ => letters };
        return letters.Length == name.Length ? latin : $"{latin}_{{{name[letters.Length..]}}}";
    }
}
