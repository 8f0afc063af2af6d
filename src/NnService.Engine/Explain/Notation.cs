using System.Globalization;
using System.Text;

namespace NnService.Engine.Explain;

/// <summary>A piece of mathematics, as text for a terminal and as LaTeX.</summary>
/// <param name="Text">For a terminal.</param>
/// <param name="Latex">For math mode.</param>
public readonly record struct Notation(string Text, string Latex)
{
    /// <summary>A number in the form that reads back as the same bits: of float32 where <paramref name="isSingle"/>.</summary>
    public static Notation Number(double value, bool isSingle = false)
    {
        var text = isSingle ? ((float)value).ToString(CultureInfo.InvariantCulture) : value.ToString(CultureInfo.InvariantCulture);
        return new(text, LatexOf(text));
    }

    /// <summary>A number of six digits, to read.</summary>
    public static Notation Rounded(double value)
    {
        var text = value.ToString("G6", CultureInfo.InvariantCulture);
        return new(text, LatexOf(text));
    }

    /// <summary>A symbol such as <c>w12</c>, <c>x̂3</c>, <c>z_h1</c>, <c>γ1</c>, a derivative <c>∂y/∂h1</c>, or a product of those.</summary>
    public static Notation Symbol(string text) => new(text, string.Join(" \\cdot ", text.Split(" · ").Select(LatexOfFactor)));

    /// <summary>A word, for example a column's name.</summary>
    public static Notation Word(string text) => new(text, $"\\text{{{Escape(text)}}}");

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
        var difference = shift.Text == "0" ? x : Sum(x, shift.Text[0] == '-' ? new(shift.Text[1..], shift.Latex[1..]) : new("-" + shift.Text, "-" + shift.Latex));
        return scale.Text == "1" ? difference : Quotient(difference, scale, shift.Text == "0");
    }

    /// <summary>a / b.</summary>
    public static Notation Quotient(Notation a, Notation b, bool isSimple = false) =>
        new(isSimple ? $"{a.Text} / {b.Text}" : $"({a.Text}) / {b.Text}", $"\\frac{{{a.Latex}}}{{{b.Latex}}}");

    /// <summary>A function of something.</summary>
    public static Notation Call(string name, Notation argument) =>
        new($"{name}({argument.Text})", $"\\operatorname{{{name}}}\\left({argument.Latex}\\right)");

    /// <summary>In brackets where it begins with a minus, to stand behind a product sign.</summary>
    public Notation AsFactor() => Text.StartsWith('-') ? new($"({Text})", $"({Latex})") : this;

    /// <summary>Text for LaTeX outside of math mode.</summary>
    public static string Escape(string text)
    {
        var escaped = new StringBuilder();
        foreach (var letter in text)
            escaped.Append(letter switch
            {
                '\\' => "\\textbackslash{}",
                '~' => "\\textasciitilde{}",
                '^' => "\\textasciicircum{}",
                '&' or '%' or '$' or '#' or '_' or '{' or '}' => "\\" + letter,
                _ when char.IsControl(letter) => " ",
                _ => letter.ToString(),
            });
        return escaped.ToString();
    }

    private static string LatexOf(string number)
    {
        var exponent = number.IndexOf('E', StringComparison.Ordinal);
        return exponent < 0 ? number : $"{number[..exponent]} \\cdot 10^{{{int.Parse(number.AsSpan(exponent + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)}}}";
    }

    private static string LatexOfFactor(string factor) => factor.Split('/') is [var above, var below] && above.StartsWith('∂')
        ? $"\\frac{{\\partial {LatexOfName(above[1..])}}}{{\\partial {LatexOfName(below[1..])}}}"
        : LatexOfName(factor);

    private static string LatexOfName(string name)
    {
        if (name.StartsWith("z_", StringComparison.Ordinal))
            return $"z_{{{LatexOfName(name[2..])}}}";
        var letters = name.TrimEnd([.. "0123456789"]);
        var latin = letters switch { "γ" => "\\gamma", "β" => "\\beta", "x̂" => "\\hat{x}", "μ" => "\\mu", _ => letters };
        return letters.Length == name.Length ? latin : $"{latin}_{{{name[letters.Length..]}}}";
    }
}
