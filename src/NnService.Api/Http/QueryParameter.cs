using NnService.Api.Errors;
using NnService.Engine.Specs;

namespace NnService.Api.Http;

/// <summary>A query parameter that an endpoint understands; every other one is refused, because a misspelt one would silently do nothing.</summary>
/// <param name="Name">The name.</param>
/// <param name="Description">What it does, for people.</param>
/// <param name="Example">A value that works; null: none is shown.</param>
internal sealed record QueryParameter(string Name, string Description, string? Example);

internal static class QueryValue
{
    public static int Int(HttpRequest request, string name, int missing, int low, int high)
    {
        var text = request.Query[name].ToString();
        if (text.Length == 0)
            return missing;
        return int.TryParse(text, System.Globalization.NumberStyles.AllowLeadingSign, null, out var value) && value >= low && value <= high
            ? value
            : throw Refusal.Exception(400, $"{name}={Echo.Cut(text)} is not a whole number between {low} and {high}.");
    }

    /// <summary>Whether a parameter is <c>true</c>; left out: false.</summary>
    public static bool Flag(HttpRequest request, string name) => request.Query[name].ToString() switch
    {
        "" or "false" => false,
        "true" => true,
        var text => throw Refusal.Exception(400, $"{name}={Echo.Cut(text)} is neither true nor false."),
    };

    /// <summary>
    /// A filter that refuses query parameters which the endpoint does not name. A <see cref="RequestDelegate"/> runs no filters, and asks <see cref="Unknown"/>.
    /// </summary>
    public static EndpointFilterDelegate RefuseUnknown(EndpointFilterFactoryContext endpoint, EndpointFilterDelegate next) =>
        endpoint.MethodInfo.ReturnType == typeof(Task) && endpoint.MethodInfo.GetParameters() is [var only] && only.ParameterType == typeof(HttpContext)
            ? next
            : call => Unknown(call.HttpContext) is { } problem ? ValueTask.FromResult<object?>(new ProblemResult(problem)) : next(call);

    /// <summary>The refusal of a query parameter that the endpoint of a request does not name; null where it names them all.</summary>
    public static Problem? Unknown(HttpContext context)
    {
        if (!context.Request.QueryString.HasValue)
            return null;
        var known = context.GetEndpoint()?.Metadata.GetOrderedMetadata<QueryParameter>() ?? [];
        foreach (var name in context.Request.Query.Keys)
            if (known.All(parameter => parameter.Name != name))
                return Refusal.Of(
                    400,
                    known.Count == 0
                        ? $"Unknown query parameter \"{Echo.Cut(name)}\"; this call takes none."
                        : $"Unknown query parameter \"{Echo.Cut(name)}\". Known: {string.Join(", ", known.Select(parameter => parameter.Name))}.");
        return null;
    }
}
