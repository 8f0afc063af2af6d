using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Limits;

namespace NnService.Api.Models;

/// <summary>The glass box: traces, formulas and explanations of models.</summary>
internal static class ExplainEndpoints
{
    public const string TraceHelp =
        "For one row and target: every neuron's inputs, weighted terms, sum, activation and derivative; the loss; for every parameter the chain rule factor by factor, "
        + "the central difference beside it, and its value after one step of gradient descent. As JSON, text/plain or text/x-latex: `Accept` chooses. "
        + "Above 10,000 parameters it must name a `layer`, and in a large one a `neuron`.";

    private const string FormulaHelp = "From raw columns to the answer, up to 500 parameters. As text/plain, text/x-latex or JSON with both: `Accept` chooses.";

    private const string ExplainHelp =
        "Integrated gradients (Sundararajan, Taly and Yan 2017) by column; one-hot parts are added up. The parts make up the difference between the row's answer and the baseline's, "
        + "but for the stated completenessError.";

    public static void MapExplanations(this RouteGroupBuilder models)
    {
        Tracing(models.MapPost("/{name}/trace", Trace).Describe("Take the latest version apart for one row", TraceHelp));
        Tracing(models.MapPost("/{name}/versions/{version}/trace", TraceVersion).Describe("Take a version apart for one row", TraceHelp)).PathExample("version", "1");
        Writing(models.MapGet("/{name}/formula", WriteFormula).Describe("Write the latest version as a formula", FormulaHelp));
        Writing(models.MapGet("/{name}/versions/{version}/formula", WriteFormulaOfVersion).Describe("Write a version as a formula", FormulaHelp)).PathExample("version", "1");
        Explaining(models.MapPost("/{name}/explain", Explain).Describe("Explain a prediction of the latest version", ExplainHelp));
        Explaining(models.MapPost("/{name}/versions/{version}/explain", ExplainVersion).Describe("Explain a prediction of a version", ExplainHelp)).PathExample("version", "1");
    }

    public static RouteHandlerBuilder ReturnsTrace(this RouteHandlerBuilder endpoint) =>
        endpoint.Produces<TraceResponse>(200, "application/json", "text/plain", Latex.MediaType);

    private static RouteHandlerBuilder Tracing(RouteHandlerBuilder endpoint) => endpoint
        .PathExample("name", Examples.ModelName).TakesJson<TraceRequest>(ModelExamples.Trace).TakesLong().ReturnsTrace().Refuses(400, 404, 406, 409, 415, 429);

    private static RouteHandlerBuilder Writing(RouteHandlerBuilder endpoint) => endpoint
        .PathExample("name", Examples.ModelName).Produces<FormulaResponse>(200, "application/json", "text/plain", Latex.MediaType).TakesLong().Refuses(400, 404, 406, 429);

    private static RouteHandlerBuilder Explaining(RouteHandlerBuilder endpoint) => endpoint
        .PathExample("name", Examples.ModelName).TakesJson<ExplainRequest>(ModelExamples.Explain).TakesLong().Returns<ExplainResponse>(200).Refuses(400, 404, 409, 415, 429);

    private static IResult Trace(string name, Body<TraceRequest> body, HttpRequest request, ModelStore models) =>
        Found(models, name, null, loaded => TraceResult.Of(request, TracedModel.Of(loaded), body.Value));

    private static IResult TraceVersion(string name, string version, Body<TraceRequest> body, HttpRequest request, ModelStore models) =>
        Found(models, name, version, loaded => TraceResult.Of(request, TracedModel.Of(loaded), body.Value));

    private static IResult WriteFormula(string name, HttpRequest request, ModelStore models) =>
        Found(models, name, null, loaded => FormulaResult.Of(request, loaded));

    private static IResult WriteFormulaOfVersion(string name, string version, HttpRequest request, ModelStore models) =>
        Found(models, name, version, loaded => FormulaResult.Of(request, loaded));

    private static IResult Explain(string name, Body<ExplainRequest> body, ModelStore models, MemoryBudget memory) =>
        Found(models, name, null, loaded => TypedResults.Ok(ModelExplanation.Run(loaded, body.Value, memory)));

    private static IResult ExplainVersion(string name, string version, Body<ExplainRequest> body, ModelStore models, MemoryBudget memory) =>
        Found(models, name, version, loaded => TypedResults.Ok(ModelExplanation.Run(loaded, body.Value, memory)));

    private static IResult Found(ModelStore models, string name, string? version, Func<LoadedModel, IResult> answer) =>
        models.Find(name, version) is { } loaded ? answer(loaded)
        : version is null ? Refusal.NotFound("model", name)
        : Refusal.NotFound("model version", $"{name}/{version}");
}
