using Microsoft.AspNetCore.Http.Metadata;
using NnService.Engine.Data;
using NnService.Engine.Specs;

namespace NnService.Api.Http;

/// <summary>Which content types a path takes, and the sentence that says so: no refusal offers what the path would refuse as well.</summary>
internal static class AcceptedTypes
{
    /// <summary>What to say of a body that the path and the method of a request do not take. Where it takes tables, a file that is none is called what it is:
    /// somebody who sends a workbook is helped by no list of types.</summary>
    public static async Task<string> RefusalAsync(HttpContext context)
    {
        var (sent, taken) = (context.Request.ContentType, Of(context));
        if (taken.Contains(TableTypes.Csv[0]) && await FileAsync(context) is { } file)
            return file;
        return (string.IsNullOrEmpty(sent) ? "The request says no content type" : $"The content type is \"{Echo.Cut(sent)}\"")
            + (taken.Count == 0 ? ", which this path does not take." : $"; this path takes {Listed(taken)}. Send {(taken.Count == 1 ? "that" : "one of them")} with the header Content-Type.");
    }

    private static async Task<string?> FileAsync(HttpContext context) => ForeignFile.Describe(
        (await PeekedStream.OfAsync(context.Request.Body, ForeignFile.SampleBytes, context.RequestAborted)).Start);

    private static List<string> Of(HttpContext context)
    {
        IEnumerable<Endpoint> endpoints = context.GetEndpoint() is RouteEndpoint chosen
            ? [chosen]
            : context.RequestServices.GetRequiredService<Neighbours>().At(context.Request); // routing has put a refusal in its place
        return
        [
            .. endpoints.SelectMany(endpoint => endpoint.Metadata.GetOrderedMetadata<IAcceptsMetadata>())
                .SelectMany(accepts => accepts.ContentTypes).Distinct(),
        ];
    }

    private static string Listed(List<string> types) =>
        types.Count == 1 ? types[0] : $"{string.Join(", ", types.SkipLast(1))} and {types[^1]}";
}
