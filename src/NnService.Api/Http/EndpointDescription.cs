using NnService.Api.Errors;
using NnService.Api.Http.Describing;

namespace NnService.Api.Http;

/// <summary>A body that works when sent as it stands.</summary>
/// <param name="ContentType">Its content type.</param>
/// <param name="Content">The body.</param>
/// <param name="Name">What it is called where a content type has several; null: it is the only one.</param>
internal sealed record BodyExample(string ContentType, string Content, string? Name = null);

/// <summary>What an answer looks like that cannot be recorded, because it is a file.</summary>
internal sealed record AnswerExample(int Status, string ContentType, string Content);

/// <summary>A content type under which an endpoint takes the one file of a form.</summary>
internal sealed record FileBody(string ContentType);

/// <summary>The schema of a body that the framework cannot tell from the handler; of <c>byte[]</c>: bytes.</summary>
internal sealed record BodySchema(string ContentType, Type Type);

/// <summary>A value for a path parameter that works when the examples are sent in their order.</summary>
internal sealed record PathExample(string Name, string Value)
{
    /// <summary>What the parameter is; null: its name says it.</summary>
    public string? Description { get; init; }

    /// <summary>What its value looks like.</summary>
    public ValueForm Form { get; init; } = ValueForm.Text;
}

/// <summary>What an endpoint tells people and programs about itself; the OpenAPI document is made from it.</summary>
internal static class EndpointDescription
{
    private const string Json = "application/json";

    public static RouteHandlerBuilder Describe(this RouteHandlerBuilder endpoint, string summary, string? details = null)
    {
        endpoint.WithSummary(summary);
        return details is null ? endpoint : endpoint.WithDescription(details);
    }

    /// <summary>The name that generated clients call the operation by; it never changes. Left out: one is made of verb and path.</summary>
    public static RouteHandlerBuilder Named(this RouteHandlerBuilder endpoint, string id) => endpoint.WithName(id);

    public static RouteHandlerBuilder TakesJson<T>(this RouteHandlerBuilder endpoint, string example)
        where T : notnull =>
        endpoint.Accepts<T>(Json).WithMetadata(new BodyExample(Json, example));

    /// <summary>A body with several examples, the first of which is the one of the story.</summary>
    public static RouteHandlerBuilder TakesJson<T>(this RouteHandlerBuilder endpoint, params (string Name, string Content)[] examples)
        where T : notnull =>
        endpoint.Accepts<T>(Json).WithMetadata([.. examples.Select(example => new BodyExample(Json, example.Content, example.Name))]);

    public static RouteHandlerBuilder With(this RouteHandlerBuilder endpoint, params QueryParameter[] parameters) =>
        endpoint.WithMetadata([.. parameters]);

    public static RouteHandlerBuilder With(this RouteHandlerBuilder endpoint, params HeaderParameter[] headers) =>
        endpoint.WithMetadata([.. headers]);

    public static RouteHandlerBuilder PathExample(
        this RouteHandlerBuilder endpoint, string name, string value, string? description = null, ValueForm? form = null) =>
        endpoint.WithMetadata(new PathExample(name, value) { Description = description, Form = form ?? ValueForm.Text });

    /// <summary>An answer in JSON, or in several forms of which the others are texts.</summary>
    public static RouteHandlerBuilder Returns<T>(this RouteHandlerBuilder endpoint, int status, params string[] contentTypes) =>
        endpoint.WithMetadata(new DescribedAnswer(status, typeof(T), contentTypes is [] ? [Json] : contentTypes));

    /// <summary>An answer without a body, or one that is a text.</summary>
    public static RouteHandlerBuilder Returns(this RouteHandlerBuilder endpoint, int status, string? contentType = null) =>
        endpoint.WithMetadata(contentType is null ? new DescribedAnswer(status, null) : new DescribedAnswer(status, null, contentType));

    /// <summary>A file.</summary>
    public static RouteHandlerBuilder ReturnsFile(this RouteHandlerBuilder endpoint, int status, params string[] contentTypes) =>
        endpoint.WithMetadata(new DescribedAnswer(status, null, contentTypes) { IsFile = true });

    /// <summary>A header of the answers with these statuses.</summary>
    public static RouteHandlerBuilder ReturnsHeader(this RouteHandlerBuilder endpoint, string name, string description, params int[] statuses) =>
        endpoint.WithMetadata(new AnswerHeader(name, description, statuses));

    /// <summary>Where to find what was made or is being made.</summary>
    public static RouteHandlerBuilder ReturnsLocation(this RouteHandlerBuilder endpoint, int status) =>
        endpoint.ReturnsHeader("Location", "The path of what was made.", status);

    /// <summary>A thing that never changes: it has an ETag, and 304 is the answer to who has it already.</summary>
    public static RouteHandlerBuilder ReturnsETag(this RouteHandlerBuilder endpoint) =>
        endpoint.With(HeaderParameter.IfNoneMatch).Returns(304).Refuses(412)
            .ReturnsHeader("ETag", "Stands for just this content; send it as `If-None-Match`, or as `If-Match` with what is to change it.", 200, 304);

    /// <summary>Makes or changes a thing under the conditions of the caller (<see cref="Preconditions"/>).</summary>
    public static RouteHandlerBuilder TakesConditions(this RouteHandlerBuilder endpoint) => endpoint.TakesIfMatch().With(HeaderParameter.OnlyIfNoneMatch);

    /// <summary>Deletes a thing if it is the one that the caller has seen.</summary>
    public static RouteHandlerBuilder TakesIfMatch(this RouteHandlerBuilder endpoint) => endpoint.With(HeaderParameter.IfMatch).Refuses(412);

    /// <summary>A file that never changes, whole or in the piece that <c>Range</c> asks for (<see cref="FileAnswer"/>).</summary>
    public static RouteHandlerBuilder ReturnsFileInPieces(this RouteHandlerBuilder endpoint, params string[] contentTypes) =>
        endpoint.ReturnsFile(200, contentTypes).ReturnsFile(206, contentTypes).ReturnsETag().Refuses(416)
            .ReturnsHeader("ETag", "Stands for just this content, of which the answer is a piece.", 206)
            .ReturnsHeader("Content-Range", "Which bytes of how many they are.", 206)
            .ReturnsHeader("Content-Range", "How many bytes there are.", 416)
            .ReturnsHeader("Content-Disposition", "Says that it is a file, and what it is called.", 200, 206);

    public static RouteHandlerBuilder Refuses(this RouteHandlerBuilder endpoint, params int[] statuses)
    {
        foreach (var status in statuses)
            endpoint.WithMetadata(new DescribedAnswer(status, typeof(Problem), "application/problem+json"));
        return endpoint;
    }
}
