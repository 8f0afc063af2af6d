using System.Text.Json.Serialization;

namespace NnService.Engine.Specs;

/// <summary>What a user asks for by name: a layer, activation, initializer, loss, optimizer or schedule with its parameters and their limits.</summary>
public abstract record Spec
{
    /// <summary>The name on the wire, for example <c>dense</c>; the JSON discriminator.</summary>
    [JsonPropertyOrder(-1)]
    public abstract string Type { get; }

    /// <summary>Rules that span several properties; limits of one property are <c>Range</c> attributes on it.</summary>
    /// <param name="at">JSON pointer of this spec, for example <c>#/layers/0</c>.</param>
    /// <param name="problems">Receives what is wrong.</param>
    public virtual void Check(string at, ICollection<SpecProblem> problems)
    {
    }
}

/// <summary>One thing that is wrong in what was asked for.</summary>
/// <param name="Pointer">JSON pointer as a URI fragment, for example <c>#/layers/0/units</c>.</param>
/// <param name="Detail">What is wrong and what to change.</param>
public sealed record SpecProblem(string Pointer, string Detail);

/// <summary>A family of specs that can stand in the same place, such as all losses.</summary>
public interface ISpecFamily<TSpec>
    where TSpec : Spec, ISpecFamily<TSpec>
{
    /// <summary>The one list of the family: adding a member is one line here.</summary>
    static abstract SpecList<TSpec> Known { get; }
}

/// <summary>The members of a family, each as an instance that carries the defaults.</summary>
public sealed class SpecList<TSpec>
    where TSpec : Spec
{
    private readonly Dictionary<string, TSpec> _byName;

    /// <param name="noun">What a member is called in messages, for example <c>layer</c>.</param>
    /// <param name="members">One instance of each member, with its default parameters.</param>
    public SpecList(string noun, params TSpec[] members)
    {
        ArgumentNullException.ThrowIfNull(members);
        Noun = noun;
        Members = members;
        _byName = members.ToDictionary(member => member.Type, StringComparer.Ordinal);
    }

    /// <summary>What a member is called in messages.</summary>
    public string Noun { get; }

    /// <summary>The same with its article, "a layer" or "an activation".</summary>
    public string ANoun => $"{("aeiou".Contains(Noun[0], StringComparison.Ordinal) ? "an" : "a")} {Noun}";

    /// <summary>Whether a member without parameters is written as an object all the same.</summary>
    public bool IsWrittenInFull { get; init; }

    /// <summary>All members in the order in which they are listed to people.</summary>
    public IReadOnlyList<TSpec> Members { get; }

    /// <summary>The member of that name with its default parameters; null where there is none.</summary>
    public TSpec? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>A sentence for a name that is not in the list.</summary>
    public string Unknown(string name) =>
        $"There is no {Noun} \"{Echo.Cut(name)}\".{NearestNames.Suggestion(_byName.Keys, name)} Known: {string.Join(", ", Members.Select(member => member.Type))}.";
}
