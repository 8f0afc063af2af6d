using System.Text;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Engine.Explain;

namespace NnService.Api.Models.Explanations;

/// <summary>A whole small model as equations.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Text">The equations, a line each.</param>
/// <param name="Latex">The same as a LaTeX document.</param>
public sealed record FormulaResponse(string Model, int Version, string Text, string Latex);

/// <summary>The formula in the form that <c>Accept</c> asks for.</summary>
internal static class FormulaResult
{
    public static IResult Of(HttpRequest request, LoadedModel loaded)
    {
        var form = Acceptable.Choose(request, "text/plain", Latex.MediaType, "application/json");
        if (loaded.Model.Parts.Count > 1)
            return Refusal.Result(
                400,
                $"The model is an ensemble of {loaded.Model.Parts.Count} networks; a formula is written of one. Its weights are in "
                + $"GET /api/v1/models/{loaded.Name}/versions/{loaded.Version}/export/json; for one network at work, POST to its trace with a member.");
        if (loaded.Model.ParameterCount > Formula.MostParameters)
            return Refusal.Result(
                400,
                $"The network has {loaded.Model.ParameterCount:N0} parameters; a formula is written up to {Formula.MostParameters:N0}. "
                + $"Its weights are in GET /api/v1/models/{loaded.Name}/versions/{loaded.Version}/export/json; for one layer or neuron at work, POST to its trace.");
        var lines = Formula.Of(loaded.Model);
        return form switch
        {
            "application/json" => TypedResults.Ok(new FormulaResponse(loaded.Name, loaded.Version, TextOf(lines), LatexOf(lines))),
            Latex.MediaType => TypedResults.Text(LatexOf(lines), $"{Latex.MediaType}; charset=utf-8"),
            _ => TypedResults.Text(TextOf(lines), "text/plain; charset=utf-8"),
        };
    }

    private static string TextOf(IReadOnlyList<Notation> lines) =>
        lines.Aggregate(new StringBuilder(), (text, line) => text.Append(line.Text).Append('\n')).ToString();

    private static string LatexOf(IReadOnlyList<Notation> lines)
    {
        var latex = new Latex();
        foreach (var line in lines)
        {
            if (line.Latex is { } equation)
                latex.Equation(equation);
            else
                latex.EndBlock();
        }

        return latex.End();
    }
}
