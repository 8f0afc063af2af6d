namespace NnService.Api.Http.Describing;

/// <summary>An answer that an endpoint gives. Several with one status are alternatives.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Type">What its JSON is; null: it has none.</param>
/// <param name="ContentTypes">The forms it comes in, the usual one first; none: it has no body.</param>
internal sealed record DescribedAnswer(int Status, Type? Type, params IReadOnlyList<string> ContentTypes)
{
    /// <summary>Whether it is a file, to be taken as bytes whatever its content type.</summary>
    public bool IsFile { get; init; }

    /// <summary>What it means; null: what its status says.</summary>
    public string? Description { get; init; }
}

/// <summary>A header of an answer.</summary>
/// <param name="Name">The name.</param>
/// <param name="Description">What it says.</param>
/// <param name="Statuses">The answers that have it.</param>
internal sealed record AnswerHeader(string Name, string Description, params IReadOnlyList<int> Statuses);
