using NnService.Api.Http;
using NnService.Engine.Specs;

namespace NnService.Api.Datasets;

/// <summary>Advice to upload a table again that is to be read in another way. Datasets do not change, so it needs a name of its own.</summary>
internal static class NewReading
{
    private const string Suffix = "-2";

    /// <summary>A message in which each query that is advised (<c>?decimal=,</c>) names a new dataset, so that it works as it stands.</summary>
    /// <param name="message">The message.</param>
    /// <param name="dataset">The name of the dataset that was read otherwise.</param>
    public static string Advise(string message, string dataset)
    {
        foreach (var option in ReadingOptions.OfUpload)
            message = message.Replace($"?{option.Name}=", $"?name={NameLike(dataset)}&{option.Name}=", StringComparison.Ordinal);
        return message;
    }

    /// <inheritdoc cref="Advise(string, string)" />
    public static SpecProblem Advise(SpecProblem problem, string dataset) => problem with { Detail = Advise(problem.Detail, dataset) };

    private static string NameLike(string dataset) => dataset[..Math.Min(dataset.Length, ResourceName.MostCharacters - Suffix.Length)] + Suffix;
}
