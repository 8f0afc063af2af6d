using System.Globalization;
using System.Text.Json.Nodes;
using NnService.Api.Http.Describing;

namespace NnService.Api.Swagger.Operations;

/// <summary>
/// What the service has answered to the examples, sent one after another: shown as examples of answers. The tests record them, and fail where the service
/// answers otherwise (decision 49).
/// </summary>
internal sealed class RecordedAnswers
{
    /// <summary>Beside the operations: refusals, by status and form.</summary>
    public const string Refusals = "refusals";

    private readonly Lazy<JsonObject> _answers = new(Read);

    /// <summary>The answer of an operation; null where none was recorded.</summary>
    public JsonNode? Of(string operationId, int status, string contentType) =>
        _answers.Value[operationId]?[status.ToString(CultureInfo.InvariantCulture)]?[contentType]?.DeepClone();

    /// <summary>A refusal with that status, of whatever operation; null where none was recorded, or the answers are none.</summary>
    public JsonNode? OfRefusal(Type form, int status, IReadOnlyList<DescribedAnswer> answers) =>
        answers.Any(answer => answer.Type == form) ? Of($"{Refusals}.{form.Name}", status, answers[0].ContentTypes[0]) : null;

    private static JsonObject Read()
    {
        using var stream = typeof(RecordedAnswers).Assembly.GetManifestResourceStream("answers.json")!;
        return JsonNode.Parse(stream)!.AsObject();
    }
}
