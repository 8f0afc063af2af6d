namespace NnService.Api.Http.Describing;

/// <summary>Of a member whose JSON is made by hand: the type that describes it.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class WireTypeAttribute(Type type) : Attribute
{
    public Type Type => type;

    /// <summary>Whether it is null nowhere that it is answered.</summary>
    public bool NeverNull { get; init; }
}
