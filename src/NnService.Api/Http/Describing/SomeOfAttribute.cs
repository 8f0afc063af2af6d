namespace NnService.Api.Http.Describing;

/// <summary>
/// Of a type that only describes: an object with members of other types, any of which may be left out. What the type declares itself stands in the place of
/// members of that name.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class SomeOfAttribute(params Type[] types) : Attribute
{
    public IReadOnlyList<Type> Types => types;

    /// <summary>Whether every member may also be null.</summary>
    public bool OrNull { get; init; }

    /// <summary>Whether no member is ever null: what would be is left out.</summary>
    public bool NeverNull { get; init; }

    /// <summary>Whether it is one of those types as a whole.</summary>
    public bool Whole { get; init; }

    /// <summary>Members that are never there.</summary>
    public string[] Without { get; init; } = [];
}
