using System.ComponentModel;
using System.Diagnostics;

namespace NnService.Api.Tests;

/// <summary>A test that compiles with pdflatex, and is skipped where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PdfLatexFactAttribute : FactAttribute
{
    private static readonly Lazy<bool> s_isThere = new(IsThere);

    public PdfLatexFactAttribute() => Skip = s_isThere.Value ? null : "pdflatex is not installed (apt-get install texlive-latex-base).";

    private static bool IsThere()
    {
        try
        {
            using var program = Process.Start(new ProcessStartInfo("pdflatex", ["--version"]) { RedirectStandardOutput = true })!;
            program.StandardOutput.ReadToEnd();
            program.WaitForExit();
            return program.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
