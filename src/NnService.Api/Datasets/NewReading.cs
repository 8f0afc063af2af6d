using System.Text.RegularExpressions;
using NnService.Api.Http;
using NnService.Engine.Specs;

namespace NnService.Api.Datasets;

/// <summary>Advice to upload a table again that is to be read in another way. Datasets do not change, so it needs a name of its own.</summary>
internal static partial class NewReading
{
    private const string Suffix = "-2";

    /// <summary>A message in which each query that is advised (<c>?decimal=,</c>) names a new dataset, so that it works as it stands.</summary>
    /// <param name="message">The message.</param>
    /// <param name="dataset">The name of the dataset that was read otherwise.</param>
    public static string Advise(string message, string dataset)
    {
        if (!message.Contains('?', StringComparison.Ordinal))
            return message;
        var named = $"&name={dataset[..Math.Min(dataset.Length, ResourceName.MostCharacters - Suffix.Length)]}{Suffix}";
        var isToBeFilledIn = false;
        var advised = Query().Replace(message, query =>
        {
            isToBeFilledIn |= query.Value.EndsWith('=');
            return query.Value.EndsWith('=') ? query.Value : query.Value + named;
        });
        return isToBeFilledIn ? $"{advised} Datasets do not change: what is read anew needs a name of its own, {named}." : advised;
    }

    /// <inheritdoc cref="Advise(string, string)" />
    public static SpecProblem Advise(SpecProblem problem, string dataset) => problem with { Detail = Advise(problem.Detail, dataset) };

    // Up to the end of its last value, which may be a full stop or a comma; one behind a longer value is the sentence's.
    [GeneratedRegex(@"\?(types|header|delimiter|decimal|thousands|missing)=(\S*=)?([^\s=]*[^\s=.,]|[^\s=])?")]
    private static partial Regex Query();
}
