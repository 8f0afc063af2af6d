namespace NnService.Api.Errors;

/// <summary>What to say of members that a body does not have, where people expect them in it.</summary>
/// <param name="otherwise">A sentence about what the body is, for any of them.</param>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class UnknownMembersAttribute(string otherwise) : Attribute
{
    /// <summary>A sentence about what the body is.</summary>
    public string Otherwise => otherwise;

    /// <summary>Members that stand in the query.</summary>
    public string[] Query { get; init; } = [];

    /// <summary>What to say of a member.</summary>
    public string About(string member) => Query.Contains(member) ? $"It stands in the query: ?{member}=…" : otherwise;
}
