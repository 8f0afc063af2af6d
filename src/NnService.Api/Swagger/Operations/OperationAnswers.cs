using System.Globalization;
using System.Net.Mime;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.OpenApi;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Http.Describing;
using NnService.Api.Limits;
using NnService.Api.Swagger.Schemas;
using Swashbuckle.AspNetCore.SwaggerGen;
using Scope = NnService.Api.Http.Scope;

namespace NnService.Api.Swagger.Operations;

/// <summary>
/// The answers of an operation: those that its endpoint names, those that follow from what else stands on it, and <c>default</c> for what may happen
/// to any request. Each has a schema for each of its content types, its headers, and where there is one a recorded example.
/// </summary>
internal sealed class OperationAnswers(IList<object> metadata, OperationFilterContext context, RecordedAnswers recorded)
{
    public const string RequestId = "X-Request-Id";

    public const string Challenge = "WWW-Authenticate";

    private const int AnyOther = 0;

    private const string Default =
        "Any other refusal: 403 a web page of a foreign origin asks, 421 the service does not answer to this host, 429 too much is asked at a time, "
        + "500 something stored is damaged or the service failed, 503 it stops or cannot serve now, 507 the disk is full.";

    private static readonly Dictionary<int, string> s_meanings = new()
    {
        [304] = "Nothing has changed since the answer with this ETag.",
        [400] = "Something in the request needs a change: `detail` says what, `errors` where.",
        [401] = "Without a key, or with one that is wrong, revoked or expired, where keys are asked for.",
        [404] = "There is no such thing.",
        [406] = "`Accept` names none of the forms that the answer comes in.",
        [409] = "It cannot be done as things stand.",
        [412] = "There is not what `If-Match` names, or there is what `If-None-Match` rules out.",
        [413] = "The body is larger than a limit allows, or needs more memory than there is.",
        [415] = "The content type or the content encoding is not taken here.",
        [422] = "What was asked for does not go with what was asked for before.",
        [429] = "Too many requests or jobs wait; `Retry-After` says when to try again.",
        [503] = "The service or the model cannot answer now; `Retry-After` says when to try again.",
    };

    private readonly Scope? _scope = metadata.OfType<RequiredScope>().LastOrDefault()?.Scope;

    private readonly bool _isPlain = metadata.OfType<PlainErrors>().Any();

    public OpenApiResponses Of(string operationId, bool hasBody)
    {
        var answers = metadata.OfType<DescribedAnswer>().Select(answer => answer.Type == typeof(Problem) ? Refused(answer.Status) : answer)
            .Concat(Implied(hasBody).Select(Refused))
            .DistinctBy(answer => (answer.Status, answer.Type, string.Join(' ', answer.ContentTypes))).ToLookup(answer => answer.Status);
        var responses = new OpenApiResponses();
        foreach (var status in answers.Select(group => group.Key).Order())
            responses[Text(status)] = Response(operationId, status, [.. answers[status]]);
        responses["default"] = new OpenApiResponse { Description = Default, Headers = HeadersOf(AnyOther), Content = ContentOf([Refused(AnyOther)]) };
        return responses;
    }

    private string Forbidden =>
        $"With a key that lacks the scope `{_scope.ToString()!.ToLowerInvariant()}`, or from a web page of a foreign origin.";

    // What the middlewares, and those who read bodies, may refuse.
    private IEnumerable<int> Implied(bool hasBody) =>
    [
        .. _scope is not null ? (int[])[401, 403] : [],
        .. hasBody || metadata.OfType<StrictQuery>().Any() ? (int[])[400] : [],
        .. hasBody ? (int[])[413, 415, 429] : [],
        .. metadata.OfType<LongRequest>().Any() ? (int[])[429] : [],
    ];

    private DescribedAnswer Refused(int status) => new(status, RefusalType, _isPlain ? PlainError.ContentType : "application/problem+json");

    private Type RefusalType => _isPlain ? typeof(ErrorResponse) : typeof(Problem);

    private OpenApiResponse Response(string operationId, int status, IReadOnlyList<DescribedAnswer> answers)
    {
        var content = ContentOf(answers);
        foreach (var (type, media) in content)
            ((OpenApiMediaType)media).Example = recorded.Of(operationId, status, type)
                ?? recorded.OfRefusal(RefusalType, status, answers) ?? Given(status, type);
        return new OpenApiResponse
        {
            Description = answers.Select(answer => answer.Description).FirstOrDefault(said => said is not null)
                ?? (status == 403 ? Forbidden : s_meanings.GetValueOrDefault(status)) ?? $"{ReasonPhrases.GetReasonPhrase(status)}.",
            Headers = HeadersOf(status),
            Content = content.Count == 0 ? null : content,
        };
    }

    private JsonValue? Given(int status, string contentType) =>
        metadata.OfType<AnswerExample>().FirstOrDefault(example => example.Status == status && example.ContentType == contentType) is { } given
            ? JsonValue.Create(given.Content)
            : null;

    private Dictionary<string, IOpenApiMediaType> ContentOf(IReadOnlyList<DescribedAnswer> answers)
    {
        var content = new Dictionary<string, IOpenApiMediaType>();
        foreach (var type in answers.SelectMany(answer => answer.ContentTypes).Distinct())
            content[type] = new OpenApiMediaType { Schema = SchemaOf(type, [.. answers.Where(answer => answer.ContentTypes.Contains(type))]) };
        return content;
    }

    private IOpenApiSchema SchemaOf(string contentType, IReadOnlyList<DescribedAnswer> answers)
    {
        var isJson = contentType is MediaTypeNames.Application.Json or "application/problem+json";
        var schemas = answers.Select(answer =>
            answer.IsFile ? Schema.Bytes() // JSON too: who takes a file away does not look into it
            : isJson ? context.SchemaGenerator.GenerateSchema(answer.Type!, context.SchemaRepository)
            : Schema.Text()).ToList();
        return schemas is [var only] ? only : new OpenApiSchema { AnyOf = [.. schemas] };
    }

    private Dictionary<string, IOpenApiHeader> HeadersOf(int status)
    {
        var headers = new Dictionary<string, IOpenApiHeader>();
        foreach (var header in metadata.OfType<AnswerHeader>().Where(header => header.Statuses.Contains(status)))
            headers[header.Name] = new OpenApiHeader { Description = header.Description, Schema = Schema.Text() };
        if (status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable)
            headers["Retry-After"] = new OpenApiHeader { Description = "Seconds after which to try again.", Schema = Schema.Text() };
        if (_scope is not null && status is StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden)
            headers[Challenge] = new OpenApiHeaderReference(Challenge, context.Document);
        headers[RequestId] = new OpenApiHeaderReference(RequestId, context.Document);
        return headers;
    }

    private static string Text(int status) => status.ToString(CultureInfo.InvariantCulture);
}
