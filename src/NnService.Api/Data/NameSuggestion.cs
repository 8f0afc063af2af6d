using NnService.Api.Errors;
using NnService.Engine.Specs;

namespace NnService.Api.Data;

/// <summary>Looks for the name that somebody may have meant who has written one that is not there.</summary>
internal static class NameSuggestion
{
    private const int MostNames = 2000; // enough for those who write names by hand

    /// <summary>The names of datasets, the newest first. So for the others.</summary>
    public static IQueryable<string> NamesOfDatasets(this AppDbContext db) => db.Datasets.OrderByDescending(dataset => dataset.Number).Select(dataset => dataset.Name);

    public static IQueryable<string> NamesOfNetworks(this AppDbContext db) => db.Networks.OrderByDescending(network => network.Number).Select(network => network.Name);

    public static IQueryable<string> NamesOfModels(this AppDbContext db) => db.Models.OrderByDescending(model => model.Number).Select(model => model.Name);

    public static IQueryable<string> NamesOfWebhooks(this AppDbContext db) => db.Webhooks.OrderByDescending(webhook => webhook.Number).Select(webhook => webhook.Name);

    /// <summary>A question to put behind a message, with the blank before it; empty where no name is like the one that was written.</summary>
    /// <param name="names">The names there are, in an order: of very many the first are looked through.</param>
    /// <param name="wanted">The name that was written.</param>
    public static string SuggestionFor(this IQueryable<string> names, string wanted) => NearestNames.Suggestion(names.Take(MostNames).ToList(), wanted);

    /// <summary>Says that there is nothing of that name, and which name may have been meant.</summary>
    /// <param name="names">The names there are, in such an order.</param>
    /// <param name="noun">What is called so.</param>
    /// <param name="name">The name that was asked for.</param>
    /// <param name="pointer">Where it was asked for; null: in the path.</param>
    public static ProblemResult NotFound(this IQueryable<string> names, string noun, string name, string? pointer = null) =>
        Refusal.Result(404, $"There is no {noun} \"{Echo.Cut(name)}\".{names.SuggestionFor(name)}", pointer);
}
