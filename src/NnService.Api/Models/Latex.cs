using System.Text;

namespace NnService.Api.Models;

/// <summary>A LaTeX document that compiles as it stands.</summary>
internal sealed class Latex
{
    public const string MediaType = "text/x-latex";

    private readonly StringBuilder _text = new(
        """
        \documentclass{article}
        \usepackage{amsmath}
        \allowdisplaybreaks
        \begin{document}

        """);

    private bool _isInEquations;

    /// <summary>A heading, plain text.</summary>
    public void Heading(string text)
    {
        EndEquations();
        _text.Append("\\subsection*{").Append(Engine.Explain.Notation.Escape(text)).Append("}\n");
    }

    /// <summary>An equation in math mode, aligned at its <c>&amp;=</c>.</summary>
    public void Equation(string math)
    {
        _text.Append(_isInEquations ? " \\\\\n" : "\\begin{align*}\n").Append(math);
        _isInEquations = true;
    }

    /// <summary>The whole document.</summary>
    public string End()
    {
        EndEquations();
        return _text.Append("\\end{document}\n").ToString();
    }

    private void EndEquations()
    {
        if (_isInEquations)
            _text.Append("\n\\end{align*}\n");
        _isInEquations = false;
    }
}
