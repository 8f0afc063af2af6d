using System.Text;
using NnService.Engine.Explain;

namespace NnService.Api.Models.Explanations;

/// <summary>A LaTeX document that compiles as it stands, with pdflatex and nothing but amsmath and geometry.</summary>
internal sealed class Latex
{
    public const string MediaType = "text/x-latex";

    // align* sets a block as a whole, which TeX has no memory for beyond some thousands of lines.
    private const int MostLinesOfBlock = 200;

    private readonly StringBuilder _text = new(
        """
        \documentclass[a4paper]{article}
        \usepackage[margin=2cm]{geometry}
        \usepackage{amsmath}
        \allowdisplaybreaks
        \addtolength{\jot}{3pt}
        \begin{document}

        """);

    private int _linesOfBlock;

    /// <summary>A heading, plain text.</summary>
    public void Heading(string text)
    {
        EndBlock();
        _text.Append("\\subsection*{").Append(Notation.Escape(text)).Append("}\n");
    }

    /// <summary>An equation in math mode, aligned at its <c>&amp;=</c> with the others of its block; broken where it is wider than the page.</summary>
    public void Equation(string math)
    {
        if (_linesOfBlock >= MostLinesOfBlock)
            EndBlock();
        foreach (var line in LatexLines.Of(math))
            _text.Append(_linesOfBlock++ > 0 ? " \\\\\n" : "\\begin{align*}\n").Append(line);
    }

    /// <summary>Ends a block of equations.</summary>
    public void EndBlock()
    {
        if (_linesOfBlock > 0)
            _text.Append("\n\\end{align*}\n");
        _linesOfBlock = 0;
    }

    /// <summary>The whole document.</summary>
    public string End()
    {
        EndBlock();
        return _text.Append("\\end{document}\n").ToString();
    }
}
