using System.Text.Json;
using NnService.Api.Datasets;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Models.Predictions;
using NnService.Engine.Losses;
using NnService.Engine.Specs;

namespace NnService.Api.Models.Evaluations;

/// <summary>What the query of an evaluation says: of a CSV in the body all that a JSON body says beside its dataset.</summary>
internal static class EvaluateQuery
{
    private const string Target = "target";
    private const string Loss = "loss";
    private const string Curves = "curves";

    public static readonly QueryParameter[] Parameters =
    [
        new(Curves, "`true`: adds curves, each of at most 200 points.", null),
        IntervalLevel.OfEvaluations,
        new(Target, "Of a CSV: the column that holds the truth; left out: the model's target.", null),
        new(Loss, "Of a CSV: the loss, a name or an object; left out: the one it was trained with, or the usual one of its task. Label smoothing and weights of the training have no part in it.", null),
        new("ignoreUnknown", "`true`: columns the model does not know are passed over, as those of a dataset are anyway.", null),
        .. ReadingOptions.OfCsv,
    ];

    /// <summary>Whether curves are asked for. Errors: <see cref="ProblemException"/>.</summary>
    public static bool AsksForCurves(HttpRequest request) => QueryValue.Flag(request, Curves);

    /// <summary>What is said about a CSV. Errors: <see cref="ProblemException"/>.</summary>
    public static EvaluateRequest Of(HttpRequest request) => new()
    {
        Target = request.Query[Target].ToString() is { Length: > 0 } target ? target : null,
        Loss = LossOf(request.Query[Loss].ToString()),
    };

    /// <summary>Refuses what is said about a CSV where the body is none. Errors: <see cref="ProblemException"/>.</summary>
    public static void RefuseWithoutCsv(HttpRequest request)
    {
        ReadingOptions.RefuseWithoutCsv(request);
        foreach (var name in (string[])[Target, Loss])
            if (request.Query.ContainsKey(name))
                throw Refusal.Exception(400, $"{name} stands in the query for a CSV; in a JSON body it is a member beside dataset.");
        RequestRows.Unknown(request); // what it asks for is done with a dataset anyway
    }

    private static LossSpec? LossOf(string said)
    {
        if (said.Length == 0)
            return null;
        try
        {
            return JsonSerializer.Deserialize<LossSpec>(said.StartsWith('{') ? said : JsonSerializer.Serialize(said), WireJson.Options);
        }
        catch (JsonException bad)
        {
            throw Refusal.Exception(400, $"loss={Echo.Cut(said)}: {JsonRefusal.From(bad).Problem.Detail}", "#/loss");
        }
    }
}
