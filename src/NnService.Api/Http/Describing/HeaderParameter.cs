namespace NnService.Api.Http.Describing;

/// <summary>A header of a request that an endpoint reads.</summary>
/// <param name="Name">The name.</param>
/// <param name="Description">What it does, for people.</param>
internal sealed record HeaderParameter(string Name, string Description)
{
    public static HeaderParameter IfNoneMatch { get; } =
        new("If-None-Match", "The `ETag` of an earlier answer, or `*`: where it still holds, the answer is 304 without a body.");

    public static HeaderParameter IfMatch { get; } =
        new("If-Match", "The `ETag` of an earlier answer, or `*` for anything that is there: where it does not hold any more, the answer is 412 and nothing is done.");

    /// <summary>Of what changes something.</summary>
    public static HeaderParameter OnlyIfNoneMatch { get; } =
        new("If-None-Match", "`*`, or an `ETag`: where there is such a thing, the answer is 412 and nothing is done.");

    /// <summary>What its value looks like.</summary>
    public ValueForm Form { get; init; } = ValueForm.Text;
}
