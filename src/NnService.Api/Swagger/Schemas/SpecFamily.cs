using System.Text;
using NnService.Engine.Activations;
using NnService.Engine.Initializers;
using NnService.Engine.Layers;
using NnService.Engine.Losses;
using NnService.Engine.Optimizers;
using NnService.Engine.Schedules;
using NnService.Engine.Specs;

namespace NnService.Api.Swagger.Schemas;

/// <summary>A family of specs, and how it stands in the document.</summary>
/// <param name="Type">The type that all members are.</param>
/// <param name="Description">What people read about it: each member in a sentence.</param>
/// <param name="TakesNames">Whether a member's name alone is one of its forms.</param>
/// <param name="Members">Its members.</param>
internal sealed record SpecFamily(Type Type, string Description, bool TakesNames, IReadOnlyList<SpecFamilyMember> Members)
{
    public static IReadOnlyList<SpecFamily> All { get; } =
    [
        Of<LayerSpec>(), Of<ActivationSpec>(), Of<InitializerSpec>(), Of<LossSpec>(), Of<OptimizerSpec>(), Of<ScheduleSpec>(),
    ];

    private static SpecFamily Of<TSpec>()
        where TSpec : Spec, ISpecFamily<TSpec>
    {
        var known = TSpec.Known;
        var isNamed = typeof(TSpec) != typeof(LayerSpec); // a layer has units or the like to be told
        return new SpecFamily(typeof(TSpec), Describe<TSpec>(isNamed), isNamed,
            [.. known.Members.Select(member => new SpecFamilyMember(member.Type, member.GetType(), Capital(member.Type) + Capital(known.Noun)))]);
    }

    private static string Describe<TSpec>(bool isNamed)
        where TSpec : Spec, ISpecFamily<TSpec>
    {
        var text = new StringBuilder(
            isNamed ? $"The name of {TSpec.Known.ANoun}, or an object with `type` and parameters:\n\n" : $"A{TSpec.Known.ANoun[1..]}, by `type`:\n\n");
        foreach (var entry in SpecCatalogue.Of<TSpec>())
            text.Append($"- `{entry.Type}`: {entry.Help}\n");
        return text.ToString();
    }

    private static string Capital(string word) => char.ToUpperInvariant(word[0]) + word[1..];
}

/// <summary>A member of a family.</summary>
/// <param name="Name">Its name on the wire.</param>
/// <param name="Type">Its type.</param>
/// <param name="SchemaId">What its schema is called: <c>AdamOptimizer</c>.</param>
internal sealed record SpecFamilyMember(string Name, Type Type, string SchemaId);
