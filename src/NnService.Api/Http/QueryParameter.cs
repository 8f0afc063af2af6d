using NnService.Api.Errors;
using NnService.Api.Http.Describing;
using NnService.Engine.Specs;

namespace NnService.Api.Http;

/// <summary>A query parameter that an endpoint understands; every other one is refused, because a misspelt one would silently do nothing.</summary>
/// <param name="Name">The name.</param>
/// <param name="Description">What it does, for people.</param>
/// <param name="Example">A value that works; null: none is shown.</param>
internal sealed record QueryParameter(string Name, string Description, string? Example)
{
    /// <summary>What its value looks like.</summary>
    public ValueForm Form { get; init; } = ValueForm.Text;
}

/// <summary>Of an endpoint: query parameters that it does not name are refused.</summary>
internal sealed record StrictQuery;

/// <summary>Of an endpoint in a group whose queries are strict: its own query is passed over, for probes are configured by people who add to their
/// addresses.</summary>
internal sealed record IgnoresQuery;

internal static class QueryRules
{
    public static TBuilder IgnoresQuery<TBuilder>(this TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder => endpoints.WithMetadata(new IgnoresQuery());

    public static TBuilder StrictQuery<TBuilder>(this TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder => endpoints.WithMetadata(new StrictQuery());

    /// <summary>Refuses them before the body is read.</summary>
    public static void UseQueryRules(this WebApplication app) => app.Use(next => context =>
        context.Request.QueryString.HasValue && context.GetEndpoint()?.Metadata is { } metadata && metadata.GetMetadata<StrictQuery>() is not null
            && metadata.GetMetadata<IgnoresQuery>() is null
            && RefuseUnknown(context.Request.Query, metadata.GetOrderedMetadata<QueryParameter>()) is { } refusal
            ? refusal.ExecuteAsync(context)
            : next(context));

    private static ProblemResult? RefuseUnknown(IQueryCollection query, IReadOnlyList<QueryParameter> known)
    {
        if (query.Keys.FirstOrDefault(name => known.All(parameter => parameter.Name != name)) is not { } unknown)
            return null;
        return Refusal.Result(
            400,
            known.Count == 0
                ? $"Unknown query parameter \"{Echo.Cut(unknown)}\"; this call takes none."
                : $"Unknown query parameter \"{Echo.Cut(unknown)}\". Known: {string.Join(", ", known.Select(parameter => parameter.Name))}.");
    }
}

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

    public static double Fraction(HttpRequest request, string name, double missing)
    {
        if (!request.QueryString.HasValue || request.Query[name].ToString() is not { Length: > 0 } text) // of most requests all that is looked at
            return missing;
        return double.TryParse(text, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out var value)
            && value is >= 0 and <= 1
            ? value
            : throw Refusal.Exception(400, $"{name}={Echo.Cut(text)} is not a number between 0 and 1.");
    }

    /// <summary>Whether a parameter is <c>true</c>; left out: false. Without a value it is refused: whoever writes <c>?dryRun</c> means it.</summary>
    public static bool Flag(HttpRequest request, string name) => request.Query.TryGetValue(name, out var given) && given.ToString() switch
    {
        "" => throw Refusal.Exception(400, $"{name} has no value; write {name}=true or {name}=false."),
        "false" => false,
        "true" => true,
        var text => throw Refusal.Exception(400, $"{name}={Echo.Cut(text)} is neither true nor false."),
    };
}
